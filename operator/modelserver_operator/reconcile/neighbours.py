"""The autoscalers and ServiceMonitors around ModelServers, whoever made them.

They name their targets, not the other way round, so all of a kind have to be looked through. That
is read once and then kept up to date by the watches, where there is one for the kind.
"""

from modelserver_operator.cluster import Cluster, Forbidden, Kind, NotServed
from modelserver_operator.cluster.kinds import AUTOSCALER, SCALED_OBJECT, SERVICE_MONITOR
from modelserver_operator.cluster.port import Manifest
from modelserver_operator.reconcile.autoscalers import targets
from modelserver_operator.reconcile.monitors import scrapes

KINDS = (AUTOSCALER, SCALED_OBJECT, SERVICE_MONITOR)


class Neighbours:
    """What was found; of a kind that is not installed, or may not be read, nothing is."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    async def autoscalers(self, namespace: str, server: str, deployment: str) -> list[Manifest]:
        """Those that scale the ModelServer or the Deployment of these names."""
        found = [
            *await self._all(AUTOSCALER, namespace),
            *await self._all(SCALED_OBJECT, namespace),
        ]
        return [one for one in found if targets(one, server, deployment)]

    async def monitors(self, service: Manifest) -> list[Manifest]:
        """The ServiceMonitors that have the Service scraped."""
        found = await self._all(SERVICE_MONITOR, service["metadata"]["namespace"])
        return [one for one in found if scrapes(one, service)]

    async def _all(self, kind: Kind, namespace: str) -> list[Manifest]:
        try:
            return await self._cluster.list_objects(kind, namespace)
        except (NotServed, Forbidden):
            return []
