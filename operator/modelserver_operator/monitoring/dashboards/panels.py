"""The panels that the dashboards are made of: a number, a graph, a table."""

from collections.abc import Mapping
from typing import NamedTuple

from grafana_foundation_sdk.builders import stat, table, timeseries
from grafana_foundation_sdk.builders.common import (
    LineStyle,
    StackingConfig,
    VizLegendOptions,
    VizTooltipOptions,
)
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.models.common import (
    BigValueGraphMode,
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    StackingMode,
    TooltipDisplayMode,
)
from grafana_foundation_sdk.models.dashboard import DataTransformerConfig, DynamicConfigValue
from grafana_foundation_sdk.models.prometheus import PromQueryFormat
from grafana_foundation_sdk.models.units import PercentUnit, RequestsPerSecond, Seconds, Short

from modelserver_operator.monitoring.dashboards.variables import DATASOURCE

COUNT, RATE, SECONDS, SHARE = Short, RequestsPerSecond, Seconds, PercentUnit

_WIDTH = 24
"""Of Grafana's grid."""


class Curve(NamedTuple):
    """A query, and what each of its series is called: `{{label}}` stands for a label's value."""

    expression: str
    legend: str


class Column(NamedTuple):
    """A column of a table: its heading, the query for its values, their unit."""

    heading: str
    expression: str
    unit: str


def number(title: str, expression: str, unit: str, *, of_a_row: int = 6) -> stat.Panel:
    """A number as it is now, in a row of so many panels."""
    return (
        stat.Panel()
        .title(title)
        .datasource(DATASOURCE)
        .unit(unit)
        .height(4)
        .span(_WIDTH // of_a_row)
        .graph_mode(BigValueGraphMode.NONE)
        .with_target(_query("A", expression).instant())
    )


def graph(
    title: str, description: str, unit: str, *curves: Curve, stacked: bool = False
) -> timeseries.Panel:
    """Curves over time, in half a row. Those whose name ends in target or most are dashed."""
    panel = (
        timeseries.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .unit(unit)
        .min(0)
        .height(8)
        .span(_WIDTH // 2)
        .legend(_legend())
        .tooltip(VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING))
        .override_by_regexp("/(target|most)$/", [_dashed()])
    )
    if stacked:
        panel.stacking(StackingConfig().mode(StackingMode.NORMAL)).fill_opacity(30)
    for ref, curve in zip("ABCDEFGH", curves, strict=False):
        panel.with_target(_query(ref, curve.expression).range().legend_format(curve.legend))
    return panel


def listing(
    title: str, description: str, labels: Mapping[str, str], columns: list[Column], link: str
) -> table.Panel:
    """A row for each combination of labels.

    Args:
        labels: the labels that make a row, and their headings.
        link: where a click on the last of them leads.
    """
    panel = table.Panel().title(title).description(description).datasource(DATASOURCE)
    panel.height(9).span(_WIDTH)
    for column in columns:
        query = _query(column.heading, column.expression).instant()
        panel.with_target(query.format(PromQueryFormat.TABLE))
        panel.override_by_name(column.heading, [DynamicConfigValue("unit", column.unit)])
    links = [{"title": "In depth", "url": link}]
    panel.override_by_name(list(labels.values())[-1], [DynamicConfigValue("links", links)])
    # a query's column is called after its ref
    values = {f"Value #{column.heading}": column.heading for column in columns}
    shown = {"excludeByName": {"Time": True}, "renameByName": {**labels, **values}}
    panel.with_transformation(DataTransformerConfig("merge", options={}))
    return panel.with_transformation(DataTransformerConfig("organize", options=shown))


def _query(ref: str, expression: str) -> Dataquery:
    return Dataquery().ref_id(ref).datasource(DATASOURCE).expr(expression)


def _legend() -> VizLegendOptions:
    legend = VizLegendOptions().show_legend(show_legend=True)
    return legend.display_mode(LegendDisplayMode.LIST).placement(LegendPlacement.BOTTOM)


def _dashed() -> DynamicConfigValue:
    return DynamicConfigValue("custom.lineStyle", LineStyle().fill("dash").dash([10, 10]).build())
