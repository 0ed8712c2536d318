"""The stage: every ModelServer of some files at play, for as long as a block lasts.

    async with stage(Options(["modelserver.yaml"], claims={"models": folder})) as playing:
        url = playing.servers["ocr"].service.url("rest")

Mistakes in the files are raised before anything starts. When the block ends, however it ends, every
replica drains first, and no process stays behind.
"""

import asyncio
import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import aiohttp

from modelserver_operator.local import manifests
from modelserver_operator.local.clock import every, now
from modelserver_operator.local.errors import CannotPlayError
from modelserver_operator.local.measuring.timeline import Event, Timeline
from modelserver_operator.local.options import Options
from modelserver_operator.local.plan import Plan, Program, program
from modelserver_operator.local.pods.deployment import Spawn
from modelserver_operator.local.pods.replica import Machine
from modelserver_operator.local.server import Server
from modelserver_operator.local.watcher import edits
from modelserver_operator.local.web import getter
from modelserver_operator.manifests.errors import UserError

_MOMENT_SECONDS = 1.0
_RUNTIME = "modelserver-runtime"
_RUNTIME_NEEDS = "openvino"


Heard = Callable[[Event], None]
"""Told each event as it happens."""


class Stage:
    """ModelServers at play.

    Attributes:
        servers: by name, with the namespace before it where that is not the default one.
        timeline: what has happened so far.
    """

    def __init__(
        self, options: Options, home: Path, machine: Machine, spawn: Spawn, heard: Heard
    ) -> None:
        self.servers: dict[str, Server] = {}
        self.timeline = Timeline()
        self._options, self._home, self._machine = options, home, machine
        self._spawn, self._heard = spawn, heard
        self._remarks: set[str] = set()
        self._opened: list[Server] = []
        self._began = now()

    async def play(self, program: Program) -> None:
        """Play the plans of this program, and no others.

        Raises:
            CannotPlayError: a port of a ModelServer is taken; that one stays as it was.
        """
        for remark in program.remarks:
            if remark not in self._remarks:
                self._remarks.add(remark)
                self._tell("", remark)
        for gone in self.servers.keys() - {each.name for each in program.plans}:
            self._tell(gone, "is no longer among the files")
            leaving = self.servers.pop(gone)
            leaving.retire()
            self._spawn(leaving.close(hurry=False))
        for each in program.plans:
            if each.name in self.servers:
                await self.servers[each.name].change(each)
            else:
                await self._add(each)

    async def close(self) -> None:
        """Drain everything."""
        await asyncio.gather(*(server.close(hurry=True) for server in self._opened))

    def kill(self) -> None:
        """End every process at once."""
        for server in self._opened:
            server.deployment.kill()

    async def follow_edits(self) -> None:
        """Play what the files say after each edit; one that cannot be played changes nothing."""
        async for _ in edits([Path(file) for file in self._options.files]):
            try:
                await self.play(_program(self._options))
            except UserError as mistake:
                for line in mistake.lines:
                    self._tell("", f"edit not taken: {line}")

    async def keep_time(self) -> None:
        """Note each second how every ModelServer stands."""
        async for time in every(_MOMENT_SECONDS):
            for name, server in self.servers.items():
                moments = self.timeline.moments.setdefault(name, [])
                moments.append(server.moment(time - self._began))

    async def _add(self, plan: Plan) -> None:
        def tell(text: str, mark: str) -> None:
            self._tell(plan.name, text, mark)

        home = self._home / str(len(self._opened))  # a namesake may still be draining
        server = Server(plan, home, self._machine, self._spawn, tell)
        await server.open(self._options.hpa_sync_seconds)
        self.servers[plan.name] = server
        self._opened.append(server)
        rest, grpc = server.service.url("rest"), server.service.url("grpc")
        tell(f"answers REST at {rest}, gRPC at {grpc}", "")

    def _tell(self, server: str, text: str, mark: str = "") -> None:
        event = Event(now() - self._began, server, text, mark)
        self.timeline.events.append(event)
        self._heard(event)


def _program(options: Options) -> Program:
    return program(manifests.read(options.files), options.claims)


@contextlib.asynccontextmanager
async def stage(options: Options, heard: Heard = lambda _: None) -> AsyncIterator[Stage]:
    """Play some files; `heard` is told each event as it happens.

    Raises:
        UserError: they cannot be played, and why.
    """
    first, runtime = _program(options), _runtime()
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(_ungrouped())
        home = stack.enter_context(tempfile.TemporaryDirectory(prefix="modelserver-"))
        connector = aiohttp.TCPConnector(force_close=True)
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        group = await stack.enter_async_context(asyncio.TaskGroup())
        machine = Machine((runtime,), os.environ, getter(session))
        playing = Stage(options, Path(home), machine, group.create_task, heard)
        stack.push_async_callback(playing.close)
        await playing.play(first)
        for job in (playing.follow_edits(), playing.keep_time()):
            stack.callback(group.create_task(job).cancel)
        yield playing


def _runtime() -> str:
    """The command of the runtime, which is installed beside the operator."""
    folders = (str(Path(sys.executable).parent), *os.get_exec_path())
    command = shutil.which(_RUNTIME, path=os.pathsep.join(folders))
    if command is None or find_spec(_RUNTIME_NEEDS) is None:
        raise CannotPlayError('the runtime is missing; run: pip install "modelserver[runtime]"')
    return command


@contextlib.contextmanager
def _ungrouped() -> Iterator[None]:
    """Raise what went wrong first, rather than the group that a TaskGroup makes of it."""
    try:
        yield
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
