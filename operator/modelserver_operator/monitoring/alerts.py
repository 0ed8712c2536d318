"""The alerts: what of a ModelServer somebody has to look at, and after how long.

Each has a page of its own among the runbooks. Most of them rest on what the operator exports and
would fall silent with it; the last one watches over that.
"""

from dataclasses import dataclass
from typing import Any, Final

from modelserver_operator.autoscaling.ratio import STREAMS
from modelserver_operator.monitoring.queries import failed_share, gauge, ratio
from modelserver_operator.monitoring.series import (
    LOAD_SECONDS,
    MAX_REPLICAS,
    MODEL_LOADED,
    OPERATOR_LEADER,
    READY_REPLICAS,
    REPLICAS,
    SERVER,
    TARGET_RATIO,
)

RATIO_WINDOW: Final = "5m"
FAILED_SHARE: Final = 0.05
COLD_START_SECONDS: Final = 60
TOLERANCE: Final = 1.1
"""An autoscaler leaves a ratio alone that is within 10% of its target."""

_WHO: Final = "{{ $labels.namespace }}/{{ $labels.service }}"
_MODEL: Final = f"{SERVER}, name"


@dataclass(frozen=True, slots=True)
class Alert:
    """An alerting rule.

    Attributes:
        lasting: how long the expression must hold, as a Prometheus duration.
        severity: critical where requests fail, warning where they soon may, info for the rest.
    """

    name: str
    expression: str
    lasting: str
    severity: str
    summary: str
    description: str

    def rule(self, runbooks: str) -> dict[str, Any]:
        """The rule as Prometheus reads it; `runbooks` is where the pages are."""
        return {
            "alert": self.name,
            "expr": self.expression,
            "for": self.lasting,
            "labels": {"severity": self.severity},
            "annotations": {
                "summary": self.summary,
                "description": self.description,
                "runbook_url": f"{runbooks.rstrip('/')}/{self.name}.md",
            },
        }


ALERTS: Final = (
    Alert(
        name="ModelServerMetricMissing",
        expression=f"""\
{gauge(READY_REPLICAS)} > 0
and on ({SERVER}) {gauge(TARGET_RATIO)}
unless on ({SERVER}) {ratio("", RATIO_WINDOW)}""",
        lasting="10m",
        severity="warning",
        summary="The metric that a ModelServer scales on is missing",
        description=f"Prometheus has no ratio for any pod of {_WHO}, {{{{ $value }}}} of which"
        " answer requests: its autoscaler does nothing.",
    ),
    Alert(
        name="ModelServerAtMaxReplicas",
        expression=f"""\
{ratio("", RATIO_WINDOW)}
  > on ({SERVER}) {TOLERANCE} * {gauge(TARGET_RATIO)}
and on ({SERVER}) ({gauge(REPLICAS)} >= {gauge(MAX_REPLICAS)})""",
        lasting="10m",
        severity="warning",
        summary="A ModelServer has more load than its most replicas can take",
        description=f"{_WHO} has as many pods as it may have, and still"
        ' {{ $value | printf "%.1f" }} requests in progress per stream.',
    ),
    Alert(
        name="ModelServerRequestsFailing",
        expression=f"{failed_share('', RATIO_WINDOW, by=_MODEL)} > {FAILED_SHARE}",
        lasting="5m",
        severity="critical",
        summary="Inferences of a model fail",
        description=f"{{{{ $value | humanizePercentage }}}} of the inferences that {_WHO} was asked"
        " for of model {{ $labels.name }} failed.",
    ),
    Alert(
        name="ModelServerModelNotLoaded",
        expression=f"""\
{gauge(MODEL_LOADED, by=f"{SERVER}, model")} == 0
and on ({SERVER}) ({gauge(REPLICAS)} > 0)""",
        lasting="10m",
        severity="critical",
        summary="A model is configured that no pod serves",
        description=f"No pod of {_WHO} answers for model {{{{ $labels.model }}}}.",
    ),
    Alert(
        name="ModelServerColdStartSlow",
        expression=f"""\
max by ({_MODEL}) (
  {LOAD_SECONDS} and on ({_MODEL}, pod, version) {STREAMS} > 0
) > {COLD_START_SECONDS}
and on ({SERVER}) {gauge(MAX_REPLICAS)}""",
        lasting="1m",
        severity="info",
        summary="New pods of an autoscaled ModelServer take long to load their model",
        description=f"A pod of {_WHO} took {{{{ $value | humanizeDuration }}}} to load model"
        " {{ $labels.name }}: a scale-up helps no sooner.",
    ),
    Alert(
        name="ModelServerOperatorAbsent",
        expression=f"absent({OPERATOR_LEADER} == 1)",
        lasting="10m",
        severity="warning",
        summary="No operator looks after ModelServers",
        description="Prometheus sees no operator at work: changes of ModelServers have no effect,"
        " and other alerts on them are silent.",
    ),
)


def groups(runbooks: str) -> list[dict[str, Any]]:
    """The alerts as groups of a Prometheus rule file."""
    return [{"name": "modelservers", "rules": [alert.rule(runbooks) for alert in ALERTS]}]
