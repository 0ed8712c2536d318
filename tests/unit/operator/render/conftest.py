"""A ModelServer in one line: only what a test is about is said, all else is the least possible."""

from collections.abc import Callable
from typing import Any

import pytest

from modelserver_operator.api import ModelServer, parse
from modelserver_operator.render import Context, Objects, Settings, render

Spec = dict[str, Any]

_SETTINGS = Settings(runtime_image="modelserver-runtime:1.0")
_MODEL = {"model_name": "resnet50", "model_path": "/models/resnet50"}


@pytest.fixture
def model_server() -> Callable[..., ModelServer]:
    """Make a ModelServer called demo from its spec; `metadata` adds to its name."""

    def make(spec: Spec | None = None, **metadata: str) -> ModelServer:
        given = spec or {}
        manifest = {
            "apiVersion": "intel.com/v1alpha1",
            "kind": "ModelServer",
            "metadata": {"name": "demo", **metadata},
            "spec": {**given, "models_settings": {**_MODEL, **given.get("models_settings", {})}},
        }
        return parse(manifest).server

    return make


@pytest.fixture
def rendered(model_server: Callable[..., ModelServer]) -> Callable[..., Objects]:
    """Render a spec; what else is given goes into the context."""

    def make(spec: Spec | None = None, settings: Settings = _SETTINGS, **known: Any) -> Objects:  # noqa: ANN401 - as Context takes it
        return render(model_server(spec), Context(settings=settings, **known))

    return make


@pytest.fixture
def pod(rendered: Callable[..., Objects]) -> Callable[..., Any]:
    """Render a spec to its pod template's spec."""
    return lambda spec=None, **context: rendered(spec, **context).deployment["spec"]["template"][
        "spec"
    ]


@pytest.fixture
def container(pod: Callable[..., Any]) -> Callable[..., Any]:
    """Render a spec to its container."""
    return lambda spec=None, **context: pod(spec, **context)["containers"][0]


@pytest.fixture
def arguments(container: Callable[..., Any]) -> Callable[..., list[str]]:
    """Render a spec to the server's command line."""
    return lambda spec=None, **context: container(spec, **context)["args"]
