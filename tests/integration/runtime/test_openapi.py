"""The OpenAPI document against the real server: schemathesis asks whatever it allows, and more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

if TYPE_CHECKING:
    from conftest import Server, StartServer

DOCUMENT = Path(__file__).parents[3] / "docs/openapi.json"
CHECKS = [
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
]


@pytest.fixture(scope="module")
def asked_anything(start_server: StartServer, all_models: Path) -> Server:
    """A server of its own, since what it is asked includes to unload its models."""
    return start_server("--config_path", str(all_models))


schema = schemathesis.openapi.from_path(DOCUMENT)


@schema.parametrize()
@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@pytest.mark.parametrize("model", ["tiny", "identity_bytes", None])
def test_the_server_answers_as_it_says(
    case: schemathesis.Case, asked_anything: Server, model: str | None
) -> None:
    if model and "model" in case.path_parameters:
        case.path_parameters["model"] = model
    case.call_and_validate(base_url=f"http://{asked_anything.rest}", checks=CHECKS)


def test_the_server_serves_the_document_that_is_kept(server: Server) -> None:
    assert server.ask("/openapi.json") == (200, json.loads(DOCUMENT.read_text()))
