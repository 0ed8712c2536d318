"""The names of the series that rules and dashboards read, beside those of the ratio.

A server is told from others by `namespace` and `service`, the labels that any ServiceMonitor gives
what it scrapes, ours or a hand-written one. The label `name` of a server's own series is a model.
"""

from dataclasses import dataclass
from typing import Final

SERVER: Final = "namespace, service"
"""The labels that tell one server from another."""

REQUESTS_SUCCESS: Final = "ovms_requests_success"
REQUESTS_FAIL: Final = "ovms_requests_fail"
REQUEST_TIME: Final = "ovms_request_time_us"
INFERENCE_TIME: Final = "ovms_inference_time_us"
WAIT_TIME: Final = "ovms_wait_for_infer_req_time_us"
EXECUTION_DEVICE: Final = "modelserver_execution_device"
LOADED_FROM_CACHE: Final = "modelserver_loaded_from_cache"
LOAD_SECONDS: Final = "modelserver_load_seconds"

OPERATOR_LEADER: Final = "modelserver_operator_leader"
"""1 in the operator that is at work, 0 in those that stand by."""

INFERENCES: Final = 'method=~"ModelInfer|Predict"'
"""Picks inferences out of the requests, which have questions about models among them."""


@dataclass(frozen=True, slots=True)
class ServerGauge:
    """What the operator exports of one ModelServer.

    Labels are namespace, name (of the ModelServer) and service (its Service's name), and what
    `more_labels` adds.
    """

    name: str
    help: str
    more_labels: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """All its labels, in the order of their values."""
        return ("namespace", "name", "service", *self.more_labels)


REPLICAS: Final = ServerGauge("modelserver_replicas", "Pods of a ModelServer, ready or not.")
READY_REPLICAS: Final = ServerGauge(
    "modelserver_ready_replicas", "Pods of a ModelServer that answer requests."
)
DESIRED_REPLICAS: Final = ServerGauge(
    "modelserver_desired_replicas", "Pods that a ModelServer, or what scales it, asks for."
)
MAX_REPLICAS: Final = ServerGauge(
    "modelserver_max_replicas", "Most pods that a ModelServer's autoscaler may ask for."
)
TARGET_RATIO: Final = ServerGauge(
    "modelserver_target_ratio", "Requests in progress per stream that the autoscaler aims for."
)
MODEL_LOADED: Final = ServerGauge(
    "modelserver_model_loaded",
    "Whether any pod answers for a model of a ModelServer.",
    ("model",),
)

SERVER_GAUGES: Final = (
    REPLICAS,
    READY_REPLICAS,
    DESIRED_REPLICAS,
    MAX_REPLICAS,
    TARGET_RATIO,
    MODEL_LOADED,
)
"""All of them. Those about autoscaling are there only where something scales the ModelServer on the
ratio, ours or hand-written; the last one for every model that the status names."""
