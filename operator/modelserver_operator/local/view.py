"""What the terminal shows: each event as a line, and below them how everything stands.

On a terminal the table below is redrawn in place; elsewhere, as in a log, a line for each
ModelServer says the same every few seconds.
"""

from collections.abc import Mapping

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from modelserver_operator.local.clock import every
from modelserver_operator.local.measuring.timeline import Event, Moment
from modelserver_operator.local.stage import Stage

_REDRAW_SECONDS = 1.0
_STATUS_SECONDS = 5.0
_UNKNOWN = "–"


def show(event: Event, console: Console) -> None:
    """Print an event."""
    at, server = (
        (f"{event.at:6.1f} s  ", "dim"),
        (f"{event.server}: " if event.server else "", "bold"),
    )
    console.print(Text.assemble(at, server, event.text), soft_wrap=True)


async def watch(playing: Stage, console: Console) -> None:
    """Show how everything stands, until cancelled."""
    if not console.is_terminal:
        async for _ in every(_STATUS_SECONDS):
            for name, moment in standing(playing).items():
                console.print(f"{moment.at:6.1f} s  {name}: {status(moment)}", soft_wrap=True)
    with Live(console=console, auto_refresh=False) as live:
        async for _ in every(_REDRAW_SECONDS):
            live.update(table(standing(playing)), refresh=True)


def standing(playing: Stage) -> dict[str, Moment]:
    """The latest moment of each ModelServer that has one."""
    latest = {name: playing.timeline.latest(name) for name in playing.servers}
    return {name: moment for name, moment in latest.items() if moment is not None}


def status(moment: Moment) -> str:
    """How a ModelServer stands, in one line."""
    return ", ".join(f"{heading} {value}" for heading, value in _columns(moment).items())


def table(latest: Mapping[str, Moment]) -> Table:
    """How all ModelServers stand."""
    drawn = Table("", *_HEADINGS, box=None, header_style="dim", padding=(0, 2))
    for name, moment in latest.items():
        drawn.add_row(Text(name, "bold"), *_columns(moment).values())
    return drawn


_HEADINGS = ("replicas", "ratio", "requests/s", "p50", "p99")


def _columns(moment: Moment) -> dict[str, str]:
    traffic, target = moment.traffic, moment.target
    return {
        "replicas": f"{moment.ready}/{moment.desired}",
        "ratio": _number(moment.ratio) + (f" of {target:g}" if target else ""),
        "requests/s": f"{traffic.requests_per_second:.1f}",
        "p50": _milliseconds(traffic.p50),
        "p99": _milliseconds(traffic.p99),
    }


def _number(value: float | None) -> str:
    return _UNKNOWN if value is None else f"{value:.2f}"


def _milliseconds(seconds: float | None) -> str:
    return _UNKNOWN if seconds is None else f"{seconds * 1000:.1f} ms"
