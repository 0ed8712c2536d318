"""One look of the autoscaler: what it is told and what it sees become the replicas it wants."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from modelserver_operator.autoscaling.hpa import conditions
from modelserver_operator.autoscaling.hpa.conditions import Condition, ConditionType
from modelserver_operator.autoscaling.hpa.history import History
from modelserver_operator.autoscaling.hpa.limits import limit
from modelserver_operator.autoscaling.hpa.replicas import MetricUnavailableError, Proposal, propose
from modelserver_operator.autoscaling.hpa.stabilization import stabilize
from modelserver_operator.autoscaling.hpa.types import Pod, Spec


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome of one look.

    Attributes:
        current_replicas: the count that the scale target was set to.
        desired_replicas: the count to set it to.
        current_milli: the pods' mean usage, before anything was assumed about pods without samples;
            None if the metric was not looked at or not available.
        conditions: those that this look established; a type that is not among them stays as it was.
        reason: why the count changes, for the event; empty if no cause of this look's own does.
        history: what to hand to the next look.
    """

    current_replicas: int
    desired_replicas: int
    current_milli: int | None
    conditions: tuple[Condition, ...]
    reason: str
    history: History

    @property
    def rescale(self) -> bool:
        """Whether the scale target has to be updated."""
        return self.desired_replicas != self.current_replicas


def decide(
    spec: Spec,
    current_replicas: int,
    samples: Mapping[str, int],
    pods: Sequence[Pod],
    history: History,
    now: float,
) -> Decision:
    """Look once, as kube-controller-manager does every 15 s by default.

    Args:
        spec: the autoscaler.
        current_replicas: the replicas in the spec of the target's scale. At 0 the autoscaler rests;
            out of bounds they are brought back at once, whatever the metric says.
        samples: the metric by pod name, in thousandths.
        pods: every pod that the target's selector matches.
        history: from the decision before, or an empty one.
        now: seconds of a clock that never goes back.
    """
    seen = Decision(
        current_replicas=current_replicas,
        desired_replicas=current_replicas,
        current_milli=None,
        conditions=(conditions.SUCCEEDED_GET_SCALE,),
        reason="",
        history=history.started(current_replicas, now),
    )
    if current_replicas == 0:
        return replace(seen, conditions=(*seen.conditions, conditions.SCALING_DISABLED))
    if current_replicas > spec.max_replicas:
        reason = "Current number of replicas above Spec.MaxReplicas"
        return replace(seen, desired_replicas=spec.max_replicas, reason=reason)
    if current_replicas < spec.min_replicas:
        reason = "Current number of replicas below Spec.MinReplicas"
        return replace(seen, desired_replicas=spec.min_replicas, reason=reason)
    try:
        proposal = propose(spec, current_replicas, samples, pods)
    except MetricUnavailableError as error:
        failed = conditions.failed_get_pods_metric(error)
        return replace(seen, conditions=(*seen.conditions, failed))
    return _follow(proposal, spec, seen, now)


def record_scale(decision: Decision, spec: Spec, now: float) -> Decision:
    """The decision after its target was scaled: noted for the policies, and told as a condition.

    To be called only after a successful update, else policies would count what never happened.
    """
    change = decision.desired_replicas - decision.current_replicas
    kept = [c for c in decision.conditions if c.type is not ConditionType.ABLE_TO_SCALE]
    return replace(
        decision,
        conditions=(conditions.succeeded_rescale(decision.desired_replicas), *kept),
        history=decision.history.scaled(spec.behavior, change, now),
    )


def _follow(proposal: Proposal, spec: Spec, seen: Decision, now: float) -> Decision:
    """The decision that a valid proposal leads to."""
    current = seen.current_replicas
    stabilized = stabilize(
        current, proposal.replicas, spec.behavior, seen.history.recommendations, now
    )
    desired, limited = limit(current, stabilized.replicas, spec, seen.history, now)
    active = conditions.valid_metric_found(spec.metric)
    return replace(
        seen,
        desired_replicas=desired,
        current_milli=proposal.usage_milli,
        conditions=(stabilized.condition, active, limited),
        reason=_reason(proposal.replicas, current, spec.metric),
        history=replace(seen.history, recommendations=stabilized.recommendations),
    )


def _reason(proposed: int, current: int, metric: str) -> str:
    if proposed > current:
        return f"pods metric {metric} above target"
    return "All metrics below target" if proposed < current else ""
