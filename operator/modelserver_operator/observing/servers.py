"""What the server in a pod says of its models: OpenVINO Model Server's `/v1/config`, and more.

Our runtime tells in addition on which devices a version runs, and in Triton's repository index why
a model has no version at all; OVMS has neither.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from modelserver_operator.observing.http import Unanswered, Web
from modelserver_operator.render.names import REST_PORT
from modelserver_operator.status.observed import ServedVersion

_FINE = "OK"
_UNAVAILABLE = "UNAVAILABLE"
"""What the repository index calls a model without a version; /v1/config has no word for it."""


def address(ip: str) -> str:
    """The URL of the REST API in a pod with this address."""
    return f"http://[{ip}]:{REST_PORT}" if ":" in ip else f"http://{ip}:{REST_PORT}"


async def served_versions(web: Web, server: str) -> tuple[ServedVersion, ...]:
    """All versions that the server at this URL speaks of.

    Raises:
        Unanswered: it gave no answer that can be read.
    """
    status, text = await web.ask(f"{server}/v1/config")
    if status != 200:
        raise Unanswered(f"it answers {status} for /v1/config")
    versions = parse_config_status(text)
    if not any(version.version == 0 for version in versions):
        return versions
    reasons = await _reasons(web, server)
    return tuple(
        version if version.version else _explained(version, reasons) for version in versions
    )


def parse_config_status(text: str) -> tuple[ServedVersion, ...]:
    """The versions in an answer of `/v1/config`; a model without any has version 0.

    Raises:
        Unanswered: it is none.
    """
    try:
        document = json.loads(text)
        return tuple(
            version
            for name, status in document.items()
            for version in _versions(name, status["model_version_status"])
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Unanswered("what it answers for /v1/config is not the state of models") from None


def _versions(name: str, statuses: list[Mapping[str, Any]]) -> Iterator[ServedVersion]:
    if not statuses:
        yield ServedVersion(name, 0, _UNAVAILABLE)
    for status in statuses:
        outcome = status.get("status", {})
        failed = outcome.get("error_code", _FINE) != _FINE
        yield ServedVersion(
            name,
            int(status["version"]),
            str(status["state"]),
            str(outcome.get("error_message") or outcome["error_code"]) if failed else "",
            tuple(map(str, status.get("execution_devices", ()))),
        )


async def _reasons(web: Web, server: str) -> Mapping[str, str]:
    """Why models have no version, by name, where the server tells."""
    try:
        status, text = await web.ask(f"{server}/v2/repository/index", body=b"{}")
        entries = json.loads(text) if status == 200 else []
        return {entry["name"]: entry["reason"] for entry in entries if "version" not in entry}
    except (Unanswered, ValueError, KeyError, TypeError):
        return {}


def _explained(version: ServedVersion, reasons: Mapping[str, str]) -> ServedVersion:
    reason = reasons.get(version.model, "")
    # so the runtime says before its first look at the model
    state = "START" if reason == "not loaded yet" else version.state
    error = "" if state == "START" else reason
    return ServedVersion(version.model, version.version, state, error)
