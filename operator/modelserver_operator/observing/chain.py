"""The chain from the servers to the autoscaler, link by link."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from modelserver_operator.cluster import Cluster
from modelserver_operator.observing.http import Web
from modelserver_operator.observing.links.adapter import adapter_link
from modelserver_operator.observing.links.autoscaler import autoscaler_link
from modelserver_operator.observing.links.monitor import SelectorReader, monitor_link
from modelserver_operator.observing.links.prometheus import matchers, prometheus_links
from modelserver_operator.observing.links.server import server_link
from modelserver_operator.observing.memory import Memory
from modelserver_operator.observing.prometheus import (
    Access,
    Prometheus,
    PrometheusApi,
    find_prometheus,
)
from modelserver_operator.status.facts import PassFacts
from modelserver_operator.status.observed import (
    Autoscaler,
    Chain,
    Expected,
    Finding,
    Link,
    Verdict,
)

_URL_SECONDS = 60.0
"""How long holds where Prometheus is."""

_FRESH_SECONDS = 15.0
"""How long holds what was found of one ModelServer; as often as an HPA looks."""

_EARLY_LINKS = {Link.SERVER, Link.MONITOR}
"""What can be told before Prometheus has scraped a new pod twice."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose chain is looked at.

    Attributes:
        servers: URLs of the pods that are ready.
        settled: whether one of them is ready for so long that it must have been scraped.
    """

    uid: str
    namespace: str
    deployment: str
    expected: Expected
    facts: PassFacts
    autoscalers: Sequence[Autoscaler]
    servers: Sequence[str]
    settled: bool


class Chains:
    """Looks at chains, at most once in a few seconds at each."""

    def __init__(
        self, cluster: Cluster, web: Web, prometheus_url: str | None, access: Access
    ) -> None:
        self._cluster = cluster
        self._web = web
        self._url = prometheus_url
        self._access = access
        self._selectors = SelectorReader(cluster)
        self._found_urls = Memory[None, str | None](_URL_SECONDS)
        self._chains = Memory[object, Chain](_FRESH_SECONDS)

    async def read(self, subject: Subject) -> Chain:
        """What is found of the links, in order."""
        if not subject.servers:
            return Chain((await server_link(self._web, ()),))
        key = (subject.uid, subject.settled, subject.facts.skipped, len(subject.autoscalers))
        chain = await self._chains.recall(key, lambda: self._look(subject))
        # the autoscaler's own words are at hand at each pass
        return replace(chain, findings=(*chain.findings, *_last_link(subject)))

    async def _look(self, subject: Subject) -> Chain:
        server = await server_link(self._web, subject.servers)
        facts = subject.facts
        selectors = await self._selectors.read(facts.service_monitors)
        monitor = monitor_link(facts.service_monitors, facts.skipped, selectors)
        of_pods = matchers(subject.namespace, subject.deployment)
        window = subject.expected.window
        told, asked = await prometheus_links(await self._prometheus(), of_pods, window)
        adapter, served = await self._adapter(subject)
        findings = (server, monitor, *told, *adapter)
        return Chain(tuple(_unless_early(finding, subject) for finding in findings), asked, served)

    async def _prometheus(self) -> Prometheus | None:
        url = self._url or await self._found_urls.recall(
            None, lambda: find_prometheus(self._cluster)
        )
        return PrometheusApi(url, self._access) if url else None

    async def _adapter(self, subject: Subject) -> tuple[list[Finding], Decimal | None]:
        """KEDA asks Prometheus itself, and without an autoscaler nobody asks the adapter."""
        if not _reads_adapter(subject):
            return [], None
        selector = subject.expected.label_selector
        finding, served = await adapter_link(self._cluster, subject.namespace, selector)
        return [finding], served


def _reads_adapter(subject: Subject) -> bool:
    readers = [one for one in subject.autoscalers if one.reads_ratio]
    by_keda = any(one.kind == "ScaledObject" for one in readers)
    return not by_keda and (bool(readers) or subject.expected.provider == "hpa")


def _last_link(subject: Subject) -> list[Finding]:
    if not (subject.autoscalers or subject.expected.provider):
        return []
    return [_unless_early(autoscaler_link(subject.autoscalers), subject)]


def _unless_early(finding: Finding, subject: Subject) -> Finding:
    """A link that looks broken while the pods are new may only not have been needed yet."""
    is_early = not subject.settled and finding.link not in _EARLY_LINKS
    if is_early and finding.verdict is Verdict.BROKEN:
        return Finding(finding.link, Verdict.NOT_CHECKED, detail="the pods are new")
    return finding
