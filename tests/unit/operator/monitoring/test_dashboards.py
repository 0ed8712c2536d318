"""The dashboards: what Grafana 11 knows, each variable used, each panel in its place."""

import json
import re
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from modelserver_operator.monitoring.dashboards import Subject, as_json, fleet, single

DEMO = Subject("vision", "demo", "demo-ovms")
DASHBOARDS = {"fleet": fleet, "single": single, "demo": lambda: single(DEMO)}


@pytest.fixture(params=DASHBOARDS)
def document(request: pytest.FixtureRequest) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(as_json(DASHBOARDS[request.param]()))
    return made


def expressions(document: dict[str, Any]) -> list[str]:
    return [target["expr"] for panel in document["panels"] for target in panel.get("targets", ())]


def test_the_schema_knows_every_field(document: dict[str, Any]) -> None:
    read_back = Dashboard.from_json(json.loads(json.dumps(document)))
    assert json.loads(json.dumps(read_back, cls=JSONEncoder)) == document


def test_every_query_asks_the_prometheus_that_is_chosen(document: dict[str, Any]) -> None:
    for panel in document["panels"]:
        for target in panel.get("targets", ()):
            assert target["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


def test_every_variable_is_used_and_every_one_used_is_there(document: dict[str, Any]) -> None:
    variables = {variable["name"] for variable in document["templating"]["list"]}
    text = json.dumps([document["panels"], document["templating"]])
    used = set(re.findall(r"\$\{?(\w+)", text)) - {
        "__all",
        "__data",
        "__rate_interval",
        "__value",
    }
    assert used == variables


def test_panels_do_not_overlap(document: dict[str, Any]) -> None:
    taken: set[tuple[int, int]] = set()
    for place in (panel["gridPos"] for panel in document["panels"]):
        cells = {
            (place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])
        }
        assert not taken & cells
        assert place["x"] + place["w"] <= 24
        taken |= cells


def test_every_graph_says_what_it_shows(document: dict[str, Any]) -> None:
    graphs = [panel for panel in document["panels"] if panel["type"] == "timeseries"]
    assert graphs
    assert all(graph["description"].endswith(".") for graph in graphs)


def test_a_servers_dashboard_opens_on_that_server() -> None:
    document = json.loads(as_json(single(DEMO)))
    chosen = {
        variable["name"]: variable["current"]["value"]
        for variable in document["templating"]["list"]
        if "current" in variable
    }
    assert chosen == {"namespace": "vision", "server": "demo-ovms", "model": ["$__all"]}
    assert document["title"] == "ModelServer vision/demo"


def test_each_dashboard_has_an_address_of_its_own_that_grafana_takes() -> None:
    servers = [Subject("a", "b-c", "x"), Subject("a-b", "c", "x"), DEMO]
    made = [fleet(), single(), *map(single, servers)]
    addresses = [json.loads(as_json(each))["uid"] for each in made]
    assert len(set(addresses)) == len(addresses)
    assert all(re.fullmatch(r"[a-z0-9-]{8,40}", address) for address in addresses)


def test_the_same_dashboard_is_made_each_time() -> None:
    first = as_json(single())
    as_json(single(DEMO))
    assert as_json(single()) == first
