"""What an answer of the API server means, if it is not the one that was hoped for."""

import json
import re
from collections.abc import Mapping
from typing import Any

from modelserver_operator.cluster.errors import (
    ClusterError,
    Conflict,
    Denied,
    Forbidden,
    NotFound,
    NotServed,
    Refused,
    Unreachable,
)

_UNDECLARED = "failed to create typed patch object"
"""A misspelt field in server-side apply is answered with 500, as if it were the server's fault."""


_PASSING = re.compile("cannot find RESTMapping|because it is being terminated")
"""OwnerReferencesPermissionEnforcement knows a kind only some time after it was installed; and what
is in a namespace that is being deleted will soon be gone itself."""

_NO_RIGHT = re.compile("""User ".*" cannot |cannot set blockOwnerDeletion""")
"""What RBAC says; whatever else is forbidden is so by admission."""


def meaning(code: int, body: bytes, headers: Mapping[str, str]) -> ClusterError:
    """The error that an answer other than 2xx stands for."""
    status = _status(body)
    message = str(status.get("message") or f"the API server answered {code}")
    match code:
        case 422 if _is_another_object(status):
            return Conflict(message)
        case 400 | 413 | 415 | 422:
            return Refused(message)
        case 403 if _PASSING.search(message):
            return Unreachable(message)
        case 403:
            return Forbidden(message) if _NO_RIGHT.search(message) else Denied(message)
        case 404:
            # for a kind that is not installed there is no Status, but plain text
            return NotFound(message) if status.get("details") else NotServed(message)
        case 409:
            return Conflict(message)
        case 500 if _UNDECLARED in message:
            return Refused(message)
    return Unreachable(message, _retry_after(headers))


def _is_another_object(status: Mapping[str, Any]) -> bool:
    """Whether the object that was meant has gone, and another one has its name."""
    causes = (status.get("details") or {}).get("causes") or ()
    return any(cause.get("field") == "metadata.uid" for cause in causes)


def _status(body: bytes) -> dict[str, Any]:
    try:
        status = json.loads(body)
    except ValueError:
        return {}
    return status if isinstance(status, dict) else {}


def _retry_after(headers: Mapping[str, str]) -> float | None:
    seconds = headers.get("Retry-After", "")
    return float(seconds) if seconds.isdigit() else None
