"""What an HPA is told (its spec) and what it looks at (pods), free of manifests and clients.

Metric values are integers in thousandths ("milli"), as in Kubernetes: the arithmetic truncates at
that precision. Periods and windows are whole seconds.
"""

from dataclasses import dataclass
from enum import StrEnum

DEFAULT_TOLERANCE = 0.1
DOWNSCALE_STABILIZATION_SECONDS = 300
"""Two flags of kube-controller-manager, for the whole cluster, at their defaults."""


class Phase(StrEnum):
    """A pod's phase, as in its status."""

    PENDING = "Pending"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod that the scale target's selector matches.

    Readiness is left out on purpose: it matters to the HPA for CPU alone, so with any other metric
    a running pod that has a sample counts, ready or not.
    """

    name: str
    phase: Phase = Phase.RUNNING
    deleting: bool = False


class PolicyType(StrEnum):
    """The unit of a policy's value."""

    PODS = "Pods"
    PERCENT = "Percent"


class SelectPolicy(StrEnum):
    """Which of several policies rules: the one that allows most, least, or no change at all."""

    MAX = "Max"
    MIN = "Min"
    DISABLED = "Disabled"


@dataclass(frozen=True, slots=True)
class Policy:
    """At most `value` pods, or percent of the pods, may come or go within `period_seconds`."""

    type: PolicyType
    value: int
    period_seconds: int


@dataclass(frozen=True, slots=True)
class ScalingRules:
    """How fast to scale in one direction; complete, defaults filled in."""

    stabilization_window_seconds: int
    policies: tuple[Policy, ...]
    select_policy: SelectPolicy = SelectPolicy.MAX
    tolerance: float = DEFAULT_TOLERANCE


DEFAULT_SCALE_UP = ScalingRules(
    stabilization_window_seconds=0,
    policies=(Policy(PolicyType.PODS, 4, 15), Policy(PolicyType.PERCENT, 100, 15)),
)
DEFAULT_SCALE_DOWN = ScalingRules(
    stabilization_window_seconds=DOWNSCALE_STABILIZATION_SECONDS,
    policies=(Policy(PolicyType.PERCENT, 100, 15),),
)


@dataclass(frozen=True, slots=True)
class Behavior:
    """The two directions of `spec.behavior`."""

    scale_up: ScalingRules = DEFAULT_SCALE_UP
    scale_down: ScalingRules = DEFAULT_SCALE_DOWN


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far the ratio of usage to target may lie from 1 without a change."""

    down: float = DEFAULT_TOLERANCE
    up: float = DEFAULT_TOLERANCE

    def covers(self, ratio: float) -> bool:
        """Whether the ratio is close enough to 1, bounds included."""
        return 1.0 - self.down <= ratio <= 1.0 + self.up


@dataclass(frozen=True, slots=True)
class Spec:
    """A HorizontalPodAutoscaler with one Pods metric.

    No `behavior` is not the default behavior: Kubernetes then takes other, older limits.
    """

    min_replicas: int
    max_replicas: int
    target_milli: int
    metric: str
    behavior: Behavior | None = None

    @property
    def tolerance(self) -> Tolerance:
        """The tolerance in force."""
        if self.behavior is None:
            return Tolerance()
        return Tolerance(self.behavior.scale_down.tolerance, self.behavior.scale_up.tolerance)
