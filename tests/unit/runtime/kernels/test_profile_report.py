"""Layers put in order, and a profile as text and as JSON."""

from __future__ import annotations

import pytest

from modelserver_runtime.kernels.layers import Layer, Sort, arranged, onednn_ms
from modelserver_runtime.kernels.onednn import Primitive
from modelserver_runtime.kernels.report import Profile, document, text

LAYERS = [
    Layer("x", "Parameter", "unknown_f32", False, 0.0, False),
    Layer("small", "Softmax", "jit_avx512_f32", True, 0.25, False),
    Layer("large", "Convolution", "brgconv_avx512_amx_bf16", True, 1.5, True),
]


@pytest.mark.parametrize(
    ("sort", "executed_only", "names"),
    [
        (Sort.ORDER, False, ["x", "small", "large"]),
        (Sort.ORDER, True, ["small", "large"]),
        (Sort.TIME, True, ["large", "small"]),
    ],
)
def test_layers_are_shown_as_asked_for(sort: Sort, executed_only: bool, names: list[str]) -> None:
    shown = arranged(LAYERS, sort, executed_only=executed_only)
    assert [layer.name for layer in shown] == names


def test_time_in_onednn_is_that_of_its_layers() -> None:
    assert onednn_ms(LAYERS) == 1.5


def test_it_is_not_known_where_a_layer_that_ran_is_not() -> None:
    assert onednn_ms([*LAYERS, Layer("y", "MatMul", "brg_f32", True, 1.0)]) is None


def test_the_table_says_what_ran_where() -> None:
    shown = text(Profile(("CPU",), LAYERS, [Primitive("convolution", "brg", 1, 1.25)], "v3.13.0"))

    assert shown.splitlines() == [
        "layer  node type    exec type                precision  oneDNN  time (ms)",
        "x      Parameter    not run                  -          -       0.000",
        "small  Softmax      jit_avx512_f32           f32        -       0.250",
        "large  Convolution  brgconv_avx512_amx_bf16  bf16       yes     1.500",
        "",
        "1.750 ms on CPU, 1.500 ms of it in oneDNN kernels",
        "",
        "oneDNN v3.13.0",
        "primitive    implementation  count  time (ms)",
        "convolution  brg             1      1.250",
    ]


def test_the_document_has_the_same() -> None:
    shown = document(Profile(("CPU",), LAYERS[2:], [], None))

    assert shown == {
        "devices": ("CPU",),
        "total_ms": 1.5,
        "onednn_ms": 1.5,
        "onednn_version": None,
        "layers": [
            {
                "name": "large",
                "node_type": "Convolution",
                "exec_type": "brgconv_avx512_amx_bf16",
                "executed": True,
                "milliseconds": 1.5,
                "is_onednn": True,
                "precision": "bf16",
            }
        ],
        "onednn_primitives": [],
    }
