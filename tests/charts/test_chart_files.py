"""The schema and the README's table follow from values.yaml; the rest from the operator."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
import yaml

from chart_files.payload import payload
from chart_files.readme import with_table
from chart_files.schema import schema
from chart_files.values import UndocumentedValueError, read
from modelserver_operator.api import custom_resource_definition, parse

ROOT = Path(__file__).parents[2]
CHART = ROOT / "charts/modelserver-operator"

EXAMPLE = """\
# How many.
# They stand by.
# @schema minimum: 1
count: 2

# The log.
log:
  # Its form.
  # @schema enum: [json, text]
  form: json
  # Labels of it.
  labels:
    team: ml
"""


def test_a_comment_describes_the_value_below_it() -> None:
    count, log = read(EXAMPLE)
    assert (count.path, count.default) == (("count",), 2)
    assert count.description == "How many. They stand by."
    assert count.constraints == {"minimum": 1}
    assert [leaf.path for leaf in log.leaves()] == [("log", "form"), ("log", "labels")]


def test_a_value_without_a_comment_is_refused_by_its_name() -> None:
    with pytest.raises(UndocumentedValueError, match=r"log\.size"):
        read(EXAMPLE.replace("  labels:\n    team: ml", "  labels: {}\n\n  size: 3"))


def test_the_schema_knows_each_value_and_no_other() -> None:
    made = schema(read(EXAMPLE))
    assert made["properties"]["count"] == {
        "description": "How many. They stand by.",
        "default": 2,
        "type": "integer",
        "minimum": 1,
    }
    log = made["properties"]["log"]
    assert log["properties"]["labels"]["type"] == "object"
    assert not made["additionalProperties"]
    assert not log["additionalProperties"]


def test_the_table_stands_between_its_marks() -> None:
    start, end = "<!-- values: from values.yaml, by make generate -->", "<!-- end of values -->"
    readme = f"# A\n{start}\nold\n{end}\nB\n"
    lines = with_table(readme, read(EXAMPLE)).splitlines()
    assert (lines[0], lines[-1]) == ("# A", "B")
    assert "| `log.form` | `json` | Its form. One of `json`, `text`. |" in lines
    assert "old" not in lines


def test_what_the_operator_supplies_is_up_to_date() -> None:
    for path, text in payload():
        assert (CHART / "files" / path).read_text() == text, f"{path}: run make generate"


def test_chart_operator_and_images_have_one_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    images = yaml.safe_load(chart["annotations"]["artifacthub.io/images"])
    assert chart["version"] == chart["appVersion"] == version
    assert {image["image"].partition(":")[2] for image in images} == {version}


def test_artifact_hub_is_told_of_the_crd_as_it_is() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    (told,) = yaml.safe_load(chart["annotations"]["artifacthub.io/crds"])
    crd = custom_resource_definition()
    assert told["name"] == crd["metadata"]["name"]
    assert told["kind"] == crd["spec"]["names"]["kind"]
    assert told["version"] == crd["spec"]["versions"][0]["name"]


def test_artifact_hubs_example_is_a_good_one() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    (example,) = yaml.safe_load(chart["annotations"]["artifacthub.io/crdsExamples"])
    assert parse(example).warnings == ()
