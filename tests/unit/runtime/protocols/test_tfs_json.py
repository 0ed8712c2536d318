"""TensorFlow Serving's JSON: row and column form, text, and numbers that JSON has no words for."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelserver_runtime.errors import InvalidRequest
from modelserver_runtime.protocols.tfs_json import Prediction
from modelserver_runtime.requests import InferResponse
from modelserver_runtime.tensors import Array, Datatype, Dimension, OutputTensor, TensorSpec
from modelserver_runtime.validation import input_arrays

ANY = Dimension(0, None)


def spec(name: str, datatype: Datatype = Datatype.FP32, rank: int = 2) -> TensorSpec:
    return TensorSpec(name, datatype, (ANY,) * rank)


A, B = spec("a"), spec("b", rank=1)
TEXT = spec("t", Datatype.BYTES, rank=1)


def arrays(document: object, *specs: TensorSpec) -> list[Any]:
    """The inputs as the model gets them."""
    request = Prediction(json.dumps(document).encode(), specs).decode()
    return [array.tolist() for array in input_arrays(request.inputs, specs)]


def answer(document: object, **outputs: Array) -> Any:  # noqa: ANN401
    """The answer to a request in the document's form."""
    prediction = Prediction(json.dumps(document).encode(), [A])
    request = prediction.decode()
    tensors = [OutputTensor(name, datatype(array), array) for name, array in outputs.items()]
    return json.loads(prediction.encode(request, InferResponse("m", 1, "", tensors)))


def datatype(array: Array) -> Datatype:
    return {"f": Datatype.FP32, "i": Datatype.INT64, "u": Datatype.UINT64, "O": Datatype.BYTES}[
        array.dtype.kind
    ]


ROWS = {"instances": [[1.0]]}
COLUMNS = {"inputs": [[1.0]]}


@pytest.mark.parametrize(
    ("document", "specs", "expected"),
    [
        ({"instances": [[1, 2], [3, 4]]}, [A], [[[1.0, 2.0], [3.0, 4.0]]]),
        ({"inputs": [[1, 2], [3, 4]]}, [A], [[[1.0, 2.0], [3.0, 4.0]]]),
        ({"instances": [{"a": [1, 2]}, {"a": [3, 4]}]}, [A], [[[1.0, 2.0], [3.0, 4.0]]]),
        ({"inputs": {"a": [[1, 2]]}}, [A], [[[1.0, 2.0]]]),
        ({"instances": [{"a": [1], "b": 5}, {"a": [2], "b": 6}]}, [A, B], [[[1], [2]], [5, 6]]),
        ({"inputs": {"b": [5, 6, 7], "a": [[1]]}}, [A, B], [[[1]], [5, 6, 7]]),
        ({"instances": [1, 2, 3]}, [B], [[1, 2, 3]]),
        ({"inputs": 7}, [spec("s", rank=0)], [7]),
        ({"signature_name": "serving_default", "instances": [1]}, [B], [[1]]),
        ({"instances": ["text", {"b64": "/wA="}]}, [TEXT], [[b"text", b"\xff\x00"]]),
        ({"inputs": {"t": [{"b64": "AA=="}]}}, [TEXT], [[b"\0"]]),
        ({"instances": [{"t": {"b64": "AA=="}}]}, [TEXT], [[b"\0"]]),
        ({"inputs": {"b64": "AA=="}}, [spec("s", Datatype.BYTES, rank=0)], [b"\0"]),
        ({"instances": []}, [B], [[]]),
    ],
)
def test_both_forms_reach_the_model(
    document: object, specs: list[TensorSpec], expected: list[Any]
) -> None:
    assert arrays(document, *specs) == expected


def test_binary_values_for_numbers_are_bytes_for_whoever_decodes_images() -> None:
    image = TensorSpec("image", Datatype.FP32, (ANY,) * 4)
    body = b'{"instances": [{"b64": "AAE="}, {"b64": "Ag=="}]}'
    [tensor] = Prediction(body, [image]).decode().inputs
    assert (tensor.datatype, tensor.shape) == (Datatype.BYTES, (2,))
    assert isinstance(tensor.content, np.ndarray)
    assert tensor.content.tolist() == [b"\0\1", b"\2"]


def test_64_bit_integers_stay_exact() -> None:
    largest = 2**64 - 1
    assert arrays({"instances": [largest]}, spec("n", Datatype.UINT64, 1)) == [[largest]]
    assert answer(ROWS, y=np.array([largest], np.uint64)) == {"predictions": [largest]}


def test_numbers_that_json_has_no_words_for_come_and_go_as_bare_words() -> None:
    [[nan, infinite]] = arrays({"instances": [float("nan"), float("-inf")]}, B)
    assert np.isnan(nan)
    assert infinite == -np.inf
    written = answer(ROWS, y=np.array([np.nan, np.inf, -np.inf, 1.5], np.float32))
    np.testing.assert_array_equal(written["predictions"], [np.nan, np.inf, -np.inf, 1.5])


def test_a_single_output_has_no_name() -> None:
    y = np.array([[1, 2]], np.float32)
    assert answer(ROWS, y=y) == {"predictions": [[1, 2]]}
    assert answer(COLUMNS, y=y) == {"outputs": [[1, 2]]}
    assert answer(COLUMNS, y=np.array(3, np.int64)) == {"outputs": 3}


def test_several_outputs_are_rows_of_objects_or_one_object() -> None:
    y, z = np.array([[1, 2], [3, 4]], np.float32), np.array([5, 6], np.int64)
    assert answer(ROWS, y=y, z=z) == {"predictions": [{"y": [1, 2], "z": 5}, {"y": [3, 4], "z": 6}]}
    assert answer(COLUMNS, y=y, z=z) == {"outputs": {"y": [[1, 2], [3, 4]], "z": [5, 6]}}


def test_outputs_of_different_lengths_have_no_row_form() -> None:
    y, z = np.zeros((2, 1), np.float32), np.zeros(3, np.float32)
    with pytest.raises(InvalidRequest, match="share no first axis"):
        answer(ROWS, y=y, z=z)
    assert answer(COLUMNS, y=y, z=z) == {"outputs": {"y": [[0], [0]], "z": [0, 0, 0]}}


def test_text_is_base64_where_its_name_or_content_says_so() -> None:
    text = np.array([b"abc"], np.object_)
    assert answer(ROWS, y=text) == {"predictions": ["abc"]}
    assert answer(ROWS, y_bytes=text) == {"predictions": [{"b64": "YWJj"}]}
    assert answer(ROWS, y=np.array([b"\xff", b"a"], np.object_)) == {
        "predictions": [{"b64": "/w=="}, {"b64": "YQ=="}]
    }


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"instances": [1], "inputs": [1]}', "Expected: one of instances, inputs; Actual: both"),
        ("{}", "Expected: one of instances, inputs; Actual: neither"),
        ("[]", "Request body should be JSON object"),
        ("{", "The file is not valid json"),
        ('{"instances": [NaN}', "The file is not valid json"),
        ('{"instances": ' + "[" * 9999 + "NaN", "The file is not valid json"),
        ('{"instances": 1}', "instances - Expected: an array; Actual: 1"),
        ('{"instances": [[1], [2, 3]]}', "Invalid number of values"),
        ('{"instances": [["x"]]}', 'FP32, a number from .*Actual: "x"; input name: a'),
        ('{"instances": [{"a": [1]}, [2]]}', r"instances\[1\] - Expected: an object with a;"),
        ('{"inputs": {"c": [[1]]}}', "Missing input with specific name - Required input: a"),
        ('{"inputs": {"a": [[1]], "c": [[1]]}}', "Invalid number of inputs"),
    ],
)
def test_a_mistake_is_named(body: str, words: str) -> None:
    with pytest.raises(InvalidRequest, match=words):
        input_arrays(Prediction(body.encode(), [A]).decode().inputs, [A])


@pytest.mark.parametrize("value", ["1", '{"b64": "*"}', '{"b64": "ä"}', '{"b64": 1}', '{"x": "y"}'])
def test_text_that_is_none_is_named(value: str) -> None:
    body = f'{{"inputs": {{"t": ["", {value}]}}}}'.encode()
    with pytest.raises(InvalidRequest, match=r"Expected: a string or .*; input name: t"):
        Prediction(body, [TEXT]).decode()


def test_values_without_a_name_need_a_model_of_one_input() -> None:
    with pytest.raises(InvalidRequest, match=r"inputs by name \(a, b\)"):
        Prediction(b'{"instances": [[1]]}', [A, B]).decode()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "t", "b64"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(("instances", "inputs"), JSON)),
    st.sampled_from([[A], [TEXT], [A, TEXT]]),
)
def test_any_body_is_read_or_refused(document: dict[str, Any], specs: list[TensorSpec]) -> None:
    with suppress(InvalidRequest):
        input_arrays(Prediction(json.dumps(document).encode(), specs).decode().inputs, specs)


def test_an_answer_is_strict_json_where_it_can_be() -> None:
    prediction = Prediction(json.dumps(ROWS).encode(), [A])
    output = OutputTensor("y", Datatype.FP32, np.array([0.1], np.float32))
    body = prediction.encode(prediction.decode(), InferResponse("m", 1, "", [output]))
    assert orjson.loads(body) == {"predictions": [0.1]}
