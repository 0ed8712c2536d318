"""What is said of a model's sparse weights: which qualify, which do not and why."""

from __future__ import annotations

import logging

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from modelserver_runtime.engine.sparse_weights import (
    Obstacle,
    Weights,
    find_weights,
    inspect,
    notes,
    obstacle,
)

SPARSE = "brgemm_avx512_amx_sparse_I8"
RATE = 0.8


def weights(
    name: str = "fc", shape: tuple[int, ...] = (64, 128), zeros: float | None = 0.9
) -> Weights:
    return Weights(name, shape, zeros)


def matmul(values: ov.Node, x: ov.Node | None = None) -> ov.Model:
    x = x or ops.parameter([1, values.shape[1]], np.float32)
    return ov.Model([ops.matmul(x, values, False, True, name="fc")], [x], "m")


def int8(share: float, shape: tuple[int, ...] = (64, 128)) -> ov.Node:
    """Stored INT8 weights as quantization leaves them, with this share of zeros."""
    values = np.ones(shape, np.int8)
    values.ravel()[: round(share * values.size)] = 0
    return ops.multiply(ops.convert(ops.constant(values), "f32"), np.float32(0.1))


@pytest.mark.parametrize(
    ("candidate", "kernel", "expected"),
    [
        pytest.param(weights(), None, None, id="INT8, whole tiles, many zeros"),
        pytest.param(weights(zeros=0.8), None, None, id="just enough zeros"),
        pytest.param(weights(zeros=0.79), None, Obstacle.ZEROS, id="too few zeros"),
        pytest.param(weights(zeros=None), None, Obstacle.PRECISION, id="floating point"),
        pytest.param(weights(shape=(2, 128)), None, Obstacle.SHAPE, id="too few rows"),
        pytest.param(weights(shape=(64, 100)), None, Obstacle.SHAPE, id="ragged columns"),
        pytest.param(weights(shape=(4, 64, 64)), None, Obstacle.SHAPE, id="a stack of matrices"),
        pytest.param(weights(), "brgemm_avx512_amx_bf16", Obstacle.INPUT, id="dense kernel"),
        pytest.param(weights(zeros=0.1), SPARSE, None, id="the kernel has the last word"),
    ],
)
def test_what_keeps_weights_from_being_compressed(
    candidate: Weights, kernel: str | None, expected: Obstacle | None
) -> None:
    assert obstacle(candidate, RATE, kernel) == expected


def test_the_log_names_what_qualifies_and_what_hinders_the_rest() -> None:
    found = [weights("a"), weights("b", zeros=0.5), weights("c", zeros=None), weights("d")]

    said = list(notes(found, {}, RATE, amx=True))

    assert [note.text for note in said] == [
        "2 of 4 MatMuls with constant weights qualify for sparse weights decompression (rate 0.8):"
        " a (90% zeros), d (90% zeros)",
        "1 do not, for too few zeros: b (50% zeros)",
        "1 do not, for weights that are not INT8: c",
    ]
    assert {note.level for note in said} == {logging.INFO}


def test_a_model_without_such_weights_is_warned_of() -> None:
    first, *_ = notes([weights(zeros=0.5)], {}, RATE, amx=True)

    assert first.level == logging.WARNING
    assert first.text.startswith("0 of 1 MatMuls")


def test_a_cpu_without_amx_is_warned_of_while_the_model_is_judged_all_the_same() -> None:
    dense_here = {"fc": "brgemm_avx512_I8"}

    first, last = notes([weights()], dense_here, RATE, amx=False)

    assert first.text.startswith("1 of 1 MatMuls")
    assert last.level == logging.WARNING
    assert last.text.endswith("this CPU has no AMX")


def test_weights_that_just_miss_the_rate_do_not_read_as_if_they_reached_it() -> None:
    assert str(weights(zeros=0.79999)) == "fc (79.9% zeros)"


@pytest.mark.parametrize(
    ("stored", "zeros"),
    [
        pytest.param(int8(0.75), 0.75, id="INT8"),
        pytest.param(ops.constant(np.ones((64, 128), np.float32)), None, id="FP32"),
        pytest.param(
            ops.fake_quantize(
                ops.constant(np.eye(64, dtype=np.float32)), -1.0, 1.0, -1.0, 1.0, 255
            ),
            1 - 1 / 64,
            id="FP32 to be quantized",
        ),
    ],
)
def test_zeros_are_counted_in_int8_weights(stored: ov.Node, zeros: float | None) -> None:
    assert find_weights(matmul(stored)) == [Weights("fc", tuple(stored.shape), zeros)]


def test_a_matmul_of_two_inputs_has_no_weights() -> None:
    x = ops.parameter([64, 64], np.float32)

    assert find_weights(matmul(ops.relu(x), x)) == []


@pytest.mark.parametrize("config", [{}, {"CPU_SPARSE_WEIGHTS_DECOMPRESSION_RATE": "1"}])
def test_nothing_is_said_unless_sparse_weights_are_asked_for(config: dict[str, str]) -> None:
    model = matmul(int8(0.9))

    assert inspect(model, ov.Core().compile_model(model, "CPU"), config) == []
