"""The server of gRPC keeps to the letter of HTTP/2, as h2spec reads it: all of it, strictly.

What h2spec asks is no gRPC, so nobody behind the server is asked: its answers are 415, with words.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, cast

from modelserver_runtime.dataplane import Dataplane
from modelserver_runtime.servers.grpc.server import GrpcServer

TOO_SMALL: Final = "Sends a large size HEADERS frame that exceeds the SETTINGS_MAX_FRAME_SIZE"
"""It takes 20 kB for too large, whatever the server says; ours takes frames of 1 MiB."""


@asynccontextmanager
async def serving() -> AsyncIterator[int]:
    server = GrpcServer(cast("Dataplane", object()), "127.0.0.1", 0, connection_age=60)
    await server.start()
    try:
        yield server.port
    finally:
        await server.drain(0)


async def failures(h2spec: Path, *arguments: str) -> tuple[int, list[str]]:
    """How many cases there were, and what those are called that failed."""
    async with serving() as port:
        process = await asyncio.create_subprocess_exec(
            h2spec, "--strict", f"--port={port}", *arguments, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await process.communicate()
    text = output.decode()
    print(text)
    (count,) = re.findall(r"(\d+) tests, \d+ passed, 0 skipped", text)
    return int(count), re.findall(r"× \d+: (.+)", text.partition("\nFailures:")[2])


async def test_every_rule_of_http2_and_hpack_is_kept(h2spec: Path) -> None:
    assert await failures(h2spec) == (146, [TOO_SMALL])


async def test_a_head_larger_than_any_frame_ends_the_connection(h2spec: Path) -> None:
    count, failed = await failures(h2spec, "http2/4.2", "--max-header-length=220000")
    assert (count, failed) == (3, [])
