"""What goes into an infer request comes out of it, whichever way it went in."""

from __future__ import annotations

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from modelserver_runtime.engine.slot import COPY_AT_MOST, DATATYPES, Slot
from modelserver_runtime.engine.text import with_text_exposed
from modelserver_runtime.tensors import NUMPY_DTYPES, Array, Datatype, Dimension, TensorSpec


def identity(element: ov.Type, axis: Dimension) -> Slot:
    """A slot of a model that answers with its input, a vector."""
    x = ops.parameter([axis.wire], element, name="x")
    model = ov.Model([ops.result(x)], [x], "identity")
    model = with_text_exposed(model)
    compiled = ov.Core().compile_model(model, "CPU")
    spec = TensorSpec("x", DATATYPES[element], (axis,))
    return Slot(compiled.create_infer_request(), [spec], [spec])


def values(datatype: Datatype, count: int) -> Array:
    if datatype is Datatype.BYTES:
        return np.array([b"\xff\x00%d\x00" % index for index in range(count)], np.object_)
    return (np.arange(count) % 2).astype(NUMPY_DTYPES[datatype])


@pytest.mark.parametrize("element", DATATYPES, ids=lambda element: element.to_string())
@pytest.mark.parametrize("axis", [Dimension.of(6), Dimension(1, None)], ids=["static", "dynamic"])
def test_every_datatype_passes_unchanged(element: ov.Type, axis: Dimension) -> None:
    slot = identity(element, axis)
    array = values(DATATYPES[element], 6)
    slot.bind([array])
    slot.run()
    assert slot.outputs()[0].tolist() == array.tolist()


@pytest.mark.parametrize("count", [4, COPY_AT_MOST], ids=["small", "large"])
def test_read_only_and_strided_arrays_are_accepted(count: int) -> None:
    slot = identity(ov.Type.f32, Dimension.of(count))
    read_only = np.frombuffer(np.arange(count, dtype=np.float32).tobytes(), np.float32)
    strided = np.arange(2 * count, dtype=np.float32)[::2]
    for array in (read_only, strided):
        slot.bind([array])
        slot.run()
        np.testing.assert_array_equal(slot.outputs()[0], array)


def test_a_large_writable_array_is_lent_and_not_copied() -> None:
    count = COPY_AT_MOST
    slot = identity(ov.Type.f32, Dimension.of(count))
    array = np.zeros(count, np.float32)
    slot.bind([array])
    array[0] = 7
    slot.run()
    assert slot.outputs()[0][0] == 7


def test_what_was_lent_is_not_written_to_by_the_next_request() -> None:
    slot = identity(ov.Type.f32, Dimension.of(COPY_AT_MOST))
    lent = np.zeros(COPY_AT_MOST, np.float32)
    slot.bind([lent])
    slot.bind([np.frombuffer(np.ones(COPY_AT_MOST, np.float32).tobytes(), np.float32)])
    slot.run()
    assert slot.outputs()[0].all()
    assert not lent.any()


def test_a_small_array_may_change_once_it_is_bound() -> None:
    slot = identity(ov.Type.f32, Dimension.of(1))
    array = np.zeros(1, np.float32)
    slot.bind([array])
    array[0] = 7
    slot.run()
    assert slot.outputs()[0][0] == 0
