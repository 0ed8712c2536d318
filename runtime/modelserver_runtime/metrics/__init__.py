"""What is counted, and how Prometheus reads it.

Names, labels and buckets are OpenVINO Model Server's, so that its dashboards and alerts work
unchanged. One family is ours: ``modelserver_requests_in_progress_seconds_total`` adds up, over
time, how many requests are in progress. Its difference between two scrapes divided by the time
between them is the exact mean of that number, where a gauge would be a guess from a few samples.
"""

from modelserver_runtime.metrics.families import enabled_families, exposition
from modelserver_runtime.metrics.meters import Api, Interface, Method, Metrics, VersionMeter

__all__ = [
    "Api",
    "Interface",
    "Method",
    "Metrics",
    "VersionMeter",
    "enabled_families",
    "exposition",
]
