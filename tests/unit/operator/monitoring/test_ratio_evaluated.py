"""The ratio's queries, evaluated by Prometheus' own engine."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelserver_operator.autoscaling.ratio import Basis, adapter_rule, total

CASES = yaml.safe_load((Path(__file__).parent / "promtool/ratio.yaml").read_text())


def asked_by_the_adapter(basis: Basis, matchers: str, group_by: str) -> str:
    query: str = adapter_rule("1m", basis=basis)["metricsQuery"]
    return query.replace("<<.LabelMatchers>>", matchers).replace("<<.GroupBy>>", group_by)


PODS = ('namespace="n",pod=~"d-1-aaaaa|d-2-bbbbb|d-b-1-aaaaa"', "pod")
QUERIES = {
    "busiest": asked_by_the_adapter(Basis.BUSIEST_MODEL, *PODS),
    "gauge": asked_by_the_adapter(Basis.GAUGE_AVERAGE, *PODS),
    "busiest_of_namespace": asked_by_the_adapter(Basis.BUSIEST_MODEL, 'namespace="n"', "namespace"),
    "total": total("n", "d", "1m"),
}
RULES = [{"record": name, "expr": query} for name, query in QUERIES.items()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_ratio_is_what_the_arithmetic_says(
    judge: Callable[..., None], case: dict[str, Any]
) -> None:
    judge([{"name": "ratio", "rules": RULES}], case)
