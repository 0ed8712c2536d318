"""`spec.monitoring`: which metrics the server has, and who picks them up."""

from typing import Annotated

from modelserver_operator.api.block import Block
from modelserver_operator.api.fields import block, field, text
from modelserver_operator.api.values import Duration, LabelMap

MetricsList = Annotated[
    str,
    text(
        r"^([a-z0-9_]+( *, *[a-z0-9_]+)*)?$",
        "metric names with commas between, such as ovms_requests_success,ovms_streams",
        4096,
    ),
]


class ServiceMonitor(Block):
    """The Prometheus Operator's object that has the pods scraped."""

    enabled: bool | None = field("Whether to make a ServiceMonitor.", True)
    interval: Duration | None = field("Time between two scrapes.", "5s")
    labels: LabelMap | None = field(
        "Labels by which Prometheus selects it, beside the operator's own setting.",
        "{release: prometheus}",
    )


class Dashboard(Block):
    """A Grafana dashboard for this ModelServer."""

    enabled: bool | None = field("Whether to make a ConfigMap with the dashboard.", True)
    labels: LabelMap | None = field(
        "Labels by which Grafana finds it, beside the operator's own setting.",
        '{grafana_dashboard: "1"}',
    )


class Monitoring(Block):
    """Which metrics the server has, and who picks them up."""

    metrics_enable: bool | None = field(
        "Serve /metrics on the REST port; with a config.json, turn it on there instead.", True
    )
    metrics_list: MetricsList | None = field(
        "Metrics to serve instead of the default set, with commas between.",
        "ovms_requests_success,ovms_current_requests",
    )
    service_monitor: ServiceMonitor = block(
        ServiceMonitor,
        "Scraping by the Prometheus Operator.",
        "{enabled: true, interval: 5s, labels: {release: prometheus}}",
    )
    dashboard: Dashboard = block(
        Dashboard, "A Grafana dashboard.", '{enabled: true, labels: {grafana_dashboard: "1"}}'
    )
