"""Whether a server exports the series that the ratio is made of."""

from collections.abc import Iterable, Sequence

from modelserver_operator.autoscaling.ratio import IN_PROGRESS, REQUEST_TIME, STREAMS
from modelserver_operator.observing.http import Unanswered, Web
from modelserver_operator.observing.links.findings import broken, holds, not_checked
from modelserver_operator.status.observed import Finding, Link
from modelserver_operator.status.reasons import Reason


async def server_link(web: Web, servers: Sequence[str]) -> Finding:
    """Ask one of the servers; they all run from the same template."""
    if not servers:
        return not_checked(Link.SERVER, "no pod is ready")
    try:
        status, text = await web.ask(f"{servers[0]}/metrics")
    except Unanswered as error:
        return not_checked(Link.SERVER, f"the pod gives no answer: {error}")
    if status != 200:
        return broken(Link.SERVER, Reason.SERIES_MISSING, f"It answers {status} for /metrics.")
    if missing := missing_series(text):
        return broken(Link.SERVER, Reason.SERIES_MISSING, f"Missing: {', '.join(missing)}.")
    return holds(Link.SERVER)


def missing_series(exposition: str) -> list[str]:
    """The series that the ratio needs and the text lacks; of the two counters one is enough."""
    names = set(_names(exposition.splitlines()))
    missing = [] if STREAMS in names else [STREAMS]
    return missing if names & {IN_PROGRESS, REQUEST_TIME} else [*missing, REQUEST_TIME]


def _names(lines: Iterable[str]) -> Iterable[str]:
    return (line.partition("{")[0].partition(" ")[0] for line in lines if not line.startswith("#"))
