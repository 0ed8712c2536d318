"""All that the status needs to know of one ModelServer, read in one go."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from modelserver_operator.cluster import Cluster, ClusterError
from modelserver_operator.observing.autoscalers import read_autoscalers
from modelserver_operator.observing.chain import Chains, Subject
from modelserver_operator.observing.http import Web
from modelserver_operator.observing.pods import Pods
from modelserver_operator.observing.prometheus import Access
from modelserver_operator.observing.servers import address
from modelserver_operator.observing.workload import ready_since, workload
from modelserver_operator.status.facts import PassFacts
from modelserver_operator.status.observed import Chain, Expected, Observed

Manifest = Mapping[str, Any]

_SETTLED = timedelta(seconds=60)
"""By then a pod that is ready must have been scraped twice."""


class Observer:
    """Reads, and writes nothing.

    Args:
        cluster: the API server.
        web: the servers in pods.
        prometheus_url: where Prometheus is; None looks for the Prometheus Operator's.
        access: what it wants to see.
    """

    def __init__(
        self,
        cluster: Cluster,
        web: Web,
        prometheus_url: str | None,
        access: Access = Access(),  # noqa: B008 - it is frozen
    ) -> None:
        self._pods = Pods(cluster, web)
        self._chains = Chains(cluster, web, prometheus_url, access)

    async def observe(
        self, metadata: Manifest, expected: Expected | None, facts: PassFacts
    ) -> Observed:
        """All that is known of a ModelServer; that the API server fell silent is a fact as well.

        Args:
            metadata: the ModelServer's.
            expected: what its spec asks for; None where that is not valid.
            facts: what the pass did and found.
        """
        autoscalers = read_autoscalers(facts.autoscalers, metadata["uid"])
        known = Observed(facts, expected, autoscalers=autoscalers)
        if facts.deployment is None:
            return known
        try:
            return await self._with_pods(metadata, known, facts.deployment)
        except ClusterError as error:
            failure = facts.failure or str(error)
            return replace(known, facts=replace(facts, failure=failure))

    async def _with_pods(
        self, metadata: Manifest, known: Observed, deployment: Manifest
    ) -> Observed:
        manifests = await self._pods.manifests(deployment)
        pods = await self._pods.read(deployment, manifests)
        seen = replace(known, workload=workload(deployment, pods), pods=pods)
        reads_ratio = any(one.reads_ratio for one in known.autoscalers)
        if known.expected is None or not (known.expected.measured or reads_ratio):
            return seen
        ready = [one for one in manifests if ready_since(one)]
        return replace(seen, chain=await self._chain(metadata, known, known.expected, ready))

    async def _chain(
        self, metadata: Manifest, known: Observed, expected: Expected, ready: Sequence[Manifest]
    ) -> Chain:
        deployment = known.facts.deployment or {}
        now = datetime.now(UTC)
        return await self._chains.read(
            Subject(
                uid=metadata["uid"],
                namespace=metadata["namespace"],
                deployment=deployment["metadata"]["name"],
                expected=expected,
                facts=known.facts,
                autoscalers=known.autoscalers,
                servers=[address(one["status"]["podIP"]) for one in ready],
                settled=any(now - since > _SETTLED for since in map(ready_since, ready) if since),
            )
        )
