"""What a request must have to be inferred, and OpenVINO Model Server's words for what it lacks."""

from __future__ import annotations

import numpy as np
import pytest

from modelserver_runtime.errors import InvalidRequest
from modelserver_runtime.requests import InferRequest, RequestedOutput
from modelserver_runtime.tensors import Datatype, Dimension, InputTensor, TensorSpec
from modelserver_runtime.validation import input_arrays, output_indices

D = Dimension.of
PAIR = (
    TensorSpec("a", Datatype.FP32, (D(1), D(10))),
    TensorSpec("b", Datatype.FP32, (D(1), D(10))),
)
DYNAMIC = (TensorSpec("x", Datatype.INT64, (Dimension(1, None), Dimension(2, 4))),)


def tensor(
    name: str, shape: tuple[int, ...] = (1, 10), datatype: str = "FP32", fill: float = 0
) -> InputTensor:
    return InputTensor(name, datatype, shape, [fill] * int(np.prod(shape)))


def asking_for(*names: str) -> InferRequest:
    return InferRequest((), tuple(map(RequestedOutput, names)), "", {}, binary_outputs=False)


def test_arrays_come_in_the_models_order_and_shape() -> None:
    first, second = input_arrays([tensor("b", fill=2), tensor("a", fill=1)], PAIR)
    assert first.tolist() == [[1.0] * 10]
    assert second.tolist() == [[2.0] * 10]
    assert first.dtype == np.float32


@pytest.mark.parametrize("shape", [(1, 2), (7, 4)])
def test_a_dynamic_axis_takes_any_size_in_its_range(shape: tuple[int, int]) -> None:
    (array,) = input_arrays([tensor("x", shape, "INT64")], DYNAMIC)
    assert array.shape == shape


def test_a_dynamic_rank_takes_any_shape() -> None:
    (array,) = input_arrays([tensor("x", (1, 2, 3))], [TensorSpec("x", Datatype.FP32, None)])
    assert array.shape == (1, 2, 3)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ([tensor("a")], "Invalid number of inputs - Expected: 2; Actual: 1"),
        (
            [tensor("a"), tensor("c")],
            "Missing input with specific name - Required input: b",
        ),
        (
            [tensor("a"), tensor("a")],
            "Missing input with specific name - Required input: b",
        ),
        (
            [tensor("a"), tensor("b", datatype="INT8")],
            "Invalid input precision - Expected: FP32; Actual: INT8; input name: b",
        ),
        (
            [tensor("a"), tensor("b", datatype="FLOAT")],
            "Invalid input precision - Expected: FP32; Actual: FLOAT; input name: b",
        ),
        (
            [tensor("a"), tensor("b", (1, 10, 1))],
            "Invalid number of shape dimensions - Expected: (1,10); Actual: (1,10,1); "
            "input name: b",
        ),
        (
            [tensor("a"), tensor("b", (10, 10))],
            "Invalid input batch size - Expected: 1; Actual: 10; input name: b",
        ),
        (
            [tensor("a"), tensor("b", (1, 11))],
            "Invalid input shape - Expected: (1,10); Actual: (1,11); input name: b",
        ),
    ],
)
def test_what_does_not_fit_is_named(inputs: list[InputTensor], message: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        input_arrays(inputs, PAIR)
    assert refused.value.message == message


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((0, 2), "Invalid input batch size - Expected: -1; Actual: 0; input name: x"),
        ((1, 5), "Invalid input shape - Expected: (-1,2:4); Actual: (1,5); input name: x"),
    ],
)
def test_a_size_out_of_range_is_named_with_the_range(shape: tuple[int, int], message: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        input_arrays([tensor("x", shape, "INT64")], DYNAMIC)
    assert refused.value.message == message


def test_all_outputs_are_answered_where_none_is_asked_for() -> None:
    everything = InferRequest((), None, "", {}, binary_outputs=False)
    assert list(output_indices(everything, PAIR)) == [0, 1]


def test_outputs_are_answered_in_the_order_asked_for() -> None:
    assert list(output_indices(asking_for("b", "a"), PAIR)) == [1, 0]


def test_an_output_that_the_model_lacks_is_named() -> None:
    with pytest.raises(InvalidRequest) as refused:
        output_indices(asking_for("c"), PAIR)
    assert refused.value.message == "Invalid output name - Expected one of: a, b; Actual: c"
