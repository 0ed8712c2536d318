"""The choices at the top of a dashboard: where from, which namespace, which server, which model."""

from grafana_foundation_sdk.builders.dashboard import DatasourceVariable, QueryVariable
from grafana_foundation_sdk.models.dashboard import (
    DataSourceRef,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from modelserver_operator.autoscaling.ratio import STREAMS

DATASOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
WINDOW = "$__rate_interval"
"""Four scrapes or one step of a graph, whichever is longer."""


def datasource() -> DatasourceVariable:
    """Which Prometheus to ask."""
    return DatasourceVariable("datasource").label("Prometheus").type("prometheus")


def one_of(name: str, label: str, matchers: str = "", chosen: str | None = None) -> QueryVariable:
    """A choice of one among the values that a label has in the servers' series."""
    variable = _choice(name, label, matchers)
    if chosen is None:
        return variable
    return variable.current(VariableOption(selected=True, text=chosen, value=chosen))


def any_of(name: str, label: str, matchers: str = "") -> QueryVariable:
    """A choice of any number of them, at first all."""
    everything = VariableOption(selected=True, text=["All"], value=["$__all"])
    variable = _choice(name, label, matchers).multi(multi=True).include_all(include_all=True)
    return variable.current(everything)


def _choice(name: str, label: str, matchers: str) -> QueryVariable:
    return (
        QueryVariable(name)
        .label(name.capitalize())
        .datasource(DATASOURCE)
        .query(f"label_values({STREAMS}{{{matchers}}}, {label})")
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
    )
