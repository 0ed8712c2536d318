"""A pass from the queue's side: when to come back, and what is told of it."""

import json
import logging
from collections.abc import Callable, Iterator

import pytest

from modelserver_operator.cluster import Conflict, Unreachable
from modelserver_operator.controller import logs
from modelserver_operator.controller.keys import Key
from modelserver_operator.controller.passes import RESYNC_SECONDS, Passes
from modelserver_operator.controller.schedule import Again, Failed, Gone, Verdict
from modelserver_operator.reconcile import Outcome
from modelserver_operator.reconcile import Verdict as End

DEMO = Key("default", "demo")
CHANCE = 0.5
SPREAD = RESYNC_SECONDS * 0.9


class Told:
    """A reconciler whose passes all end in the same way, and a ledger."""

    def __init__(self, end: Outcome | Exception) -> None:
        self.end = end
        self.ends: list[str] = []

    async def reconcile(self, namespace: str, name: str) -> Outcome:
        assert (namespace, name) == DEMO
        if isinstance(self.end, Exception):
            raise self.end
        return self.end

    def passed(self, end: str, seconds: float) -> None:
        assert seconds >= 0
        self.ends.append(end)


async def verdict(end: Outcome | Exception) -> Verdict:
    told = Told(end)
    return await Passes(told, told, lambda: CHANCE).work(DEMO)


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Outcome(End.DONE), Again(SPREAD)),
        (Outcome(End.DONE, after=5), Again(5)),
        (Outcome(End.STALLED, error="no such field"), Again(SPREAD)),
        (Outcome(End.RETRY), Failed()),
        (Outcome(End.RETRY, after=3), Again(3)),
        (Outcome(End.RETRY, after=30, error="too many requests"), Failed(30)),
        (Outcome(End.GONE), Gone()),
        (Unreachable("no answer", 7), Failed(7)),
        (Conflict("changed"), Failed()),
        (ZeroDivisionError(), Failed()),
    ],
)
async def test_the_end_of_a_pass_says_when_to_come_back(
    outcome: Outcome | Exception, expected: Verdict
) -> None:
    assert await verdict(outcome) == expected


@pytest.mark.parametrize(
    ("end", "name"), [(Outcome(End.DONE), "done"), (ZeroDivisionError(), "error")]
)
async def test_every_pass_is_counted(end: Outcome | Exception, name: str) -> None:
    told = Told(end)
    await Passes(told, told, lambda: CHANCE).work(DEMO)
    assert told.ends == [name]


@pytest.fixture
def configured() -> Iterator[Callable[[str, str], None]]:
    """`logs.configure`, undone when the test ends."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield logs.configure
    root.handlers[:] = handlers
    root.setLevel(level)


async def test_each_change_is_one_line_that_names_the_model_server(
    configured: Callable[[str, str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    configured("text", "info")
    await verdict(Outcome(End.DONE, changes=("Service demo-ovms created", "status written")))
    first, second = capsys.readouterr().err.splitlines()
    assert first.endswith(" INFO default/demo: Service demo-ovms created")
    assert second.endswith(" INFO default/demo: status written")


async def test_collectors_get_the_same_in_fields(
    configured: Callable[[str, str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    configured("json", "info")
    await verdict(Outcome(End.RETRY, error="no answer"))
    line = json.loads(capsys.readouterr().err)
    assert (line["level"], line["message"]) == ("WARNING", "no answer")
    assert (line["namespace"], line["modelserver"]) == DEMO


async def test_a_mistake_of_the_operators_own_is_logged_with_its_place(
    caplog: pytest.LogCaptureFixture,
) -> None:
    await verdict(ZeroDivisionError())
    assert caplog.records[0].exc_info
