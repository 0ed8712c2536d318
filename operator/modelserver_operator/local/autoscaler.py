"""The HorizontalPodAutoscaler of one ModelServer, at work."""

from collections.abc import Callable, Mapping

from modelserver_operator.autoscaling import hpa
from modelserver_operator.autoscaling.window import milli
from modelserver_operator.local.clock import every, now
from modelserver_operator.local.pods.deployment import Deployment
from modelserver_operator.local.pods.replica import Phase


class Autoscaler:
    """Looks each sync period at the ratio of every replica, and scales by the HPA's arithmetic.

    `scaled` is told of each change from one count to another, `stuck` why there can be none.

    Attributes:
        spec: what it is told; None while nothing is to scale the ModelServer.
    """

    def __init__(
        self,
        spec: hpa.Spec | None,
        deployment: Deployment,
        ratios: Callable[[], Mapping[str, float]],
        scaled: Callable[[int, int, str], None],
        stuck: Callable[[str], None],
    ) -> None:
        self.spec = spec
        self._deployment, self._ratios = deployment, ratios
        self._scaled, self._stuck = scaled, stuck
        self._history = hpa.History()
        self._trouble = ""

    async def run(self, sync_seconds: float) -> None:
        """Look each sync period, until cancelled."""
        async for _ in every(sync_seconds):
            if self.spec is not None:
                self._look(self.spec)

    def _look(self, spec: hpa.Spec) -> None:
        time, current = now(), self._deployment.desired
        samples = {name: milli(ratio) for name, ratio in self._ratios().items()}
        decision = hpa.decide(spec, current, samples, self._pods(), self._history, time)
        self._explain(decision)
        if decision.rescale:
            self._deployment.scale(decision.desired_replicas)
            self._scaled(current, decision.desired_replicas, decision.reason)
            decision = hpa.record_scale(decision, spec, time)
        self._history = decision.history

    def _explain(self, decision: hpa.Decision) -> None:
        """Say why nothing can be decided, once for each reason."""
        trouble = "".join(
            condition.message
            for condition in decision.conditions
            if condition.type is hpa.ConditionType.SCALING_ACTIVE and not condition.status
        )
        if trouble not in ("", self._trouble):
            self._stuck(trouble)
        self._trouble = trouble

    def _pods(self) -> list[hpa.Pod]:
        return [
            hpa.Pod(replica.identity.name, deleting=replica.phase is Phase.DRAINING)
            for replica in self._deployment.replicas
        ]
