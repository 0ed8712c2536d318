"""GET requests to servers in pods, which may be slow, half started, or no model servers at all."""

import asyncio
from typing import Protocol

import aiohttp

_TIMEOUT = aiohttp.ClientTimeout(total=3, sock_connect=1)
_AT_A_TIME = 64
_LONGEST_ANSWER = 16 * 2**20


class Unanswered(Exception):
    """There was no answer; the message says why."""


class Web(Protocol):
    """How servers are asked."""

    async def ask(self, url: str, *, body: bytes | None = None) -> tuple[int, str]:
        """The HTTP status and the body; with a body it is a POST.

        Raises:
            Unanswered: there was none, or one that is too long.
        """
        ...


class Http:
    """A `Web` over sockets."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._places = asyncio.Semaphore(_AT_A_TIME)

    async def ask(self, url: str, *, body: bytes | None = None) -> tuple[int, str]:
        method = "GET" if body is None else "POST"
        try:
            async with (
                self._places,
                self._session.request(method, url, data=body, timeout=_TIMEOUT) as response,
            ):
                return response.status, await _text(response)
        except TimeoutError:
            raise Unanswered("it took too long") from None
        except (aiohttp.ClientError, OSError) as error:
            raise Unanswered(str(error) or type(error).__name__) from None


async def _text(response: aiohttp.ClientResponse) -> str:
    """The body, read no further than anything that we ask for can be long."""
    content = await response.content.read(_LONGEST_ANSWER + 1)
    if len(content) > _LONGEST_ANSWER:
        raise Unanswered("its answer is too long")
    return content.decode(errors="replace")
