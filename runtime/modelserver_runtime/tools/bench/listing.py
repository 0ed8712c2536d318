"""``--list_models``: what a server serves, and what one of its models takes."""

from __future__ import annotations

from collections.abc import AsyncIterator

from modelserver_runtime.tools.bench.apis.choice import api_of, rest_server
from modelserver_runtime.tools.bench.options import Options


async def lines(options: Options) -> AsyncIterator[str]:
    """One line for each version of each model; then one for each input of the model asked about.

    Raises:
        SettingsError: the server does not list its models, or does not know that one.
        OSError: the server can't be reached.
    """
    models = await rest_server(options.target).get("/v1/config")
    for name, status in models.items():
        for version in status["model_version_status"]:
            yield f"model: {name}, version: {version['version']} - {version['state']}"
    if options.target.model:
        for tensor in await api_of(options.target, options.api).inputs():
            yield f"input: {tensor.name}, {tensor.datatype} {list(tensor.shape)}"
