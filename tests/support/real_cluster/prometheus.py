"""The cluster's Prometheus, reached as kubectl's proxy reaches it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True, slots=True)
class Prometheus:
    """The one that the Prometheus Operator runs in a namespace.

    Attributes:
        client: the administrator's, of the API server.
    """

    client: httpx.Client
    namespace: str

    def get(self, path: str, **parameters: str | float) -> Any:  # noqa: ANN401 - as its API has it
        """What its HTTP API answers."""
        service = f"/api/v1/namespaces/{self.namespace}/services/prometheus-operated:web/proxy"
        answer = self.client.get(f"{service}/api/v1/{path}", params=parameters)
        return answer.raise_for_status().json()["data"]

    def over(self, query: str, start: float, end: float, step: float) -> list[dict[str, Any]]:
        """The series that a query has between two moments, each with its labels and its points."""
        answer = self.get("query_range", query=query, start=start, end=end, step=step)
        return [
            {
                "labels": series["metric"],
                "points": [[round(at - start, 1), float(value)] for at, value in series["values"]],
            }
            for series in answer["result"]
        ]
