"""oneDNN's verbose log, in both of its forms, and what it tells of layers."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelserver_runtime.kernels.layers import Layer
from modelserver_runtime.kernels.onednn import (
    Execution,
    Primitive,
    created_kinds,
    executions,
    marked_by_kind,
    marked_by_log,
    marked_by_name,
    primitives,
    version,
)

DATA = Path(__file__).parent / "data"


def log(name: str) -> list[str]:
    return (DATA / name).read_text().splitlines()


def layer(node_type: str, exec_type: str = "jit_avx512_f32", *, executed: bool = True) -> Layer:
    return Layer(node_type.lower(), node_type, exec_type, executed, 1.0)


def test_todays_lines_are_read() -> None:
    assert executions(log("onednn_v1.txt")) == [
        Execution("cpu", "reorder", "jit:uni", 0.0100098),
        Execution("cpu", "convolution", "brg_conv_fwd:avx10_1_512_amx", 0.125),
        Execution("cpu", "convolution", "brg_conv_fwd:avx10_1_512_amx", 0.25),
        Execution("cpu", "softmax", "jit:avx10_1_512", 0.00219727),
    ]


def test_lines_of_2023_are_read() -> None:
    ran = executions(log("onednn_2023.txt"))

    assert len(ran) == 8
    assert ran[0] == Execution("gpu", "convolution", "jit:ir", 0.319092)
    assert ran[1] == Execution("gpu", "pooling", "ocl:gen9", 0.0788574)


def test_layers_go_by_the_kinds_that_were_created_where_no_execution_is_logged() -> None:
    line = (
        "onednn_verbose,v1,primitive,create:cache_miss,cpu,softmax_v2,jit:avx512,"
        "forward_inference,src:f32::blocked:ab::f0,attr-scratchpad:user,alg:softmax,1x32,0.5"
    )
    layers = [layer("Softmax"), layer("Softmax"), layer("MatMul"), layer("Softmax", executed=False)]

    marked = marked_by_kind(layers, created_kinds([line, *log("onednn_v1.txt")]))

    assert [entry.is_onednn for entry in marked] == [True, True, False, False]


def test_a_timestamp_does_not_matter() -> None:
    line = "onednn_verbose,v1,1711.5,primitive,exec,cpu,matmul,brg:avx512,undef,x,,,2x2,0.5"
    assert executions([line]) == [Execution("cpu", "matmul", "brg:avx512", 0.5)]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("onednn_v1.txt", "v3.13.0 (1289c3b65dd6a119a5ed12a816517d9c3a21d81b)"),
        ("onednn_2023.txt", "v3.1.0 (f27dedbfc093f51032a4580198bb80579440dc15)"),
    ],
)
def test_the_version_is_read_in_both_forms(name: str, words: str) -> None:
    assert version(log(name)) == words


def test_without_a_log_there_is_no_version() -> None:
    assert version(["[ INFO ] something else"]) is None


def test_executions_are_summed_by_implementation_slowest_first() -> None:
    summed = primitives(executions(log("onednn_v1.txt")))

    assert summed[0] == Primitive("convolution", "brg_conv_fwd:avx10_1_512_amx", 2, 0.375)
    assert [primitive.kind for primitive in summed] == ["convolution", "reorder", "softmax"]


@given(st.lists(st.text()))
def test_other_lines_are_passed_over(lines: list[str]) -> None:
    assert executions(lines) == []


@given(st.lists(st.sampled_from(log("onednn_v1.txt")[5:])))
def test_no_time_is_lost_in_the_sums(lines: list[str]) -> None:
    ran = executions(lines)
    total = sum(primitive.milliseconds for primitive in primitives(ran))

    assert sum(primitive.count for primitive in primitives(ran)) == len(lines)
    assert total == pytest.approx(sum(execution.milliseconds for execution in ran))


def test_a_colon_in_its_name_makes_a_gpu_kernel_onednns() -> None:
    layers = [layer("Convolution", "jit:ir__i8"), layer("Result", "reorder_data_fast_b1__f32")]

    marked = marked_by_name(layers)

    assert [entry.is_onednn for entry in marked] == [True, False]
    assert [entry.precision for entry in marked] == ["i8", "f32"]


def test_a_layer_of_the_cpu_is_onednns_where_the_log_has_a_line_of_its_kind() -> None:
    layers = [
        layer("Reorder"),
        layer("Convolution"),
        layer("Convolution", executed=False),
        layer("Convolution"),
        layer("Convolution"),
        layer("ReduceMean"),
        layer("Softmax"),
    ]

    marked = marked_by_log(layers, executions(log("onednn_v1.txt")))

    assert [entry.is_onednn for entry in marked] == [True, True, False, True, False, False, True]


@pytest.mark.parametrize("kind", ["inner_product", "matmul"])
def test_a_fully_connected_layer_goes_by_either_kind(kind: str) -> None:
    ran = [Execution("cpu", kind, "brg:avx512", 1.0)]
    assert marked_by_log([layer("FullyConnected")], ran)[0].is_onednn
