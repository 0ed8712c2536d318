"""The conditions that an HPA reports, under the reasons and in the words of Kubernetes."""

from dataclasses import dataclass
from enum import StrEnum


class ConditionType(StrEnum):
    """What an HPA says about itself."""

    ABLE_TO_SCALE = "AbleToScale"
    SCALING_ACTIVE = "ScalingActive"
    SCALING_LIMITED = "ScalingLimited"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition; `status` stands for "True" or "False"."""

    type: ConditionType
    status: bool
    reason: str
    message: str


SUCCEEDED_GET_SCALE = Condition(
    ConditionType.ABLE_TO_SCALE,
    True,
    "SucceededGetScale",
    "the HPA controller was able to get the target's current scale",
)
READY_FOR_NEW_SCALE = Condition(
    ConditionType.ABLE_TO_SCALE,
    True,
    "ReadyForNewScale",
    "recommended size matches current size",
)
SCALE_UP_STABILIZED = Condition(
    ConditionType.ABLE_TO_SCALE,
    True,
    "ScaleUpStabilized",
    "recent recommendations were lower than current one, applying the lowest recent recommendation",
)
SCALE_DOWN_STABILIZED = Condition(
    ConditionType.ABLE_TO_SCALE,
    True,
    "ScaleDownStabilized",
    "recent recommendations were higher than current one, "
    "applying the highest recent recommendation",
)
SCALING_DISABLED = Condition(
    ConditionType.SCALING_ACTIVE,
    False,
    "ScalingDisabled",
    "scaling is disabled since the replica count of the target is zero",
)
DESIRED_WITHIN_RANGE = Condition(
    ConditionType.SCALING_LIMITED,
    False,
    "DesiredWithinRange",
    "the desired count is within the acceptable range",
)
SCALE_UP_LIMIT = Condition(
    ConditionType.SCALING_LIMITED,
    True,
    "ScaleUpLimit",
    "the desired replica count is increasing faster than the maximum scale rate",
)
SCALE_DOWN_LIMIT = Condition(
    ConditionType.SCALING_LIMITED,
    True,
    "ScaleDownLimit",
    "the desired replica count is decreasing faster than the maximum scale rate",
)
TOO_MANY_REPLICAS = Condition(
    ConditionType.SCALING_LIMITED,
    True,
    "TooManyReplicas",
    "the desired replica count is more than the maximum replica count",
)
TOO_FEW_REPLICAS = Condition(
    ConditionType.SCALING_LIMITED,
    True,
    "TooFewReplicas",
    "the desired replica count is less than the minimum replica count",
)


def succeeded_rescale(replicas: int) -> Condition:
    """The target was scaled."""
    return Condition(
        ConditionType.ABLE_TO_SCALE,
        True,
        "SucceededRescale",
        f"the HPA controller was able to update the target scale to {replicas}",
    )


def valid_metric_found(metric: str) -> Condition:
    """The metric gave a replica count."""
    return Condition(
        ConditionType.SCALING_ACTIVE,
        True,
        "ValidMetricFound",
        f"the HPA was able to successfully calculate a replica count from pods metric {metric}",
    )


def failed_get_pods_metric(why: object) -> Condition:
    """The metric gave none."""
    return Condition(
        ConditionType.SCALING_ACTIVE,
        False,
        "FailedGetPodsMetric",
        f"the HPA was unable to compute the replica count: {why}",
    )
