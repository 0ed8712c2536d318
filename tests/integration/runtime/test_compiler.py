"""From files and settings to a compiled model, on every kind of device that a CPU can stand for."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from modelserver_runtime.engine.compiler import Compiled, LoadError, load
from modelserver_runtime.engine.core import create_core
from modelserver_runtime.settings import ModelSettings, Shapes
from modelserver_runtime.tensors import Datatype, Dimension, TensorSpec

# isort: split
import openvino as ov
from openvino import opset13 as ops

if TYPE_CHECKING:
    from conftest import Repository

TINY = TensorSpec("a", Datatype.FP32, (Dimension.of(1), Dimension.of(10)))
ANY = Dimension(0, None)

Compile = Callable[..., Compiled]


@pytest.fixture(scope="module")
def core() -> ov.Core:
    return create_core()


@pytest.fixture
def compile_model(
    core: ov.Core, repository: Repository, kept: Callable[[Compiled], Compiled]
) -> Compile:
    def compile_it(model: ov.Model, **settings: object) -> Compiled:
        repository.add("m", 1, model)
        folder = repository.base_path("m")
        asked = ModelSettings("m", str(folder), **settings)  # type: ignore[arg-type]
        return kept(load(core, folder / "1" / "model.xml", asked, threads=2))

    return compile_it


@pytest.mark.parametrize("device", ["CPU", "AUTO", "AUTO:CPU", "MULTI:CPU", "HETERO:CPU"])
def test_every_device_tells_its_streams(
    compile_model: Compile, tiny_model: ov.Model, device: str
) -> None:
    compiled = compile_model(tiny_model, target_device=device)

    assert compiled.placement().streams == 1
    assert compiled.placement().devices == ("CPU",)
    assert compiled.may_run_inline


def test_nothing_runs_inline_where_inferences_are_batched(
    compile_model: Compile, tiny_model: ov.Model
) -> None:
    compiled = compile_model(tiny_model, target_device="BATCH:CPU(4)")

    assert not compiled.may_run_inline


@pytest.mark.parametrize("device", ["CPU", "HETERO:CPU"])
@pytest.mark.parametrize(("threads", "may_run_inline"), [(1, False), (2, True)])
def test_dynamic_shapes_run_inline_only_beside_other_threads(
    compile_model: Compile,
    identity_model: Callable[[Datatype], ov.Model],
    device: str,
    threads: int,
    may_run_inline: bool,
) -> None:
    compiled = compile_model(
        identity_model(Datatype.FP32),
        target_device=device,
        plugin_config={"INFERENCE_NUM_THREADS": threads},
    )

    assert compiled.may_run_inline is may_run_inline


def test_the_model_says_what_it_takes_and_gives(
    compile_model: Compile, tiny_model: ov.Model
) -> None:
    compiled = compile_model(tiny_model)

    assert compiled.inputs == (TINY, TensorSpec("b", TINY.datatype, TINY.shape))
    assert compiled.outputs == (TensorSpec("sum", TINY.datatype, TINY.shape),)


@pytest.mark.parametrize("datatype", list(Datatype))
def test_every_datatype_is_served(
    compile_model: Compile, identity_model: Callable[[Datatype], ov.Model], datatype: Datatype
) -> None:
    compiled = compile_model(identity_model(datatype))

    assert compiled.inputs == (TensorSpec("x", datatype, (ANY, ANY)),)


def test_infer_requests_are_as_many_as_asked_for(
    compile_model: Compile, tiny_model: ov.Model
) -> None:
    assert len(compile_model(tiny_model, nireq=3).slots) == 3


@pytest.mark.parametrize(("hint", "streams", "requests"), [("THROUGHPUT", 2, 4), ("LATENCY", 2, 2)])
def test_for_throughput_each_stream_has_a_request_that_waits(
    compile_model: Compile, tiny_model: ov.Model, hint: str, streams: int, requests: int
) -> None:
    config = {"PERFORMANCE_HINT": hint, "NUM_STREAMS": streams, "INFERENCE_NUM_THREADS": streams}
    compiled = compile_model(tiny_model, plugin_config=config)
    assert (compiled.streams, len(compiled.slots)) == (streams, requests)


def test_several_devices_do_not_say_what_runs_at_once(
    compile_model: Compile, tiny_model: ov.Model
) -> None:
    assert compile_model(tiny_model, target_device="AUTO:CPU").streams is None


def test_it_is_warm_and_knows_what_an_inference_takes(
    compile_model: Compile, tiny_model: ov.Model
) -> None:
    seconds = compile_model(tiny_model).seconds

    assert seconds is not None
    assert 0 < seconds < 0.1


def test_it_tells_what_reading_and_compiling_took(
    compile_model: Compile, tiny_model: ov.Model
) -> None:
    compiled = compile_model(tiny_model)

    assert compiled.read_seconds > 0
    assert compiled.compile_seconds > 0


@pytest.mark.parametrize(
    ("shape", "served"),
    [
        ((Dimension.of(2), Dimension.of(3)), (Dimension.of(2), Dimension.of(3))),
        ((Dimension(1, 8), ANY), (Dimension(1, 8), ANY)),
        ({"x": (Dimension.of(4), ANY)}, (Dimension.of(4), ANY)),
    ],
)
def test_a_shape_is_set(
    compile_model: Compile,
    identity_model: Callable[[Datatype], ov.Model],
    shape: Shapes,
    served: tuple[Dimension, ...],
) -> None:
    compiled = compile_model(identity_model(Datatype.FP32), shape=shape)

    assert compiled.inputs[0].shape == served
    assert compiled.outputs[0].shape == served


@pytest.mark.parametrize("batch", [Dimension.of(4), Dimension(1, 4), ANY])
def test_a_batch_size_sets_the_first_axis(
    compile_model: Compile, tiny_model: ov.Model, batch: Dimension
) -> None:
    compiled = compile_model(tiny_model, batch_size=batch)

    assert [tensor.shape for tensor in compiled.inputs] == [(batch, Dimension.of(10))] * 2


def test_a_shape_beats_a_batch_size(
    compile_model: Compile, identity_model: Callable[[Datatype], ov.Model]
) -> None:
    shape = (Dimension.of(2), Dimension.of(3))

    compiled = compile_model(identity_model(Datatype.FP32), shape=shape, batch_size=Dimension.of(9))

    assert compiled.inputs[0].shape == shape


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"shape": (Dimension.of(1),)}, "shape: name the inputs, the model has a, b"),
        ({"shape": {"c": ()}}, "shape: the model has no input c, it has a, b"),
        ({"shape": {"a": (Dimension.of(3), Dimension.of(4))}}, "Argument shapes are inconsistent."),
        ({"target_device": "XPU"}, 'Device with "XPU" name is not registered'),
        ({"plugin_config": {"FOO": 1}}, "Unsupported property FOO by CPU plugin"),
        ({"plugin_config": {"NUM_STREAMS": "x"}}, "Could not read number of streams from str: x"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    compile_model: Compile, tiny_model: ov.Model, settings: dict[str, object], words: str
) -> None:
    with pytest.raises(LoadError) as refusal:
        compile_model(tiny_model, **settings)

    assert words in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_model_that_refuses_the_smallest_shapes_is_served_all_the_same(
    compile_model: Compile,
) -> None:
    x = ops.parameter([-1, -1], np.float32, name="x")
    thirds = ops.reshape(x, ops.constant([3, -1], np.int64), special_zero=False)

    assert compile_model(ov.Model([thirds], [x], "thirds")).seconds is None


def test_compiled_models_are_kept_where_the_cache_is(
    compile_model: Compile, tiny_model: ov.Model, tmp_path: Path
) -> None:
    compile_model(tiny_model, cache_dir=str(tmp_path / "cache"))

    assert list((tmp_path / "cache/m/1").glob("*.blob"))


def test_openvino_itself_leaves_out_cores_that_the_process_may_not_use() -> None:
    """What the limit on threads relies on."""
    code = """
import os
os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
import modelserver_runtime.engine
import openvino as ov
from openvino import opset13 as ops
x = ops.parameter([1], ov.Type.f32)
model = ov.Model([ops.abs(x)], [x], "m")
compiled = ov.Core().compile_model(model, "CPU", {"PERFORMANCE_HINT": "THROUGHPUT"})
print(compiled.get_property("NUM_STREAMS"), compiled.get_property("INFERENCE_NUM_THREADS"))
"""
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True)

    assert done.stdout == b"1 1\n"
