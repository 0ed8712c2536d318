"""Shapes that requests bring, and images, over the wire to the real server."""

from __future__ import annotations

import json
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import tritonclient.grpc
import tritonclient.http
from PIL import Image

# isort: split
import openvino as ov
from openvino import opset13 as ops

if TYPE_CHECKING:
    from conftest import Server, StartServer

PIXELS = np.random.default_rng(5).integers(0, 256, (4, 5, 3), np.uint8)  # RGB


def halves() -> ov.Model:
    """``y`` is the sum of the two halves of ``x``, an FP32 [1,4]: an odd width has no halves."""
    x = ops.parameter([1, 4], ov.Type.f32, name="x")
    left, right = ops.split(x, ops.constant(1, ov.Type.i64), 2).outputs()
    return named(ov.Model([ops.add(left, right)], [x], "halves"))


def picture() -> ov.Model:
    """``y`` is ``x``, an FP32 [1,3,4,5], plus 0.5."""
    x = ops.parameter([1, 3, 4, 5], ov.Type.f32, name="x")
    return named(ov.Model([ops.add(x, ops.constant(0.5, ov.Type.f32))], [x], "picture"))


def named(model: ov.Model) -> ov.Model:
    model.input(0).set_names({"x"})
    model.output(0).set_names({"y"})
    return model


@pytest.fixture(scope="module")
def server(start_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Server:
    root = tmp_path_factory.mktemp("models")
    for name, model in {"halves": halves(), "picture": picture()}.items():
        ov.save_model(model, root / name / "1" / "model.xml", compress_to_fp16=False)
    entries = [
        {"name": "halves", "base_path": "halves", "shape": "auto"},
        {"name": "picture", "base_path": "picture", "layout": "NHWC:NCHW", "batch_size": "auto"},
    ]
    config = root / "config.json"
    config.write_text(json.dumps({"model_config_list": [{"config": entry} for entry in entries]}))
    return start_server("--config_path", str(config))


def ones(server: Server, rows: int, columns: int) -> tuple[int, Any]:
    tensor = {"name": "x", "shape": [rows, columns], "datatype": "FP32"}
    status, body = server.post(
        "/v2/models/halves/infer", {"inputs": [{**tensor, "data": [1] * (rows * columns)}]}
    )
    return status, json.loads(body)


def encoded(form: str = "PNG") -> bytes:
    buffer = BytesIO()
    Image.fromarray(PIXELS).save(buffer, form)
    return buffer.getvalue()


def expected(count: int) -> list[Any]:
    bgr = PIXELS[..., ::-1].transpose(2, 0, 1)
    answer: list[Any] = np.stack([bgr + np.float32(0.5)] * count).tolist()
    return answer


def test_metadata_shows_that_any_size_is_taken(server: Server) -> None:
    metadata = json.loads(server.get("/v2/models/halves")[1])
    assert metadata["inputs"][0]["shape"] == [-1, -1]
    metadata = json.loads(server.get("/v2/models/picture")[1])
    assert metadata["inputs"][0]["shape"] == [-1, 4, 5, 3]


def test_requests_bring_their_own_shapes_at_the_same_time(server: Server) -> None:
    shapes = [(rows, columns) for columns in (2, 6) for rows in range(1, 8)] * 3
    with ThreadPoolExecutor(4) as clients:
        answers = clients.map(lambda shape: ones(server, *shape), shapes)
    for (rows, columns), (status, answer) in zip(shapes, answers, strict=True):
        assert status == 200
        assert answer["outputs"][0]["shape"] == [rows, columns // 2]
        assert answer["outputs"][0]["data"] == [2.0] * (rows * columns // 2)


def test_a_shape_that_the_model_cannot_take_is_the_clients_mistake(server: Server) -> None:
    status, answer = ones(server, 1, 3)
    assert status == 400
    assert "The model can't take x: (1,3): " in answer["error"]
    assert ones(server, 1, 4)[0] == 200


def test_no_size_is_no_shape(server: Server) -> None:
    status, answer = ones(server, 0, 4)
    assert (status, answer["error"]) == (
        400,
        "Invalid input batch size - Expected: -1; Actual: 0; input name: x",
    )


@pytest.mark.parametrize("count", [1, 3])
def test_images_are_answered_like_arrays_over_grpc(server: Server, count: int) -> None:
    client = tritonclient.grpc.InferenceServerClient(server.grpc)
    tensor = tritonclient.grpc.InferInput("x", [count], "BYTES")
    tensor.set_data_from_numpy(np.array([encoded()] * count, np.object_))
    assert client.infer("picture", [tensor]).as_numpy("y").tolist() == expected(count)


@pytest.mark.parametrize("count", [1, 3])
def test_images_are_answered_like_arrays_over_rest(server: Server, count: int) -> None:
    client = tritonclient.http.InferenceServerClient(server.rest)
    tensor = tritonclient.http.InferInput("x", [count], "BYTES")
    tensor.set_data_from_numpy(np.array([encoded()] * count, np.object_), binary_data=True)
    assert client.infer("picture", [tensor]).as_numpy("y").tolist() == expected(count)


def test_an_image_file_is_sent_as_it_is(server: Server) -> None:
    head = b'{"inputs":[{"name":"x","shape":[1],"datatype":"BYTES"}]}'
    request = urllib.request.Request(
        f"http://{server.rest}/v2/models/picture/infer",
        head + encoded(),
        {"Inference-Header-Content-Length": str(len(head))},
    )
    with urllib.request.urlopen(request, timeout=5) as response:
        answer = json.load(response)
    assert answer["outputs"][0]["data"] == np.ravel(expected(1)).tolist()


def test_text_in_place_of_an_image_is_refused_by_name(server: Server) -> None:
    tensor = {"name": "x", "shape": [1], "datatype": "BYTES", "data": ["no image"]}
    status, body = server.post("/v2/models/picture/infer", {"inputs": [tensor]})
    assert (status, json.loads(body)["error"]) == (
        400,
        "Invalid image - Expected: JPEG or PNG; Actual: bytes that are neither; "
        "input name: x; image index: 0",
    )
