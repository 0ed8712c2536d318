"""The tensors that are sent."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from modelserver_runtime import option_values
from modelserver_runtime.settings import SettingsError
from modelserver_runtime.tensors import NUMPY_DTYPES, Datatype
from modelserver_runtime.tools.bench.apis.port import ModelInput
from modelserver_runtime.tools.bench.data import payloads, shape_of
from modelserver_runtime.tools.bench.options import DataOptions

IMAGE = ModelInput("x", Datatype.FP32, (-1, 3, -1, -1))
TWO = (ModelInput("a", Datatype.INT64, (2,)), ModelInput("b", Datatype.FP32, (2, 2)))


@pytest.mark.parametrize("datatype", Datatype)
def test_made_up_data_has_the_datatype_and_shape_of_the_model(datatype: Datatype) -> None:
    (tensor,) = payloads([ModelInput("x", datatype, (2, 3))], DataOptions())[0].tensors
    assert tensor.array.dtype == NUMPY_DTYPES[datatype]
    assert tensor.array.shape == (2, 3)


@pytest.mark.parametrize("datatype", [Datatype.INT8, Datatype.UINT8, Datatype.FP32])
def test_made_up_numbers_stay_within_the_values_asked_for(datatype: Datatype) -> None:
    options = DataOptions(min_value=-3.0, max_value=5.0)
    (tensor,) = payloads([ModelInput("x", datatype, (500,))], options)[0].tensors
    least = 0 if datatype is Datatype.UINT8 else -3
    assert least <= tensor.array.min() < tensor.array.max() <= 5


SHAPES = [
    (None, (4, 3), None, (4, 3)),
    (None, (-1, 3), None, (1, 3)),
    (None, (-1, 3), 8, (8, 3)),
    (None, (4, 3), 8, (8, 3)),
    (None, (), 8, ()),
    ("(2,3,30,30)", (-1, 3, -1, -1), None, (2, 3, 30, 30)),
    ("(2,3,30,30)", (-1, 3, -1, -1), 8, (8, 3, 30, 30)),
    ('{"x": "(2,5)"}', (-1, -1), None, (2, 5)),
    ('{"y": "(2,5)"}', (-1, 3), None, (1, 3)),
]


@pytest.mark.parametrize(("asked", "model", "batch", "expected"), SHAPES)
def test_sizes_are_those_asked_for_else_the_models_own(
    asked: str | None, model: tuple[int, ...], batch: int | None, expected: tuple[int, ...]
) -> None:
    options = DataOptions(shapes=None if asked is None else option_values.shapes(asked))
    assert shape_of(ModelInput("x", Datatype.FP32, model), batch, options) == expected


def test_an_open_axis_without_a_size_is_named() -> None:
    with pytest.raises(SettingsError, match=r"input x has the shape \[-1, 3, -1, -1\]: .* --shape"):
        payloads([IMAGE], DataOptions())


def test_batch_sizes_take_turns_and_count_as_frames() -> None:
    inputs = [ModelInput("x", Datatype.FP32, (-1, 3))]
    assert [made.frames for made in payloads(inputs, DataOptions(batch_sizes=(1, 4)))] == [1, 4]


def test_npy_is_the_only_input(tmp_path: Path) -> None:
    values = np.ones((2, 3, 4, 4))
    np.save(tmp_path / "x.npy", values)
    (made,) = payloads([IMAGE], DataOptions((str(tmp_path / "x.npy"),)))
    assert made.frames == 2
    assert made.tensors[0].array.dtype == np.float32
    np.testing.assert_array_equal(made.tensors[0].array, values)


def test_json_and_npz_hold_arrays_by_input(tmp_path: Path) -> None:
    arrays = {"a": [1, 2], "b": [[1.5, 2.0], [3.0, 4.0]]}
    (tmp_path / "x.json").write_text(json.dumps(arrays))
    np.savez(tmp_path / "x.npz", **{key: np.array(value) for key, value in arrays.items()})
    files = tuple(str(tmp_path / name) for name in ("x.json", "x.npz"))
    for made in payloads(TWO, DataOptions(files)):
        assert {tensor.name: tensor.array.tolist() for tensor in made.tensors} == arrays
        assert [tensor.datatype for tensor in made.tensors] == [Datatype.INT64, Datatype.FP32]


def test_an_image_is_sent_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "x.jpg").write_bytes(b"\xff\xd8")
    (tensor,) = payloads([IMAGE], DataOptions((str(tmp_path / "x.jpg"),)))[0].tensors
    assert (tensor.datatype, tensor.array.tolist()) == (Datatype.BYTES, [b"\xff\xd8"])


REFUSED = [
    ("x.json", b'{"a": [1, 2]}', "has no array for the input b"),
    ("x.json", b'{"a": [1.5], "b": [1.0]}', "input a takes INT64, not float64"),
    ("x.json", b"[1]", "an object with an array for each input"),
    ("x.json", b"{", "x.json: "),
    ("x.npz", b"no archive", "x.npz: "),
    ("x.png", b"", "holds one tensor, and the model takes a, b"),
    ("x.txt", b"", "allowed are .npy"),
]


@pytest.mark.parametrize(("name", "content", "words"), REFUSED)
def test_a_file_that_is_not_for_the_model_is_refused(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SettingsError, match=words):
        payloads(TWO, DataOptions((str(tmp_path / name),)))


def test_a_missing_file_is_named() -> None:
    with pytest.raises(SettingsError, match=r"nowhere.npy: .*No such file"):
        payloads([IMAGE], DataOptions(("nowhere.npy",)))
