"""The Grafana dashboards: all ModelServers beside each other, and one of them in depth.

They are built with Grafana's own SDK, whose types are those of the schema of Grafana 11.
"""

from modelserver_operator.monitoring.dashboards.document import as_json
from modelserver_operator.monitoring.dashboards.fleet import fleet
from modelserver_operator.monitoring.dashboards.single import Subject, single

__all__ = ["Subject", "as_json", "fleet", "single"]
