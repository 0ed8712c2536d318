"""`spec.autoscaling`: how many pods the load calls for."""

from decimal import Decimal
from typing import ClassVar, Literal

from modelserver_operator.api.block import Block
from modelserver_operator.api.fields import field
from modelserver_operator.api.rules import Rule
from modelserver_operator.api.values import Duration, FreeForm, Ratio, ReplicaBound, Stabilization


def _bounds_are_ordered(autoscaling: "Autoscaling") -> bool:
    low, high = autoscaling.min_replicas, autoscaling.max_replicas
    return low is None or high is None or low <= high


def _target_is_positive(autoscaling: "Autoscaling") -> bool:
    target = autoscaling.target_ratio
    return target is None or Decimal(target.removesuffix("m")) > 0


class Autoscaling(Block):
    """How many pods the load calls for."""

    enabled: bool | None = field(
        "Whether to make an autoscaler, unless you have one for this ModelServer.", True
    )
    provider: Literal["hpa", "keda"] | None = field(
        "hpa makes a HorizontalPodAutoscaler (with prometheus-adapter), keda a ScaledObject.", "hpa"
    )
    min_replicas: ReplicaBound | None = field("Fewest pods.", 1)
    max_replicas: ReplicaBound | None = field("Most pods.", 3)
    target_ratio: Ratio | None = field(
        "Requests in progress per execution stream to aim for; quote decimals.", '"0.7"'
    )
    window: Duration | None = field("Time over which the ratio is averaged.", "1m")
    scale_up_stabilization_seconds: Stabilization | None = field(
        "Seconds that a need for more pods must last.", 0
    )
    scale_down_stabilization_seconds: Stabilization | None = field(
        "Seconds that a need for fewer pods must last.", 120
    )
    behavior: FreeForm | None = field(
        "Scaling behavior, as in an autoscaling/v2 HorizontalPodAutoscaler; wins over the "
        "stabilization fields.",
        "{scaleDown: {policies: [{type: Pods, value: 1, periodSeconds: 60}]}}",
    )

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            field="max_replicas",
            must="at least min_replicas",
            cel="!has(self.min_replicas) || !has(self.max_replicas)"
            " || self.min_replicas <= self.max_replicas",
            holds=_bounds_are_ordered,
        ),
        Rule(
            field="target_ratio",
            must="greater than 0",
            cel="!has(self.target_ratio)"
            " || quantity(string(self.target_ratio)).isGreaterThan(quantity('0'))",
            holds=_target_is_positive,
        ),
    )
