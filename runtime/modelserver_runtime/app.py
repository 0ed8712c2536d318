"""The composition root: here, and only here, the parts of the server are put together."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Protocol

import uvloop

from modelserver_runtime import config_file
from modelserver_runtime.administration import Administration
from modelserver_runtime.dataplane import Dataplane
from modelserver_runtime.device_watch import watch_devices
from modelserver_runtime.engine.compiler import load
from modelserver_runtime.engine.core import create_core
from modelserver_runtime.engine.launch import Launcher
from modelserver_runtime.engine.registry import Registry
from modelserver_runtime.engine.threads import thread_limit
from modelserver_runtime.lifecycle import Lifecycle, Source
from modelserver_runtime.metrics import Metrics, enabled_families
from modelserver_runtime.metrics.families import Family
from modelserver_runtime.repository.downloads import downloads_folder
from modelserver_runtime.repository.opening import open_source
from modelserver_runtime.settings import (
    DRAIN_SECONDS,
    ConfigFile,
    MetricsSettings,
    ModelSettings,
    ServerSettings,
    UsageError,
)

logger = logging.getLogger(__name__)


class Server(Protocol):
    """A front end."""

    async def start(self) -> None:
        """Listen. Raises OSError where the address cannot be had."""

    async def drain(self, grace: float) -> None:
        """Stop taking requests and finish those in flight, within so many seconds."""


def run(settings: ServerSettings, models: ModelSettings | ConfigFile) -> int:
    """Serve until a signal says stop; the exit code.

    Raises:
        SettingsError: the config file or the environment is not in order.
        OSError: an address cannot be had.
    """
    source, families = _plan(settings, models)
    threads = thread_limit(os.environ)
    with (
        downloads_folder() as downloads,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        return runner.run(_serve(settings, source, families, threads, downloads))


def _plan(
    settings: ServerSettings, models: ModelSettings | ConfigFile
) -> tuple[Source, tuple[Family, ...] | None]:
    """Where the models are read from, and what /metrics shows."""
    if isinstance(models, ModelSettings):
        return lambda: [models], _families(settings.metrics)
    metrics = config_file.read(models).metrics
    if metrics.enabled and not settings.rest_port:
        raise UsageError("rest_port setting is missing, metrics are enabled on rest port")
    families = _families(metrics if metrics.enabled else settings.metrics)
    return lambda: config_file.read(models).models, families


def _families(metrics: MetricsSettings) -> tuple[Family, ...] | None:
    if not metrics.enabled:
        return None
    try:
        return enabled_families(metrics.families)
    except ValueError as error:
        raise UsageError(str(error)) from error


async def _serve(
    settings: ServerSettings,
    source: Source,
    families: tuple[Family, ...] | None,
    threads: int | None,
    downloads: Path,
) -> int:
    registry, metrics, stop = Registry(), Metrics(), asyncio.Event()
    compile_model = partial(load, create_core(), threads=threads, profiling=settings.profile_enable)
    launcher = Launcher(metrics, asyncio.get_running_loop())
    open_repository = partial(open_source, downloads=downloads)
    lifecycle = Lifecycle(source, registry, compile_model, launcher.launch, open_repository)
    administration = Administration(registry, lifecycle)
    dataplane = Dataplane(
        registry, metrics, lambda: lifecycle.first_pass_done and not stop.is_set()
    )
    servers = list(_servers(settings, dataplane, administration, metrics, families))
    for server in servers:
        await server.start()
    _stop_on_signals(stop)
    async with asyncio.TaskGroup() as tasks:
        upkeep = tasks.create_task(lifecycle.run(settings.file_system_poll_wait_seconds))
        watch = tasks.create_task(watch_devices(registry))
        await stop.wait()
        upkeep.cancel()
        watch.cancel()
        await asyncio.gather(*(server.drain(DRAIN_SECONDS) for server in servers))
    logger.info("stopped")
    if lifecycle.is_busy:
        # A thread that compiles can't be interrupted, and leaving in order would wait for it.
        os._exit(0)
    return 0


def _servers(
    settings: ServerSettings,
    dataplane: Dataplane,
    administration: Administration,
    metrics: Metrics,
    families: Iterable[Family] | None,
) -> Iterator[Server]:
    # Each front end is imported only where it is wanted.
    if settings.rest_port:
        from modelserver_runtime.servers.http import HttpServer
        from modelserver_runtime.servers.rest import RestApi

        api = RestApi(
            dataplane,
            metrics,
            families,
            administration,
            with_profiles=settings.profile_enable,
        )
        yield HttpServer(api.answer, settings.rest_bind_address, settings.rest_port)
    if settings.port:
        from modelserver_runtime.servers.grpc.server import GrpcServer

        yield GrpcServer(
            dataplane,
            settings.grpc_bind_address,
            settings.port,
            settings.grpc_max_connection_age_seconds,
            administration,
        )


def _stop_on_signals(stop: asyncio.Event) -> None:
    """SIGTERM or SIGINT stops the server in order, another one at once."""

    def on_signal(number: signal.Signals) -> None:
        if stop.is_set():
            os._exit(128 + number)
        logger.info("%s: finishing the requests in flight", number.name)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, on_signal, number)
