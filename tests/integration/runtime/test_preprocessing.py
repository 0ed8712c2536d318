"""What is built in front of a model computes what NumPy does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from modelserver_runtime.engine.compiler import Compiled, LoadError, load
from modelserver_runtime.engine.core import create_core
from modelserver_runtime.settings import Conversion, ModelSettings
from modelserver_runtime.tensors import Array, Datatype, Dimension

# isort: split
import openvino as ov
from openvino import opset13 as ops

PICTURE = np.random.default_rng(3).integers(0, 256, (1, 4, 5, 3), np.uint8)  # NHWC
FLOATS = PICTURE.astype(np.float32)
TO_NCHW = Conversion(client="NHWC", model="NCHW")

Load = Callable[..., Compiled]


@pytest.fixture(scope="module")
def core() -> ov.Core:
    return create_core()


@pytest.fixture
def load_copier(core: ov.Core, tmp_path: Path, kept: Callable[[Compiled], Compiled]) -> Load:
    """Loads a model whose outputs ``y0…`` are its FP32 inputs ``x0…``, all of the shapes given."""

    def load_it(*shapes: list[int], **settings: object) -> Compiled:
        inputs = [ops.parameter(shape, ov.Type.f32, name="x") for shape in shapes]
        outputs = [ops.multiply(x, ops.constant(1.0, ov.Type.f32)) for x in inputs]
        for index, (x, y) in enumerate(zip(inputs, outputs, strict=True)):
            x.output(0).set_names({f"x{index}"})
            y.output(0).set_names({f"y{index}"})
        ov.save_model(ov.Model(outputs, inputs, "copier"), tmp_path / "model.xml")
        asked = ModelSettings("m", str(tmp_path), **settings)  # type: ignore[arg-type]
        return kept(load(core, tmp_path / "model.xml", asked, threads=2))

    return load_it


def answer(compiled: Compiled, array: Array) -> Array:
    slot = compiled.slots[0]
    slot.bind([array])
    slot.run()
    return slot.outputs()[0].copy()


def sizes(compiled: Compiled) -> list[tuple[int, ...] | None]:
    return [tensor.static_shape for tensor in compiled.inputs]


def test_a_layout_turns_the_clients_axes_into_the_models(load_copier: Load) -> None:
    compiled = load_copier([1, 3, 4, 5], layout=TO_NCHW)

    assert sizes(compiled) == [(1, 4, 5, 3)]
    assert compiled.inputs[0].layout == "NHWC"
    np.testing.assert_array_equal(answer(compiled, FLOATS), FLOATS.transpose(0, 3, 1, 2))


def test_a_layout_of_one_part_converts_nothing(load_copier: Load) -> None:
    compiled = load_copier([1, 3, 4, 5], layout=Conversion("NCHW", "NCHW"))

    assert sizes(compiled) == [(1, 3, 4, 5)]
    assert compiled.inputs[0].layout == "NCHW"


def test_layouts_are_given_by_name_to_inputs_and_outputs(load_copier: Load) -> None:
    layouts = {"x0": TO_NCHW, "y1": Conversion(client="CN", model="NC")}

    compiled = load_copier([1, 3, 4, 5], [2, 7], layout=layouts)

    assert sizes(compiled) == [(1, 4, 5, 3), (2, 7)]
    assert [tensor.static_shape for tensor in compiled.outputs] == [(1, 3, 4, 5), (7, 2)]


def test_shapes_are_those_of_the_clients_layout(load_copier: Load) -> None:
    shape = tuple(map(Dimension.of, (2, 8, 9, 3)))

    compiled = load_copier([1, 3, 4, 5], layout=TO_NCHW, shape=shape)

    assert sizes(compiled) == [(2, 8, 9, 3)]
    assert compiled.outputs[0].static_shape == (2, 3, 8, 9)


def test_a_batch_size_is_set_where_the_layout_has_it(load_copier: Load) -> None:
    compiled = load_copier([3, 1], layout=Conversion("CN", "CN"), batch_size=Dimension.of(8))

    assert sizes(compiled) == [(3, 8)]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"mean": 10.0}, FLOATS - 10),
        ({"scale": 4.0}, FLOATS / 4),
        ({"mean": (1.0, 2.0, 3.0)}, FLOATS - [1, 2, 3]),
        ({"mean": (1.0, 2.0, 3.0), "scale": (2.0, 4.0, 8.0)}, (FLOATS - [1, 2, 3]) / [2, 4, 8]),
        ({"color_format": Conversion(client="BGR", model="RGB")}, FLOATS[..., ::-1]),
        (
            {"color_format": Conversion("BGR", "RGB"), "mean": (1.0, 2.0, 3.0)},
            FLOATS[..., ::-1] - [1, 2, 3],
        ),
    ],
    ids=["mean", "scale", "per channel", "mean before scale", "color", "color before mean"],
)
def test_values_are_converted(
    load_copier: Load, settings: dict[str, object], expected: Array
) -> None:
    compiled = load_copier([1, 3, 4, 5], layout=TO_NCHW, **settings)

    np.testing.assert_allclose(
        answer(compiled, FLOATS), expected.transpose(0, 3, 1, 2), rtol=1e-6, atol=1e-4
    )


def test_a_precision_is_the_clients_and_the_mean_is_taken_in_the_models(load_copier: Load) -> None:
    compiled = load_copier(
        [1, 3, 4, 5], layout=TO_NCHW, precision=Conversion("UINT8", "FP32"), mean=200.0
    )

    assert compiled.inputs[0].datatype is Datatype.UINT8
    np.testing.assert_array_equal(answer(compiled, PICTURE), FLOATS.transpose(0, 3, 1, 2) - 200)


def test_a_camera_format_is_taken_as_it_comes(load_copier: Load) -> None:
    compiled = load_copier(
        [1, 3, 4, 4],
        layout=TO_NCHW,
        precision=Conversion("UINT8", "FP32"),
        color_format=Conversion(client="NV12", model="RGB"),
    )

    gray = np.full((1, 6, 4, 1), 128, np.uint8)  # no color: both planes of it are in the middle
    assert sizes(compiled) == [(1, 6, 4, 1)]
    np.testing.assert_allclose(answer(compiled, gray), 130, atol=1)  # (128 - 16) * 1.164


@pytest.mark.parametrize(
    ("shapes", "settings", "words"),
    [
        ([[1, 3], [1, 3]], {"layout": TO_NCHW}, "layout: name the inputs, the model has x0, x1"),
        (
            [[1, 3]],
            {"layout": {"z": TO_NCHW}},
            "layout: the model has no input or output z, it has x0, y0",
        ),
        (
            [[1, 3], [1, 3]],
            {"mean": 1.0},
            "mean: is for models with one input, this one has x0, x1",
        ),
        (
            [[1, 3, 4, 5]],
            {"scale": (1.0, 2.0, 3.0)},
            "scale: a value per channel needs a layout that says where C is",
        ),
        ([[1, 3]], {"layout": TO_NCHW}, "shall match with input shape rank 2"),
        (
            [[1, 3, 4, 5]],
            {"layout": TO_NCHW, "mean": (1.0, 2.0)},
            "Number of channels and mean/values size mismatch: Channels = 3, mean/scale = 2",
        ),
    ],
)
def test_what_cannot_be_converted_is_said_in_one_line(
    load_copier: Load, shapes: list[list[int]], settings: dict[str, object], words: str
) -> None:
    with pytest.raises(LoadError) as refusal:
        load_copier(*shapes, **settings)

    assert words in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("settings", "inputs", "outputs"),
    [
        ({"shape": "auto"}, ["(-1,-1)", "(-1,-1)"], ["(-1,-1)", "(-1,-1)"]),
        ({"shape": {"x1": "auto"}}, ["(1,3)", "(-1,-1)"], ["(1,3)", "(-1,-1)"]),
        ({"batch_size": "auto"}, ["(-1,3)", "(-1,4)"], ["(-1,3)", "(-1,4)"]),
    ],
)
def test_an_open_model_says_what_it_would_take_and_give(
    load_copier: Load, settings: dict[str, object], inputs: list[str], outputs: list[str]
) -> None:
    model = load_copier([1, 3], [1, 4], **settings).open

    assert model is not None
    for tensors, expected in ((model.inputs, inputs), (model.outputs, outputs)):
        written = [f"({','.join(map(str, tensor.shape or ()))})" for tensor in tensors]
        assert written == expected


@pytest.mark.parametrize(("allow_cache", "is_cached"), [(False, False), (True, True)])
def test_open_models_fill_the_disk_only_if_they_may(
    load_copier: Load, tmp_path: Path, allow_cache: bool, is_cached: bool
) -> None:
    cache = tmp_path / "cache"

    load_copier([1, 3], shape={"x0": "auto"}, cache_dir=str(cache), allow_cache=allow_cache)

    assert any(cache.rglob("*.blob")) is is_cached


def test_an_open_model_is_compiled_for_the_sizes_of_a_request(load_copier: Load) -> None:
    model = load_copier([1, 3], [1, 4], shape={"x1": "auto"}).open
    assert model is not None

    compiled = model.compile(((7, 2),))

    assert sizes(compiled) == [(1, 3), (7, 2)]
    assert [tensor.static_shape for tensor in compiled.outputs] == [(1, 3), (7, 2)]
