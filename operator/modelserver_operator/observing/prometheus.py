"""Prometheus: where it is, and what it answers to a query."""

import asyncio
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Protocol

import urllib3
from prometheus_api_client import PrometheusConnect
from prometheus_api_client.exceptions import PrometheusApiClientException
from requests import Session
from urllib3.exceptions import InsecureRequestWarning
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


@dataclass(frozen=True, slots=True)
class Access:
    """What a Prometheus wants to see, and what it has to show.

    Attributes:
        token_file: holds a bearer token.
        ca_file: holds the authorities, one of which must have signed its certificate; those that
            Python knows if there is none.
        insecure: whether any certificate will do.
    """

    token_file: str | None = None
    ca_file: str | None = None
    insecure: bool = False

    def session(self) -> Session:
        """A session of one's own, since one is not safe to share between threads.

        Raises:
            OSError: the token cannot be read.
        """
        session = Session()
        session.verify = self.ca_file or not self.insecure
        if self.token_file:
            # read anew each time, since tokens run out and are replaced
            token = Path(self.token_file).read_text(encoding="ascii").strip()
            session.headers["Authorization"] = f"Bearer {token}"
        if self.insecure:
            urllib3.disable_warnings(InsecureRequestWarning)
        return session


class PrometheusApi:
    """A `Prometheus` over HTTP, in a thread, since the client blocks."""

    def __init__(self, url: str, access: Access = Access()) -> None:
        self._url = url
        self._access = access

    async def query(self, promql: str) -> list[Decimal]:
        return await asyncio.to_thread(self._query, promql)

    def _query(self, promql: str) -> list[Decimal]:
        try:
            client = PrometheusConnect(
                self._url,
                session=self._access.session(),
                retry=Retry(total=0),
                timeout=_TIMEOUT_SECONDS,
            )
            series = client.custom_query(promql)
        except (OSError, PrometheusApiClientException, ValueError, KeyError) as error:
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
