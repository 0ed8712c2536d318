"""What a ModelServer asks for, as far as its status speaks of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from modelserver_operator.api import parse
from modelserver_operator.render import Context, Settings
from modelserver_operator.status import Expected, expected

MODEL = {"model_name": "resnet", "model_path": "/models/resnet"}
SEVERAL = {"single_model_mode": False, "config_configmap_name": "models"}


def asked(context: Context | None = None, **spec: object) -> Expected:
    manifest = {
        "apiVersion": "intel.com/v1alpha1",
        "kind": "ModelServer",
        "metadata": {"name": "demo", "namespace": "vision"},
        "spec": {"models_settings": MODEL, **spec},
    }
    return expected(parse(manifest).server, context or Context())


def test_where_clients_and_autoscalers_find_it() -> None:
    found = asked(service_parameters={"grpc_port": 9000})

    assert found.grpc == "demo-ovms.vision.svc:9000"
    assert found.rest == "http://demo-ovms.vision.svc:8081"
    assert found.label_selector == "app=demo-ovms,release=demo"


def config_map(text: str) -> Context:
    return Context(config_maps={"models": {"config.json": text}})


TWO = json.dumps({"model_config_list": [{"config": {"name": name}} for name in ("b", "a")]})


@pytest.mark.parametrize(
    ("context", "settings", "names"),
    [
        (Context(), MODEL, ("resnet",)),
        (config_map(TWO), SEVERAL, ("a", "b")),
        (Context(), SEVERAL, None),
        (config_map("{"), SEVERAL, None),
        (config_map('{"model_config_list": [{}]}'), SEVERAL, None),
        (config_map(TWO), {**SEVERAL, "config_path": "/models/config.json"}, None),
    ],
)
def test_the_models_that_have_to_answer(
    context: Context, settings: dict[str, Any], names: tuple[str, ...] | None
) -> None:
    assert asked(context, models_settings=settings).models == names


@pytest.mark.parametrize(
    ("autoscaling", "monitoring", "provider", "measured"),
    [
        ({}, {}, None, False),
        ({"enabled": True}, {}, "hpa", True),
        ({"enabled": True, "provider": "keda"}, {}, "keda", True),
        ({}, {"service_monitor": {"enabled": True}}, None, True),
    ],
)
def test_who_reads_the_metrics(
    autoscaling: dict[str, Any], monitoring: dict[str, Any], provider: str | None, *, measured: bool
) -> None:
    found = asked(autoscaling=autoscaling, monitoring=monitoring)

    assert (found.provider, found.measured) == (provider, measured)


@pytest.mark.parametrize(
    ("provider", "by_adapter", "window"),
    [("hpa", "1m", "1m"), ("hpa", None, "30s"), ("keda", "1m", "30s")],
)
def test_the_window_is_that_of_who_computes_the_ratio(
    provider: str, by_adapter: str | None, window: str
) -> None:
    context = Context(Settings(adapter_window=by_adapter))
    autoscaling = {"enabled": True, "provider": provider, "window": "30s"}

    assert asked(context, autoscaling=autoscaling).window == window


def test_no_replicas_means_a_pause() -> None:
    assert asked(deployment_parameters={"replicas": 0}).paused
    assert not asked().paused


def test_the_field_that_names_a_folder_of_the_node() -> None:
    assert asked().host_path is None
    assert asked(models_repository={"models_host_path": "/m"}).host_path == (
        "spec.models_repository.models_host_path"
    )
