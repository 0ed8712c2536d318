"""The kopf shell: it watches, and hands on what it sees.

Of the handlers for objects only `on.event` is used. The others write annotations and finalizers to
keep their progress, credentials in the spec included; these write nothing, so that a namespace can
be deleted when the operator is gone.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Collection
from functools import partial
from typing import Any

import aiohttp
import kopf

from modelserver_operator.cluster.connect import configuration
from modelserver_operator.controller.events import Event
from modelserver_operator.controller.listings import Listing, tracing
from modelserver_operator.controller.watched import Watched

logger = logging.getLogger(__name__)


class NoDiffs(kopf.DiffBaseStorage):
    """Spares kopf from comparing each object with what it was, for handlers that we don't use."""

    def build(self, **_: object) -> kopf.BodyEssence:
        return kopf.BodyEssence()

    def fetch(self, **_: object) -> kopf.BodyEssence | None:
        return None

    def store(self, **_: object) -> None:
        """Nothing is ever written."""


class Sessions(kopf.AiohttpSession):
    """Sessions by some credentials, each with a trace.

    kopf closes one and takes another on its way out; with the same again it would never end.
    """

    _info: kopf.ConnectionInfo
    _trace: aiohttp.TraceConfig

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __init__(self, info: kopf.ConnectionInfo, trace: aiohttp.TraceConfig) -> None:
        # by its own way, since kopf's is a frozen dataclass
        for name, value in {"server": info.server, "_info": info, "_trace": trace}.items():
            object.__setattr__(self, name, value)

    @property
    def aiohttp_session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=self._info.as_ssl_context()),
            headers=self._info.as_http_headers(),
            trace_configs=[self._trace],
        )


Deliver = Callable[[Event | Listing], None]

_SILENCE_SECONDS = 66.0
"""A bookmark comes each minute, or a little later; a stream without one is opened anew."""

_REQUEST_SECONDS = 20.0
_IDENTITY: Any = "modelserver-operator"
"""Peering, which it is for, is off. Without one kopf asks for the user's name, and the user that a
container runs as has none."""
_LOGIN_SECONDS = 5.0
_PAGE = 500


def run_watches(
    plan: Collection[Watched], namespaces: Collection[str], deliver: Deliver, stop: threading.Event
) -> None:
    """Watch until told to stop. It blocks, and is meant for a thread of its own.

    A loop of its own keeps kopf apart from passes: when kopf ends, it cancels every task that it
    finds on its loop.

    Raises:
        Exception: a watch was refused, or its kind is no longer there.
    """
    asyncio.run(_operate(plan, namespaces, deliver, stop))


async def _operate(
    plan: Collection[Watched], namespaces: Collection[str], deliver: Deliver, stop: threading.Event
) -> None:
    asyncio.get_running_loop().set_exception_handler(_one_of_many)
    try:
        await kopf.operator(
            registry=_registry(plan, namespaces, deliver),
            settings=_settings(plan),
            namespaces=namespaces,
            clusterwide=not namespaces,
            standalone=True,
            identity=_IDENTITY,
            stop_flag=stop,
        )
    finally:
        stop.set()  # a thread of kopf's waits for it


def _one_of_many(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """When the API server is away, all of kopf's tasks fail; the first one's error is raised."""
    logger.debug("%s: %s", context["message"], context.get("exception"))


def _registry(
    plan: Collection[Watched], namespaces: Collection[str], deliver: Deliver
) -> kopf.OperatorRegistry:
    registry = kopf.OperatorRegistry()
    trace = tracing([watched.kind for watched in plan], namespaces, deliver)

    async def seen(event: Any, **_: object) -> None:  # noqa: ANN401 - kopf's own
        deliver(Event(event["type"], event["object"]))

    login = partial(_login, trace)
    kopf.on.login(registry=registry, id="login", backoff=_LOGIN_SECONDS)(login)
    kopf.on.cleanup(registry=registry, id="end")(_end_watches)
    for watched in plan:
        kind = watched.kind
        kopf.on.event(kind.group, kind.version, kind.plural, registry=registry, id="seen")(seen)
    return registry


async def _end_watches(**_: object) -> None:
    """Where one watch has failed, end the others while kopf has a session.

    It forgets them, and they would wait for ever for credentials that nobody gives any more.
    """
    watches = [task for task in asyncio.all_tasks() if task.get_name().startswith("watcher for ")]
    for watch in watches:
        watch.cancel()
    await asyncio.gather(*watches, return_exceptions=True)


async def _login(trace: aiohttp.TraceConfig, **_: object) -> kopf.AiohttpSession:
    """The credentials of passes, read anew: kopf asks again when the API server refuses them."""
    found = await configuration()
    token: str | None = await found.get_api_key_with_prefix("BearerToken")
    scheme, _separator, key = (token or "").rpartition(" ")
    info = kopf.ConnectionInfo(
        server=found.host,
        ca_path=found.ssl_ca_cert,
        insecure=not found.verify_ssl,
        scheme=scheme or None,
        token=key or None,
        certificate_path=found.cert_file,
        private_key_path=found.key_file,
    )
    return Sessions(info, trace)


def _settings(plan: Collection[Watched]) -> kopf.OperatorSettings:
    settings = kopf.OperatorSettings()
    settings.posting.enabled = False
    settings.persistence.diffbase_storage = NoDiffs()
    settings.scanning.disabled = True
    settings.process.ultimate_exiting_timeout = None
    settings.watching.inactivity_timeout = _SILENCE_SECONDS
    settings.watching.chunk_size = _PAGE
    settings.networking.request_timeout = _REQUEST_SECONDS
    settings.networking.error_backoffs = (1, 2, 3, 5, 8)
    for watched in plan:
        # a selector's key must be spelt so: with group and version in one string it is ignored
        place = (watched.kind.group, watched.kind.version, watched.kind.plural)
        if watched.labels:
            settings.watching.label_selectors[place] = watched.labels
        if watched.fields:
            settings.watching.field_selectors[place] = watched.fields
    return settings
