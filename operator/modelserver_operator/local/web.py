"""What is asked of replicas over HTTP: are you well, and what do you measure."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

import aiohttp

Get = Callable[[str, float], Awaitable[str | None]]
"""The body at a URL, waiting so many seconds; None unless the answer is a good one."""


def getter(session: aiohttp.ClientSession) -> Get:
    """A `Get` that judges an answer as the kubelet's probes do: good from 200 to below 400."""

    async def get(url: str, timeout_seconds: float) -> str | None:
        timeout = aiohttp.ClientTimeout(timeout_seconds)
        try:
            async with session.get(url, timeout=timeout, allow_redirects=False) as answer:
                good = answer.status < HTTPStatus.BAD_REQUEST
                return await answer.text() if good else None
        except (aiohttp.ClientError, TimeoutError, UnicodeDecodeError):
            return None

    return get
