"""The pass, from the ModelServer that is read to the status that is written."""

from modelserver_operator.cluster import Cluster
from modelserver_operator.cluster.kinds import MODEL_SERVER
from modelserver_operator.reconcile.outcome import Outcome, Verdict
from modelserver_operator.render import Settings


class Reconciler:
    """Brings what a cluster holds for a ModelServer in line with what it asks for."""

    def __init__(self, cluster: Cluster, settings: Settings) -> None:
        self._cluster = cluster
        self._settings = settings

    async def reconcile(self, namespace: str, name: str) -> Outcome:
        """One pass; safe to repeat at any time, but not twice at once for one ModelServer."""
        server = await self._cluster.get(MODEL_SERVER, namespace, name)
        return Outcome(Verdict.DONE if server else Verdict.GONE)
