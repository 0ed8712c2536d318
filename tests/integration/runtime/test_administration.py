"""What administrators ask of a running server, over REST, over gRPC and with Triton's clients."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import tritonclient.grpc
import tritonclient.http
from tritonclient.utils import InferenceServerException

if TYPE_CHECKING:
    import openvino as ov

    from conftest import Repository, Server, StartServer

OK = {"error_code": "OK", "error_message": "OK"}


@pytest.fixture
def own_repository(repository: Repository, tiny_model: ov.Model) -> Repository:
    """Holds ``tiny`` in version 1, and ``broken``, which can't be loaded."""
    repository.add("tiny", 1, tiny_model)
    repository.add_broken("broken", 1)
    repository.config("tiny", "broken")
    return repository


@pytest.fixture
def unpolled(start_server: StartServer, own_repository: Repository) -> Server:
    """A server of that repository that looks for changes only when told to."""
    config = own_repository.root / "config.json"
    return start_server("--config_path", str(config), "--file_system_poll_wait_seconds", "0")


def post(server: Server, path: str, document: object = None) -> tuple[int, Any]:
    status, body = server.post(path, {} if document is None else document)
    return status, json.loads(body or "null")


def states(server: Server, model: str) -> dict[str, str]:
    config = json.loads(server.get("/v1/config")[1])
    return {entry["version"]: entry["state"] for entry in config[model]["model_version_status"]}


def test_the_config_tells_the_state_of_every_version(unpolled: Server) -> None:
    status, body = unpolled.get("/v1/config")
    config = json.loads(body)
    [broken] = config["broken"]["model_version_status"]

    assert status == 200
    placed = {"execution_devices": ["CPU"], "streams": 1}
    assert config["tiny"] == {
        "model_version_status": [{"version": "1", "state": "AVAILABLE", "status": OK, **placed}]
    }
    assert (broken["state"], broken["status"]["error_code"]) == ("LOADING", "UNKNOWN")
    assert "Unable to read the model" in broken["status"]["error_message"]


def test_a_reload_answers_201_where_something_changed_and_200_where_not(
    unpolled: Server, own_repository: Repository, tiny_model: ov.Model
) -> None:
    assert post(unpolled, "/v1/config/reload")[0] == 200

    own_repository.add("tiny", 2, tiny_model)
    status, config = post(unpolled, "/v1/config/reload")

    assert status == 201
    assert config == json.loads(unpolled.get("/v1/config")[1])
    assert states(unpolled, "tiny") == {"1": "END", "2": "AVAILABLE"}


def test_an_invalid_config_changes_nothing_and_the_reload_says_where_it_is_wrong(
    unpolled: Server, own_repository: Repository
) -> None:
    config = own_repository.root / "config.json"
    config.write_text('{\n  "model_config_list": [,]\n}')

    status, answer = post(unpolled, "/v1/config/reload")

    assert status == 400
    assert answer["error"].startswith(f"Nothing is changed: {config}: not valid JSON: ")
    assert "line 2 column 25" in answer["error"]
    assert states(unpolled, "tiny") == {"1": "AVAILABLE"}


def test_the_index_lists_every_version_in_tritons_terms(unpolled: Server) -> None:
    _, [broken, tiny] = post(unpolled, "/v2/repository/index")

    assert tiny == {"name": "tiny", "version": "1", "state": "READY", "reason": ""}
    assert (broken["name"], broken["state"]) == ("broken", "UNAVAILABLE")
    assert "Unable to read the model" in broken["reason"]
    assert post(unpolled, "/v2/repository/index", {"ready": True}) == (200, [tiny])


def test_the_index_says_why_a_repository_can_t_be_read(
    start_server: StartServer, tmp_path: Path
) -> None:
    nowhere = tmp_path / "nowhere"
    server = start_server("--model_name", "m", "--model_path", str(nowhere))
    reason = f"{nowhere}: No such file or directory"

    assert post(server, "/v2/repository/index") == (
        200,
        [{"name": "m", "state": "UNAVAILABLE", "reason": reason}],
    )


def test_unload_and_load_over_rest(unpolled: Server) -> None:
    assert unpolled.post("/v2/repository/models/tiny/unload", {}) == (200, b"")
    assert unpolled.get("/v2/models/tiny/ready")[0] == 404
    assert states(unpolled, "tiny") == {"1": "END"}

    assert unpolled.post("/v2/repository/models/tiny/load", {}) == (200, b"")
    assert unpolled.get("/v2/models/tiny/ready")[0] == 200


@pytest.mark.parametrize(
    ("path", "document", "status", "message"),
    [
        ("models/nobody/load", {}, 404, "Model with requested name is not found"),
        ("models/nobody/unload", {}, 404, "Model with requested name is not found"),
        ("models/broken/load", {}, 400, "failed to load 'broken': "),
        (
            "models/tiny/load",
            {"parameters": {"config": "{}"}},
            400,
            "parameter 'config' is not supported",
        ),
        ("models/tiny/load", [], 400, "Request body should be JSON object"),
        ("index", {"ready": 1}, 400, "ready - Expected: true or false; Actual: 1"),
        ("models/tiny", {}, 404, "Invalid request URL"),
    ],
)
def test_what_can_t_be_done_is_refused(
    unpolled: Server, path: str, document: object, status: int, message: str
) -> None:
    got, answer = post(unpolled, f"/v2/repository/{path}", document)

    assert got == status
    assert message in answer["error"]


def test_administration_is_done_with_the_method_it_is_published_with(unpolled: Server) -> None:
    assert unpolled.post("/v1/config", {})[0] == 405
    assert unpolled.get("/v1/config/reload")[0] == 405


@pytest.mark.parametrize("kind", ["http", "grpc"])
def test_tritons_clients_administrate(unpolled: Server, kind: str) -> None:
    library = {"http": tritonclient.http, "grpc": tritonclient.grpc}[kind]
    address = unpolled.rest if kind == "http" else unpolled.grpc
    with library.InferenceServerClient(address) as client:
        client.unload_model("tiny")
        assert not client.is_model_ready("tiny")
        client.load_model("tiny")
        assert client.is_model_ready("tiny")
        assert ready(client, kind) == [("tiny", "1", "READY")]
        with pytest.raises(InferenceServerException, match="failed to load 'broken'"):
            client.load_model("broken")
        with pytest.raises(InferenceServerException, match="not supported"):
            client.load_model("tiny", config="{}")


def ready(client: Any, kind: str) -> list[tuple[str, str, str]]:  # noqa: ANN401 - two kinds of client
    index = client.get_model_repository_index()
    if kind == "grpc":
        index = [
            {"name": entry.name, "version": entry.version, "state": entry.state}
            for entry in index.models
        ]
    return [
        (entry["name"], entry["version"], entry["state"])
        for entry in index
        if entry["state"] == "READY"
    ]
