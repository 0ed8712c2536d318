"""What the two REST protocols share: a server's address, documents to get, requests to post."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson

from modelserver_runtime.settings import SettingsError
from modelserver_runtime.tools.bench import connection
from modelserver_runtime.tools.bench.apis.port import AskFailed
from modelserver_runtime.tools.bench.connection import Answer, Connection


class RestServer:
    """The REST port of a server.

    Args:
        timeout: seconds that a request may take.
    """

    def __init__(self, address: str, port: int, timeout: float) -> None:
        self._address = address
        self._port = port
        self._timeout = timeout
        self._host = connection.authority(address, port)

    async def get(self, path: str) -> dict[str, Any]:
        """The JSON document under a path.

        Raises:
            SettingsError: the server answers that there is none.
            OSError: the server can't be reached.
        """
        try:
            document: dict[str, Any] = orjson.loads(await self.read(path))
        except orjson.JSONDecodeError as error:
            raise SettingsError(f"http://{self._host}{path} answers no JSON") from error
        return document

    async def read(self, path: str) -> bytes:
        """The document under a path; raises what ``get`` raises."""
        try:
            answer = await self._fetch(path)
        except OSError as error:
            raise ConnectionError(f"{self._host}: {error or 'no answer'}") from error
        if answer.status != 200:
            raise SettingsError(f"http://{self._host}{path} answers {explain(answer)}")
        return answer.body

    async def answers(self, path: str) -> bool:
        """Whether there is something under a path."""
        try:
            return (await self._fetch(path)).status == 200
        except OSError:
            return False

    def post(self, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> bytes:
        """The bytes of a POST request."""
        return connection.request("POST", self._host, path, body, dict(headers or {}))

    def client(self) -> RestClient:
        """A new connection, not yet open."""
        return RestClient(self._address, self._port, self._timeout)

    async def _fetch(self, path: str) -> Answer:
        async with asyncio.timeout(self._timeout):
            opened = await connection.connect(self._address, self._port)
            try:
                return await opened.exchange(connection.request("GET", self._host, path))
            finally:
                opened.close()


class RestClient:
    """Sends requests over one connection; where the server closes it, over a new one."""

    def __init__(self, address: str, port: int, timeout: float) -> None:
        self._address = address
        self._port = port
        self._timeout = timeout
        self._connection: Connection | None = None

    async def open(self) -> None:
        self._connection = await connection.connect(self._address, self._port)

    async def ask(self, request: bytes) -> None:
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._exchange(request)
        except TimeoutError as error:
            await self.close()
            raise AskFailed(f"no answer in {self._timeout:g} s") from error
        except OSError as error:
            raise AskFailed(str(error)) from error
        if answer.status != 200:
            raise AskFailed(explain(answer))

    async def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    async def _exchange(self, request: bytes) -> Answer:
        if self._connection is None or not self._connection.is_open:
            self._connection = await connection.connect(self._address, self._port)
        return await self._connection.exchange(request)


def explain(answer: Answer) -> str:
    """An error's status, and its words where they are where the protocols put them."""
    try:
        return f"{answer.status}: {orjson.loads(answer.body)['error']}"
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return str(answer.status)
