"""A certificate authority of a control plane's own."""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_LIFETIME = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pair:
    """The files of a certificate and its key, as PEM."""

    certificate: Path
    key: Path


class Authority:
    """Issues certificates that hold for a day, into files of a folder.

    Args:
        hosts: names and addresses of the servers, beside this machine's own.
    """

    def __init__(self, folder: Path, hosts: Sequence[str] = (), name: str = "ca") -> None:
        self._folder = folder
        self._hosts = [*map(_host, ("localhost", "127.0.0.1", *hosts))]
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        signed = (
            _builder(self._subject, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .issuer_name(self._subject)
            .sign(self._key, hashes.SHA256())
        )
        self.pair = self._write(name, signed, self._key)

    def issue(self, name: str, groups: tuple[str, ...] = ()) -> Pair:
        """A certificate for a server on this machine or a client.

        Kubernetes takes the name for the user and the organizations for the user's groups.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        organizations = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name), *organizations])
        usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        signed = (
            _builder(subject, key.public_key())
            .add_extension(x509.SubjectAlternativeName(self._hosts), critical=False)
            .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
            .issuer_name(self._subject)
            .sign(self._key, hashes.SHA256())
        )
        return self._write(name.replace(":", "-"), signed, key)

    def _write(self, name: str, signed: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Pair:
        pair = Pair(self._folder / f"{name}.crt", self._folder / f"{name}.key")
        pair.certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        pair.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return pair


def _host(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _builder(subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + _LIFETIME)
    )
