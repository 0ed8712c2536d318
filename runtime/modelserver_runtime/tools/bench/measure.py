"""One run from end to end: what the model takes, what to send, connect, send."""

from __future__ import annotations

import sys
from contextlib import AsyncExitStack

from modelserver_runtime.tools.bench import load, progress
from modelserver_runtime.tools.bench.apis.choice import api_of
from modelserver_runtime.tools.bench.apis.port import Api, Client
from modelserver_runtime.tools.bench.data import payloads
from modelserver_runtime.tools.bench.load import EncodedRequest
from modelserver_runtime.tools.bench.options import Options
from modelserver_runtime.tools.bench.samples import Run, Sample


async def measure(options: Options) -> Run:
    """Load the server as told.

    Raises:
        SettingsError: the server does not know the model, or the data is not for it.
        OSError: the server can't be reached.
    """
    api = api_of(options.target, options.api)
    requests = [
        EncodedRequest(api.encode(payload.tensors), payload.frames)
        for payload in payloads(await api.inputs(), options.data)
    ]
    samples: list[Sample] = []
    async with AsyncExitStack() as stack:
        clients = [await _opened(api, stack) for _ in range(options.load.concurrency)]
        await stack.enter_async_context(progress.shown(samples, options.load, sys.stderr))
        return await load.run(clients, requests, options.load, samples)


async def _opened(api: Api, stack: AsyncExitStack) -> Client:
    client = api.client()
    stack.push_async_callback(client.close)
    await client.open()
    return client
