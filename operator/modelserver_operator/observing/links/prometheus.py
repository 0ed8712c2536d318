"""Whether Prometheus scrapes the pods, and has a ratio for them."""

from decimal import Decimal
from statistics import mean

from modelserver_operator.autoscaling import ratio
from modelserver_operator.observing.http import Unanswered
from modelserver_operator.observing.links.findings import broken, holds, not_checked
from modelserver_operator.observing.prometheus import Prometheus
from modelserver_operator.status.observed import Finding, Link
from modelserver_operator.status.reasons import Reason


def matchers(namespace: str, deployment: str) -> str:
    """The label matchers of the pods' series."""
    return f'namespace="{namespace}",pod=~"{ratio.pod_pattern(deployment)}"'


async def prometheus_links(
    prometheus: Prometheus | None, of_pods: str, window: str
) -> tuple[list[Finding], Decimal | None]:
    """What is found of the scrape and of the ratio, and the ratio's mean over the pods.

    Args:
        prometheus: where to ask; None where nobody knows of one.
        of_pods: label matchers.
        window: the time over which the ratio is averaged.
    """
    if prometheus is None:
        return [not_checked(Link.SCRAPE, "no Prometheus is known: set prometheus_url")], None
    try:
        scrape = _scraped(await prometheus.query(f"up{{{of_pods}}}"))
        ratios = await prometheus.query(ratio.per_pod(of_pods, window))
    except Unanswered as error:
        return [not_checked(Link.SCRAPE, f"Prometheus gives no answer: {error}")], None
    if not ratios:
        return [scrape, broken(Link.RATIO, Reason.NO_RATIO)], None
    return [scrape, holds(Link.RATIO)], mean(ratios)


def _scraped(ups: list[Decimal]) -> Finding:
    if not ups:
        return broken(Link.SCRAPE, Reason.NOT_SCRAPED)
    return holds(Link.SCRAPE) if any(ups) else broken(Link.SCRAPE, Reason.SCRAPE_FAILS)
