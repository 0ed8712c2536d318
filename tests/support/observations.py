"""A ModelServer that is all right, from which a test takes one thing away, and how it goes on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from modelserver_operator.status import Expected, Observed, PassFacts, status
from modelserver_operator.status.observed import Pod, ServedVersion, Workload

EPOCH = datetime(2026, 1, 31, 12, tzinfo=UTC)

AVAILABLE = ServedVersion("resnet", 1, "AVAILABLE", devices=("CPU",))
LOADING = ServedVersion("resnet", 1, "LOADING")


def serving(name: str = "demo-ovms-1", **changes: object) -> Pod:
    """A pod whose server answers for its one model."""
    return replace(Pod(name, ready=True, models=(AVAILABLE,)), **changes)


def starting(name: str = "demo-ovms-1", **changes: object) -> Pod:
    """A pod that has no server running yet."""
    return replace(Pod(name), **changes)


EXPECTED = Expected(
    label_selector="app=demo-ovms,release=demo",
    grpc="demo-ovms.default.svc:8080",
    rest="http://demo-ovms.default.svc:8081",
    models=("resnet",),
    device="CPU",
)
HEALTHY = Observed(
    facts=PassFacts(),
    expected=EXPECTED,
    workload=Workload(replicas=1, ready=1, updated=1, wanted=1),
    pods=(serving(),),
)
NEW = replace(HEALTHY, workload=Workload(replicas=1, updated=1), pods=(starting(),))


def with_facts(observed: Observed, **facts: object) -> Observed:
    """The same, but for what the pass did and found."""
    return replace(observed, facts=replace(observed.facts, **facts))


def expecting(observed: Observed, **changes: object) -> Observed:
    """The same, but for what the spec asks for."""
    return replace(observed, expected=replace(EXPECTED, **changes))


@dataclass
class Story:
    """A ModelServer that is looked at time and again, a minute apart."""

    generation: int = 1
    document: dict[str, Any] = field(default_factory=dict)
    passes: int = 0

    def look(self, observed: Observed, generation: int | None = None) -> dict[str, Any]:
        self.generation = generation or self.generation
        now = EPOCH + timedelta(minutes=self.passes)
        self.document = status({"generation": self.generation}, observed, self.document, now)
        self.passes += 1
        return self.document

    def condition(self, kind: str) -> dict[str, Any]:
        (found,) = (one for one in self.document["conditions"] if one["type"] == kind)
        return dict(found)

    def verdict(self) -> tuple[str, str, str]:
        """The status of Ready, Reconciling and Stalled."""
        ready, reconciling, stalled = map(self.condition, ("Ready", "Reconciling", "Stalled"))
        return ready["status"], reconciling["status"], stalled["status"]
