"""How the operator itself is doing, in figures for Prometheus."""

from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.process_collector import ProcessCollector

from modelserver_operator.cluster.transport import Call
from modelserver_operator.controller.schedule import Failed, Verdict
from modelserver_operator.controller.server_gauges import ServerGauges

_PREFIX = "modelserver_operator"
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """The figures of one operator.

    Args:
        servers: the gauges about ModelServers.
        depth: how many keys are due in the queue.
        leads: whether this operator leads.
    """

    def __init__(
        self, servers: ServerGauges, depth: Callable[[], float], leads: Callable[[], bool]
    ) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        registry.register(servers)
        self._passes = Histogram(
            f"{_PREFIX}_reconcile_seconds",
            "Time that a pass over a ModelServer took.",
            ["result"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._errors = Counter(
            f"{_PREFIX}_reconcile_errors",
            "Passes over a ModelServer that broke off.",
            registry=registry,
        )
        self._calls = Counter(
            f"{_PREFIX}_api_requests",
            "Requests to the API server; code 0 where there was no answer.",
            ["verb", "kind", "code"],
            registry=registry,
        )
        self._waits = Histogram(
            f"{_PREFIX}_queue_latency_seconds",
            "Time from when a pass was due until it began.",
            buckets=_SECONDS,
            registry=registry,
        )
        self._retries = Counter(
            f"{_PREFIX}_queue_retries",
            "Passes that will be tried again because they failed.",
            registry=registry,
        )
        Gauge(
            f"{_PREFIX}_queue_depth", "ModelServers whose pass is due.", registry=registry
        ).set_function(depth)
        Gauge(
            f"{_PREFIX}_leader", "1 where this operator is the one at work.", registry=registry
        ).set_function(leads)

    def passed(self, end: str, seconds: float) -> None:
        """A pass ended so, and took so long."""
        self._passes.labels(end).observe(seconds)
        if end == "error":
            self._errors.inc()

    def taken(self, waited_seconds: float) -> None:
        """A key that was due so long ago is being worked now."""
        self._waits.observe(waited_seconds)

    def ended(self, verdict: Verdict) -> None:
        """A pass has ended."""
        if isinstance(verdict, Failed):
            self._retries.inc()

    def heard(self, call: Call) -> None:
        """A request to the API server was made."""
        kind = call.request.kind.kind if call.request.kind else ""
        self._calls.labels(call.request.verb, kind, str(call.code)).inc()

    def exposition(self) -> bytes:
        """All figures, as Prometheus reads them."""
        return generate_latest(self._registry)
