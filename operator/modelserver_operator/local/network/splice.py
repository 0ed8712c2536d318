"""Two TCP connections made into one: bytes, half-closes and back-pressure pass both ways."""

import asyncio
from collections.abc import Callable
from typing import cast


class End(asyncio.Protocol):
    """One end of a spliced connection: what it reads, the other end writes."""

    transport: asyncio.Transport
    other: "End"

    def __init__(self, lost: Callable[[], None]) -> None:
        self._lost = lost
        self.finished = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.other.transport.write(data)

    def eof_received(self) -> bool:
        """Pass the half-close on; the other direction lives until it ends, too."""
        self.finished = True
        self.other.transport.write_eof()
        if self.other.finished:
            self.transport.close()
            self.other.transport.close()
        return True

    def pause_writing(self) -> None:
        self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        self.other.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the other end as this one ended: after its last bytes, or at once."""
        self._lost()
        if exc is None:
            self.other.transport.close()
        else:
            self.other.transport.abort()


class Unread(asyncio.Protocol):
    """A client that nobody serves yet: what it sends stays in the socket."""

    def __init__(self, arrived: Callable[[asyncio.Transport], None]) -> None:
        self._arrived = arrived

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        client = cast("asyncio.Transport", transport)
        client.pause_reading()
        self._arrived(client)


async def splice(
    client: asyncio.Transport, host: str, port: int, *, lost: Callable[[], None]
) -> None:
    """Connect an unread client to a server; `lost` is called once when the server's end is gone.

    Raises OSError, and leaves the client as it was, when the server does not answer.
    """
    front, back = End(lambda: None), End(lost)
    # Linked before the server is reached: it may be the one that speaks first.
    front.transport, front.other, back.other = client, back, front
    await asyncio.get_running_loop().create_connection(lambda: back, host, port)
    client.set_protocol(front)
    client.resume_reading()
