"""One operator, put together: watches, queue, election, health, and its orderly end."""

import asyncio
import logging
import signal
from contextlib import AsyncExitStack
from importlib.metadata import version

import aiohttp
from kubernetes.aio.config import ConfigException

from modelserver_operator.cluster.connect import connected
from modelserver_operator.controller import health, logs
from modelserver_operator.controller.operator import Operator
from modelserver_operator.controller.settings import RunSettings
from modelserver_operator.manifests.errors import UserError
from modelserver_operator.observing.http import Http

logger = logging.getLogger(__name__)


async def run(settings: RunSettings) -> int:
    """Look after ModelServers until told to stop.

    Returns:
        0 after SIGTERM or SIGINT; 1 where another operator has taken over.

    Raises:
        UserError: no cluster can be found, or the port is taken.
    """
    logs.configure(settings.log_format, settings.log_level)
    stop = _stop_signal()
    async with AsyncExitStack() as stack:
        agent = f"modelserver-operator/{version('modelserver')}"
        try:
            client = await stack.enter_async_context(connected(agent))
            lease_client = await stack.enter_async_context(connected(agent))
        except ConfigException as error:
            places = "KUBECONFIG, the pod, ~/.kube/config"
            raise UserError(f"no cluster found by {places}: {error}") from None
        session = await stack.enter_async_context(aiohttp.ClientSession())
        operator = Operator(settings, client, lease_client, Http(session))
        serving = health.serving(
            settings.port, operator.unwell, operator.unready, operator.metrics.exposition
        )
        try:
            await stack.enter_async_context(serving)
        except OSError as error:
            raise UserError(f"--port: {settings.port} cannot be listened on: {error}") from None
        logger.info("started as %s, answers on port %d", settings.identity, settings.port)
        return await operator.run(stop)


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop
