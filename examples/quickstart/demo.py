"""Serves the quickstart's model on this machine, loads it, and shows it scale from 1 to 3 and back.

    $ python examples/quickstart/demo.py

Nothing here is sped up: the autoscaler looks every 15 seconds, as it does on Kubernetes, replicas
are processes, and every request asks for the text in sample.png. It takes about a minute and a half
and leaves a picture of it in build/quickstart.svg.
"""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import aiohttp
import prepare_model
import read_text
from PIL import Image
from rich.console import Console

from modelserver_operator.local import picture, view
from modelserver_operator.local.options import Options
from modelserver_operator.local.server import Server
from modelserver_operator.local.stage import Stage, stage
from modelserver_operator.manifests.errors import UserError

HERE = Path(__file__).parent
MODELS = Path("build/models")
PICTURE = Path("build/quickstart.svg")
SAMPLE = HERE / "sample.png"
OPTIONS = Options([str(HERE / "modelserver.yaml")], claims={"ocr-models": MODELS})

CALM_SECONDS = 8.0
RISE_SECONDS = 2.0  # until the next client joins
CROWD = 8  # clients at the peak
PEAK_SECONDS = 12.0  # with all replicas at work
REST_SECONDS = 5.0  # with one replica again
PATIENCE_SECONDS = 50.0  # for the autoscaler to act
PAUSE_SECONDS = 0.04  # of a lone client between two requests; the crowd makes none


def main() -> int:
    """Run the demo; 0 if it scaled up and down again without losing a request."""
    console = Console(highlight=False)
    try:
        prepare_model.prepare(MODELS)
        return asyncio.run(demo(console))
    except UserError as error:
        sys.exit("\n".join(error.lines))


async def demo(console: Console) -> int:
    """Play, load, watch; a signal ends it early and in order."""
    async with stage(OPTIONS, partial(view.show, console=console)) as playing:
        story = asyncio.create_task(tell(playing, console))
        end_on_signals(story, playing)
        watching = asyncio.create_task(view.watch(playing, console))
        try:
            return await story
        except asyncio.CancelledError:
            console.print("Stopped before the end.")
            return 0
        except TimeoutError as error:
            console.print(f"[red]{error}[/]")
            return 1
        finally:
            watching.cancel()
            picture.write(playing.timeline, PICTURE)
            console.print(f"The picture of it: {PICTURE}")


def end_on_signals(story: asyncio.Task[int], playing: Stage) -> None:
    """The first signal ends the story, a second one every process."""

    def end() -> None:
        if not story.cancel():
            playing.kill()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, end)


async def tell(playing: Stage, console: Console) -> int:
    """The story: calm, a crowd that grows, a crowd that is served, calm again."""
    (server,) = playing.servers.values()
    await replicas(server, 1)
    console.print(await ask(server))
    async with clients(server) as load:
        load.pause = PAUSE_SECONDS
        load.join()
        await asyncio.sleep(CALM_SECONDS)
        load.pause = 0.0
        while len(load.at_work) < CROWD:
            load.join()
            await asyncio.sleep(RISE_SECONDS)
        await replicas(server, 3)
        await asyncio.sleep(PEAK_SECONDS)
        load.pause = PAUSE_SECONDS
        while len(load.at_work) > 1:
            load.leave()
        await replicas(server, 1)
        await asyncio.sleep(REST_SECONDS)
    console.print(await ask(server))
    console.print(f"{load.answered} requests answered, {len(load.failures)} failed.")
    for failure in load.failures[:3]:
        console.print(f"[red]{failure}[/]")
    return 1 if load.failures else 0


async def replicas(server: Server, count: int) -> None:
    """Wait until that many are wanted and ready. Raises TimeoutError where they never are."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not len(server.deployment.ready) == server.deployment.desired == count:
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise TimeoutError(f"No {count} replicas after {PATIENCE_SECONDS:.0f} s.") from None


async def ask(server: Server) -> str:
    """What the model reads in the sample."""
    url = server.service.url("rest")
    text, confidence = await asyncio.to_thread(read_text.read_text, SAMPLE, url, read_text.MODEL)
    return f'[bold]{SAMPLE.name} says: "{text}"[/] ({confidence:.1%} sure)'


@dataclass
class Load:
    """Clients that ask over and over, each on a new connection, as separate users would.

    Attributes:
        pause: seconds that a client waits between an answer and its next request.
    """

    session: aiohttp.ClientSession
    url: str
    body: bytes
    headers: dict[str, str]
    pause: float = 0.0
    answered: int = 0
    failures: list[str] = field(default_factory=list)
    at_work: list[asyncio.Event] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def join(self) -> None:
        """One more client."""
        leave = asyncio.Event()
        self.at_work.append(leave)
        self.tasks.append(asyncio.create_task(self._client(leave)))

    def leave(self) -> None:
        """One client less, once it has its answer."""
        self.at_work.pop().set()

    async def _client(self, leave: asyncio.Event) -> None:
        while not leave.is_set():
            await self._request()
            await asyncio.sleep(self.pause)

    async def _request(self) -> None:
        try:
            async with self.session.post(self.url, data=self.body, headers=self.headers) as answer:
                answer.raise_for_status()
                await answer.read()
            self.answered += 1
        except (aiohttp.ClientError, TimeoutError) as error:
            self.failures.append(f"{type(error).__name__}: {error}")


@asynccontextmanager
async def clients(server: Server) -> AsyncIterator[Load]:
    """Clients of a server, who have all left at the end."""
    with Image.open(SAMPLE) as image:
        body, headers = read_text.encode(image)
    url = f"{server.service.url('rest')}/v2/models/{read_text.MODEL}/infer"
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session:
        load = Load(session, url, body, headers)
        try:
            yield load
        finally:
            while load.at_work:
                load.leave()
            await asyncio.gather(*load.tasks)


if __name__ == "__main__":
    sys.exit(main())
