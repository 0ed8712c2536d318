"""Prometheus: where it is, and what it answers to a query."""

import asyncio
from decimal import Decimal
from typing import Protocol

from prometheus_api_client import PrometheusConnect
from prometheus_api_client.exceptions import PrometheusApiClientException
from requests import RequestException
from urllib3.util.retry import Retry

from modelserver_operator.cluster import Cluster, Forbidden
from modelserver_operator.cluster.kinds import SERVICE
from modelserver_operator.observing.http import Unanswered

_TIMEOUT_SECONDS = 5
_GOVERNING = {"operated-prometheus": "true"}
"""The label of the Service prometheus-operated, which the Prometheus Operator makes."""


class Prometheus(Protocol):
    """What is asked of Prometheus."""

    async def query(self, promql: str) -> list[Decimal]:
        """The values of an instant query, those that are numbers.

        Raises:
            Unanswered: there was no answer.
        """
        ...


class PrometheusApi:
    """A `Prometheus` over HTTP, in a thread, since the client blocks."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def query(self, promql: str) -> list[Decimal]:
        return await asyncio.to_thread(self._query, promql)

    def _query(self, promql: str) -> list[Decimal]:
        # a session is not safe to share between threads
        client = PrometheusConnect(self._url, retry=Retry(total=0), timeout=_TIMEOUT_SECONDS)
        try:
            series = client.custom_query(promql)
        except (RequestException, PrometheusApiClientException, ValueError, KeyError) as error:
            raise Unanswered(f"{self._url}: {error}") from None
        values = (Decimal(one["value"][1]) for one in series)
        return [value for value in values if value.is_finite()]


async def find_prometheus(cluster: Cluster) -> str | None:
    """The URL of the Prometheus Operator's Prometheus, the first by namespace if there are some."""
    try:
        services = await cluster.list_objects(SERVICE, None, _GOVERNING)
    except Forbidden:
        return None
    homes = sorted(
        (service["metadata"]["namespace"], service["metadata"]["name"]) for service in services
    )
    return next((f"http://{name}.{namespace}.svc:9090" for namespace, name in homes), None)
