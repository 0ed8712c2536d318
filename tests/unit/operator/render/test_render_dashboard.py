"""The ConfigMap with a ModelServer's dashboard."""

import json
from collections.abc import Callable

from modelserver_operator.api import ModelServer
from modelserver_operator.render import Context, Objects, Settings, render

ON = {"monitoring": {"dashboard": {"enabled": True}}}

Rendered = Callable[..., Objects]


def test_a_dashboard_is_made_where_it_is_asked_for(rendered: Rendered) -> None:
    assert rendered().dashboard is None
    assert rendered(ON).dashboard in rendered(ON).manifests()


def test_grafana_finds_it_by_the_operators_labels_and_the_users(rendered: Rendered) -> None:
    spec = {"monitoring": {"dashboard": {"enabled": True, "labels": {"team": "vision"}}}}
    settings = Settings(dashboard_labels={"grafana": "ours", "team": "all"})
    config_map = rendered(spec, settings).dashboard
    assert config_map is not None
    labels = config_map["metadata"]["labels"]
    assert labels == {
        "grafana": "ours",
        "team": "vision",
        "app.kubernetes.io/managed-by": "modelserver-operator",
    }


def test_without_a_setting_it_has_the_label_of_grafanas_chart(rendered: Rendered) -> None:
    config_map = rendered(ON).dashboard
    assert config_map is not None
    assert config_map["metadata"]["labels"]["grafana_dashboard"] == "1"


def test_dashboards_of_all_namespaces_can_lie_in_one_folder(
    model_server: Callable[..., ModelServer],
) -> None:
    files = set()
    for namespace in ("a", "b"):
        config_map = render(model_server(ON, namespace=namespace), Context()).dashboard
        assert config_map is not None
        ((file, text),) = config_map["data"].items()
        assert json.loads(text)["title"] == f"ModelServer {namespace}/demo"
        files.add(file)
    assert files == {"a-demo-ovms.json", "b-demo-ovms.json"}
