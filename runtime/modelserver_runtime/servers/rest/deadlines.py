"""How long a client still waits, as its request's headers say."""

from __future__ import annotations

from typing import Final

from modelserver_runtime.admission import TIMEOUT_HEADER, header_timeout
from modelserver_runtime.servers.http import Request

_KEY: Final = TIMEOUT_HEADER.encode()


def timeout(request: Request) -> float | None:
    """Seconds; None where the client doesn't say. Raises InvalidRequest for what is no number."""
    value = request.headers.get(_KEY)
    return None if value is None else header_timeout(value.decode("latin-1"))
