"""Reading what the status of a ModelServer needs: from the API server, its servers, Prometheus.

What cannot be read is left unknown; only the API server's silence ends an observation.
"""

from modelserver_operator.observing.observer import Observer

__all__ = ["Observer"]
