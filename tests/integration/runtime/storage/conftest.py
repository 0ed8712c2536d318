"""Object storage of each kind on this machine, which checks keys as the real ones do.

S3 is moto's server, Azure is Azurite where it is installed. For Google's storage, and for Azure's
where Azurite is not there, a small HTTP server speaks the few requests that reading takes: list and
get, with each cloud's own signatures verified.
"""

from __future__ import annotations

import base64
import hmac
import json
import logging
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from hashlib import md5
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit
from xml.sax.saxutils import escape

import boto3
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from obstore.store import AzureStore, S3Store

BUCKET = "models"
REGION = "eu-west-1"
ACCOUNT = "devstoreaccount1"
CLOUD_VARIABLES = ("AWS_", "AZURE_", "GOOGLE_", "S3_", "STORAGE_EMULATOR", "http_proxy")


class Relay:
    """What stands between a client and a server, and can fail as a network does."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.cut_after: int | None = None
        """Bytes of a connection's answers after which it is cut, and the server gone for good."""
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client = self._listener.accept()[0]
                threading.Thread(target=self._relay, args=[client], daemon=True).start()

    def _relay(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self._target)) as server:
            if self.cut_after == 0:
                return
            asking = threading.Thread(target=self._ask, args=[client, server], daemon=True)
            asking.start()
            self._answer(server, client)
            for end in (client, server):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            asking.join()

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while received := client.recv(1 << 16):
                server.sendall(received)
            server.shutdown(socket.SHUT_WR)

    def _answer(self, server: socket.socket, client: socket.socket) -> None:
        passed = 0
        with suppress(OSError):
            while received := server.recv(1 << 16):
                if self.cut_after is not None and passed + len(received) > self.cut_after:
                    client.sendall(received[: self.cut_after - passed])
                    self.cut_after = 0
                    return
                client.sendall(received)
                passed += len(received)


@dataclass(frozen=True, slots=True)
class Cloud:
    """A bucket, the variables that open it, and the network in front of it."""

    url: str
    relay: Relay
    put: Callable[[str, bytes], None]
    right_key: Mapping[str, str]
    wrong_key: Mapping[str, str]
    no_key: Mapping[str, str]
    as_public: Callable[[], Any]
    """Makes a context in which anybody may read the bucket."""

    def put_folder(self, folder: Path, prefix: str) -> None:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.put(f"{prefix}/{path.relative_to(folder)}", path.read_bytes())


@dataclass
class Objects:
    """What a storage of our own holds."""

    content: dict[str, bytes] = field(default_factory=dict)
    is_public: bool = False

    @contextmanager
    def public(self) -> Iterator[None]:
        self.is_public = True
        yield
        self.is_public = False


class ReadOnlyStorage(BaseHTTPRequestHandler):
    """Lists and gives objects to those who may read them."""

    protocol_version = "HTTP/1.1"
    objects: ClassVar[Objects]

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        name = unquote(parts.path).partition(f"/{BUCKET}")[2].strip("/")
        if not (self.objects.is_public or self.is_allowed(parts.path, query)):
            self.reply(403, b"<Error><Code>AccessDenied</Code></Error>")
        elif not name:
            self.reply(200, self.listing(query).encode())
        elif name in self.objects.content:
            self.reply(200, self.objects.content[name])
        else:
            self.reply(404, b"<Error><Code>NotFound</Code></Error>")

    def is_allowed(self, path: str, query: Mapping[str, str]) -> bool:
        raise NotImplementedError

    def listing(self, query: Mapping[str, str]) -> str:
        raise NotImplementedError

    def listed(self, query: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter")
        for name, content in sorted(self.objects.content.items()):
            below = delimiter is not None and delimiter in name.removeprefix(prefix)
            if name.startswith(prefix) and not below:
                yield escape(name), content

    def reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", etag(body))
        self.send_header("Last-Modified", formatdate(0, usegmt=True))
        self.end_headers()
        if self.command == "GET":
            with suppress(OSError):
                self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: the client's words are what is tested."""


def etag(content: bytes) -> str:
    return f'"{md5(content).hexdigest()}"'


class GoogleStorage(ReadOnlyStorage):
    """The XML API, opened by a token that the service account's key has signed."""

    key: ClassVar[rsa.RSAPrivateKey]

    def is_allowed(self, path: str, query: Mapping[str, str]) -> bool:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        signed, _, signature = token.rpartition(".")
        try:
            self.key.public_key().verify(
                base64.urlsafe_b64decode(signature + "=="),
                signed.encode(),
                padding.PKCS1v15(),
                hashes.SHA256(),
            )
        except (InvalidSignature, ValueError):
            return False
        return True

    def listing(self, query: Mapping[str, str]) -> str:
        entries = "".join(
            f"<Contents><Key>{name}</Key><Size>{len(content)}</Size><ETag>{etag(content)}</ETag>"
            "<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>"
            for name, content in self.listed(query)
        )
        return f"<ListBucketResult><IsTruncated>false</IsTruncated>{entries}</ListBucketResult>"


class AzureStorage(ReadOnlyStorage):
    """The Blob service, opened by a signature with the account's key, or by a machine's token."""

    key: ClassVar[bytes]

    def is_allowed(self, path: str, query: Mapping[str, str]) -> bool:
        expected = azure_signature(self.key, self.command, path, query, self.headers)
        return self.headers.get("Authorization") in (expected, "Bearer this machine")

    def listing(self, query: Mapping[str, str]) -> str:
        blobs = "".join(
            f"<Blob><Name>{name}</Name><Properties><Content-Length>{len(content)}</Content-Length>"
            f"<Last-Modified>{formatdate(0, usegmt=True)}</Last-Modified>"
            f"<Etag>{etag(content)}</Etag><Content-Type>model</Content-Type></Properties></Blob>"
            for name, content in self.listed(query)
        )
        return f"<EnumerationResults><Blobs>{blobs}</Blobs><NextMarker/></EnumerationResults>"


def azure_signature(
    key: bytes, command: str, path: str, query: Mapping[str, str], headers: Mapping[str, str]
) -> str:
    """The Authorization header of the Blob service's Shared Key scheme."""
    standard = "Content-Encoding Content-Language Content-Length Content-MD5 Content-Type Date"
    conditional = "If-Modified-Since If-Match If-None-Match If-Unmodified-Since Range"
    values = [headers.get(name, "") for name in f"{standard} {conditional}".split()]
    own = sorted(name for name in map(str.lower, headers) if name.startswith("x-ms-"))
    lines = [
        command,
        *("" if value == "0" else value for value in values),  # a Content-Length of nothing
        *(f"{name}:{headers[name]}" for name in own),
        f"/{ACCOUNT}{path}",
        *(f"{name}:{value}" for name, value in sorted(query.items())),
    ]
    digest = hmac.digest(key, "\n".join(lines).encode(), "sha256")
    return f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}"


@contextmanager
def serving(handler: type[ReadOnlyStorage]) -> Iterator[int]:
    """The port of a server with this handler."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture(params=["s3", "gs", "az", "az (azurite)"])
def cloud(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Cloud]:
    """A bucket of each kind, with the variables that open it set."""
    for name in os.environ:
        if name.startswith(CLOUD_VARIABLES):
            monkeypatch.delenv(name)
    makers = {"s3": s3, "gs": google, "az": azure, "az (azurite)": azurite}
    with makers[request.param](tmp_path) as made:
        set_variables(monkeypatch, made.right_key)
        yield made
        made.relay.close()


@pytest.fixture
def use_key(monkeypatch: pytest.MonkeyPatch, cloud: Cloud) -> Callable[[Mapping[str, str]], None]:
    """Sets another key in place of the right one."""

    def use(variables: Mapping[str, str]) -> None:
        for name in cloud.right_key:
            monkeypatch.delenv(name)
        set_variables(monkeypatch, variables)

    return use


def set_variables(monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


@contextmanager
def s3(_folder: Path) -> Iterator[Cloud]:
    # Only here, since it takes seconds to import.
    from moto.core.authorization import enable_iam_authentication
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    port = server.get_host_and_port()[1]
    relay = Relay(port)
    network = {"AWS_REGION": REGION, "S3_ENDPOINT": f"127.0.0.1:{relay.port}"}
    key_id, secret = s3_user(port)
    with enable_iam_authentication():
        yield Cloud(
            f"s3://{BUCKET}",
            relay,
            S3Store(
                BUCKET,
                region=REGION,
                access_key_id=key_id,
                secret_access_key=secret,
                endpoint=f"http://127.0.0.1:{port}",
                client_options={"allow_http": True},
            ).put,
            {**network, "AWS_ACCESS_KEY_ID": key_id, "AWS_SECRET_ACCESS_KEY": secret},
            {**network, "AWS_ACCESS_KEY_ID": key_id, "AWS_SECRET_ACCESS_KEY": "wrong"},
            network,
            as_public=lambda: s3_public(port),
        )
    post(port, "/moto-api/reset")
    server.stop()


def s3_user(port: int) -> tuple[str, str]:
    """The key of a user who may use S3, and a bucket for it."""
    everything = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": everything})
    with closing(aws("s3", port)) as storage, closing(aws("iam", port)) as users:
        storage.create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        users.create_user(UserName="user")
        users.put_user_policy(UserName="user", PolicyName="s3", PolicyDocument=policy)
        key = users.create_access_key(UserName="user")["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


@contextmanager
def s3_public(port: int) -> Iterator[None]:
    from moto.core.authorization import disable_iam_authentication

    with disable_iam_authentication(), closing(aws("s3", port)) as storage:
        for entry in storage.list_objects_v2(Bucket=BUCKET)["Contents"]:
            storage.put_object_acl(Bucket=BUCKET, Key=entry["Key"], ACL="public-read")
        yield


def aws(service: str, port: int) -> Any:  # noqa: ANN401 - botocore makes its clients at run time
    endpoint = f"http://127.0.0.1:{port}"
    return boto3.client(service, REGION, None, True, None, endpoint, "root", "root")


def post(port: int, path: str) -> None:
    with closing(HTTPConnection("127.0.0.1", port)) as connection:
        connection.request("POST", path)
        connection.getresponse().read()


@contextmanager
def google(folder: Path) -> Iterator[Cloud]:
    objects = Objects()
    key, wrong = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    handler = type("Handler", (GoogleStorage,), {"objects": objects, "key": key})
    with serving(handler) as port:
        relay = Relay(port)
        network = {"STORAGE_EMULATOR_HOST": f"http://127.0.0.1:{relay.port}"}
        yield Cloud(
            f"gs://{BUCKET}",
            relay,
            objects.content.__setitem__,
            right_key={**network, **service_account(folder / "right.json", key)},
            wrong_key={**network, **service_account(folder / "wrong.json", wrong)},
            no_key=network,
            as_public=objects.public,
        )


def service_account(file: Path, key: rsa.RSAPrivateKey) -> dict[str, str]:
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    account = {
        "type": "service_account",
        "client_email": "tester@project.iam.gserviceaccount.com",
        "private_key_id": "1",
        "private_key": pem.decode(),
    }
    file.write_text(json.dumps(account))
    return {"GOOGLE_APPLICATION_CREDENTIALS": str(file)}


@contextmanager
def azure(_folder: Path) -> Iterator[Cloud]:
    objects, key = Objects(), b"the account's key"
    with serving(type("Handler", (AzureStorage,), {"objects": objects, "key": key})) as port:
        relay = Relay(port)
        yield Cloud(
            f"az://{BUCKET}",
            relay,
            objects.content.__setitem__,
            right_key=connection(relay.port, key),
            wrong_key=connection(relay.port, b"wrong"),
            no_key=connection(relay.port, None),
            as_public=objects.public,
        )


def connection(port: int, key: bytes | None) -> dict[str, str]:
    parts = [f"AccountName={ACCOUNT}", f"BlobEndpoint=http://127.0.0.1:{port}/{ACCOUNT}"]
    if key is not None:
        parts.append(f"AccountKey={base64.b64encode(key).decode()}")
    return {"AZURE_STORAGE_CONNECTION_STRING": ";".join(parts)}


@contextmanager
def azurite(folder: Path) -> Iterator[Cloud]:
    command = shutil.which("azurite-blob")
    if command is None:
        pytest.skip("azurite-blob is not on PATH (npm install -g azurite); az runs without it")
    key, port = b"the account's key", free_port()
    account = {"AZURITE_ACCOUNTS": f"{ACCOUNT}:{base64.b64encode(key).decode()}"}
    flags = ["--location", str(folder), "--blobPort", str(port), "--silent"]
    process = subprocess.Popen(
        [command, *flags, "--skipApiVersionCheck"], env={**os.environ, **account}
    )
    wait_for(port)
    relay = Relay(port)
    change_container(port, key, {"restype": "container"})
    try:
        yield Cloud(
            f"az://{BUCKET}",
            relay,
            AzureStore.from_url(
                f"az://{BUCKET}",
                account_name=ACCOUNT,
                account_key=base64.b64encode(key).decode(),
                endpoint=f"http://127.0.0.1:{port}/{ACCOUNT}",
                client_options={"allow_http": True},
            ).put,
            right_key=connection(relay.port, key),
            wrong_key=connection(relay.port, b"wrong"),
            no_key=connection(relay.port, None),
            as_public=lambda: publicly(port, key),
        )
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def publicly(port: int, key: bytes) -> Iterator[None]:
    access = {"x-ms-blob-public-access": "container"}
    change_container(port, key, {"restype": "container", "comp": "acl"}, access)
    yield


def change_container(
    port: int, key: bytes, query: Mapping[str, str], headers: Mapping[str, str] | None = None
) -> None:
    path = f"/{ACCOUNT}/{BUCKET}"
    own = {"x-ms-version": "2021-08-06", "x-ms-date": formatdate(usegmt=True), **(headers or {})}
    signature = azure_signature(key, "PUT", path, query, own)
    headers = {**own, "Authorization": signature}
    with closing(HTTPConnection("127.0.0.1", port)) as connection:
        connection.request("PUT", f"{path}?{urlencode(query)}", headers=headers)
        answer = connection.getresponse()
        assert answer.status < 300, answer.read()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.1)
    pytest.fail("azurite does not answer")
