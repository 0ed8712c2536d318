"""Content to arrays and back: what goes in comes out, and what is wrong is said."""

from __future__ import annotations

from typing import Any, TypeAlias

import ml_dtypes
import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from tritonclient.utils import deserialize_bytes_tensor, serialize_byte_tensor

from modelserver_runtime.contents import to_array, to_raw
from modelserver_runtime.errors import Inexpressible, InvalidRequest
from modelserver_runtime.json_values import to_json
from modelserver_runtime.tensors import NUMPY_DTYPES, Array, Datatype, InputTensor, OutputTensor

NUMBERS = [datatype for datatype in Datatype if datatype is not Datatype.BYTES]
IN_JSON = [datatype for datatype in NUMBERS if datatype not in {Datatype.FP16, Datatype.BF16}]
SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
INFINITE = {Datatype.FP16, Datatype.FP32, Datatype.FP64}


Content: TypeAlias = memoryview | list[Any] | Array


def tensor(
    content: Content, shape: tuple[int, ...], datatype: Datatype = Datatype.FP32
) -> InputTensor:
    return InputTensor("b", datatype.value, shape, content)


def values(datatype: Datatype) -> st.SearchStrategy[Array]:
    """Arrays of a datatype; finite numbers only, since JSON has no others."""
    dtype = NUMPY_DTYPES[datatype]
    if dtype.kind != "f":
        return hnp.arrays(dtype, SHAPES)
    finite = st.floats(allow_nan=False, allow_infinity=False, width=dtype.itemsize * 8)
    return hnp.arrays(dtype, SHAPES, elements=finite)


@pytest.mark.parametrize("datatype", NUMBERS)
@given(data=st.data())
def test_raw_content_comes_back_as_it_went(datatype: Datatype, data: st.DataObject) -> None:
    array = data.draw(hnp.arrays(NUMPY_DTYPES[datatype], SHAPES))
    raw = to_raw(OutputTensor("y", datatype, array))
    again = to_array(tensor(memoryview(raw), array.shape, datatype), datatype)
    assert again.dtype == array.dtype
    assert again.shape == array.shape
    assert again.tobytes() == array.tobytes()


@pytest.mark.parametrize("datatype", IN_JSON)
@given(data=st.data())
def test_json_content_comes_back_flat_or_nested(datatype: Datatype, data: st.DataObject) -> None:
    array = data.draw(values(datatype))
    flat = orjson.loads(orjson.dumps(to_json(OutputTensor("y", datatype, array))))
    nested = array.tolist() if array.ndim else [array.item()]
    for content in (flat, nested):
        again = to_array(tensor(content, array.shape, datatype), datatype)
        assert again.dtype == array.dtype
        np.testing.assert_array_equal(again, array, strict=True)


@given(st.lists(st.binary(max_size=9), min_size=6, max_size=6))
def test_byte_elements_are_framed_as_tritons_client_frames_them(elements: list[bytes]) -> None:
    array = np.array(elements, np.object_).reshape(2, 3)
    raw = to_raw(OutputTensor("y", Datatype.BYTES, array))
    assert raw == serialize_byte_tensor(array).item()
    assert list(deserialize_bytes_tensor(raw)) == elements
    again = to_array(tensor(memoryview(raw), (2, 3), Datatype.BYTES), Datatype.BYTES)
    assert again.tolist() == array.tolist()


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=5))
def test_text_comes_back_through_json(texts: list[str]) -> None:
    array = to_array(tensor(texts, (len(texts),), Datatype.BYTES), Datatype.BYTES)
    assert array.tolist() == [text.encode() for text in texts]
    written = to_json(OutputTensor("y", Datatype.BYTES, array))
    assert orjson.loads(orjson.dumps(written)) == texts


def test_raw_content_is_seen_and_not_copied() -> None:
    body = bytearray(8)
    array = to_array(tensor(memoryview(body), (2,)), Datatype.FP32)
    array[1] = 1.5
    assert body[4:] == np.float32(1.5).tobytes()


def test_json_keeps_every_bit_of_a_64_bit_integer() -> None:
    largest = [2**63 - 1, -(2**63)]
    assert to_array(tensor(largest, (2,)), Datatype.INT64).tolist() == largest
    assert to_array(tensor([2**64 - 1], (1,)), Datatype.UINT64).tolist() == [2**64 - 1]


def test_half_precision_outputs_are_written_as_the_numbers_they_stand_for() -> None:
    numbers = [1.5, -0.25, 65280.0]
    half = OutputTensor("y", Datatype.FP16, np.array(numbers, np.float16))
    brain = OutputTensor("y", Datatype.BF16, np.array(numbers, ml_dtypes.bfloat16).view(np.uint16))
    assert orjson.loads(orjson.dumps(to_json(half))) == numbers
    assert orjson.loads(orjson.dumps(to_json(brain))) == numbers


def test_integers_that_protobuf_carried_in_32_bits_are_narrowed() -> None:
    array = to_array(tensor(np.array([-128, 127], np.int32), (2,)), Datatype.INT8)
    assert array.dtype == np.int8
    assert array.tolist() == [-128, 127]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            memoryview(bytes(36)),
            "Invalid content size of tensor proto - Expected: 40 bytes; Actual: 36 bytes; "
            "input name: b",
        ),
        (
            [0.0] * 9,
            "Invalid number of values in tensor proto container - Expected: 10 values; "
            "Actual: 9 values; input name: b",
        ),
        (
            [[0.0] * 9],
            "Invalid number of values in tensor proto container - Expected: 10 values; "
            "Actual: 9 values; input name: b",
        ),
        (
            np.zeros(9, np.float32),
            "Invalid number of values in tensor proto container - Expected: 10 values; "
            "Actual: 9 values; input name: b",
        ),
        (
            [[0.0] * 5, [0.0] * 5],
            "Invalid nesting of values - Expected: one flat array, or arrays nested as the shape "
            "(1,10); Actual: another nesting; input name: b",
        ),
        (
            [[0.0] * 9, 0.0],
            "Invalid nesting of values - Expected: one flat array, or arrays nested as the shape "
            "(1,10); Actual: arrays and values side by side; input name: b",
        ),
    ],
)
def test_content_that_does_not_fill_the_shape_is_refused(content: Content, message: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        to_array(tensor(content, (1, 10)), Datatype.FP32)
    assert refused.value.message == message


FLOATS = "FP32, a number from -3.4028234663852886e+38 to 3.4028234663852886e+38"


@pytest.mark.parametrize(
    ("datatype", "value", "allowed", "given_as"),
    [
        (Datatype.INT32, 1.5, "INT32, an integer from -2147483648 to 2147483647", "1.5"),
        (Datatype.INT8, 128, "INT8, an integer from -128 to 127", "128"),
        (Datatype.UINT8, -1, "UINT8, an integer from 0 to 255", "-1"),
        (Datatype.INT64, 2**63, f"INT64, an integer from {-(2**63)} to {2**63 - 1}", f"{2**63}"),
        (Datatype.UINT8, True, "UINT8, an integer from 0 to 255", "true"),
        (Datatype.FP32, True, FLOATS, "true"),
        (Datatype.FP32, None, FLOATS, "null"),
        (Datatype.FP32, "1", FLOATS, '"1"'),
        (Datatype.FP32, {"a": 1}, FLOATS, '{"a": 1}'),
        (Datatype.FP32, 1e39, FLOATS, "1e+39"),
        (Datatype.BOOL, 1, "BOOL, true or false", "1"),
        (Datatype.BYTES, 7, "BYTES, a string", "7"),
        (Datatype.BYTES, None, "BYTES, a string", "null"),
        (Datatype.BOOL, "x" * 99, "BOOL, true or false", '"' + "x" * 39 + "…"),
    ],
)
def test_a_json_value_that_the_datatype_cannot_hold_is_named(
    datatype: Datatype, value: object, allowed: str, given_as: str
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        to_array(tensor([value], (1,)), datatype)
    assert refused.value.message == (
        f"Invalid input value - Expected: {allowed}; Actual: {given_as}; input name: b"
    )


def test_a_list_among_values_is_named_as_the_value_it_is() -> None:
    with pytest.raises(InvalidRequest, match=r"Actual: \[2.0\]; input name: b"):
        to_array(tensor([1.0, [2.0]], (2,)), Datatype.FP32)


@given(st.lists(st.floats(width=32, allow_nan=False, max_value=2.0**100), min_size=1))
def test_json_numbers_are_rounded_to_bf16_as_ml_dtypes_does(numbers: list[float]) -> None:
    array = to_array(tensor(numbers, (len(numbers),)), Datatype.BF16)
    expected = np.array(numbers, np.float32).astype(ml_dtypes.bfloat16)
    assert array.tobytes() == expected.tobytes()


def test_json_numbers_become_fp16() -> None:
    array = to_array(tensor([1.5, -0.25, 1], (3,)), Datatype.FP16)
    assert array.dtype == np.float16
    assert array.tolist() == [1.5, -0.25, 1.0]


def test_a_number_that_fp16_cannot_hold_is_refused() -> None:
    with pytest.raises(InvalidRequest, match=r"FP16, a number from -65504\.0 to 65504\.0"):
        to_array(tensor([1e6], (1,)), Datatype.FP16)


def test_a_small_integer_out_of_range_in_a_32_bit_field_is_named() -> None:
    with pytest.raises(InvalidRequest, match="INT8, an integer from -128 to 127; Actual: 300;"):
        to_array(tensor(np.array([1, 300], np.int32), (2,)), Datatype.INT8)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (
            b"\x09\0\0\0abc",
            "Batch length metadata exceeded buffer size, buffer size: 7, batch length: 9",
        ),
        (b"\x03\0\0\0abc\0", "Processed bytes: 7 do not equal to buffer size: 8"),
    ],
)
def test_bytes_that_do_not_add_up_are_refused(raw: bytes, message: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        to_array(tensor(memoryview(raw), (1,)), Datatype.BYTES)
    assert refused.value.message == (
        f"Invalid content size of tensor proto - {message}; input name: b"
    )


def test_fewer_byte_elements_than_the_shape_has_are_refused() -> None:
    with pytest.raises(InvalidRequest, match="Expected: 2 values; Actual: 1 values"):
        to_array(tensor(memoryview(b"\x01\0\0\0a"), (2,)), Datatype.BYTES)


@pytest.mark.parametrize("content", [memoryview(b""), [], np.zeros(0, np.float32)])
@pytest.mark.parametrize(
    ("shape", "written"),
    [
        ((-1, 0), "(-1,0)"),
        ((0, 2**62, 2**62), f"(0,{2**62},{2**62})"),
        ((0, 2**64), f"(0,{2**64})"),
        ((0,) * 65, f"({','.join('0' * 65)})"),
    ],
)
def test_a_shape_that_no_array_can_have_is_refused(
    content: Content, shape: tuple[int, ...], written: str
) -> None:
    with pytest.raises(InvalidRequest, match="Invalid input shape") as refused:
        to_array(tensor(content, shape), Datatype.FP32)
    assert f"Actual: {written}; input name: b" in refused.value.message


@pytest.mark.parametrize("shape", [(2**31, 2**31), (2**63, 2**63)])
def test_a_huge_shape_is_refused_before_memory_is_asked_for(shape: tuple[int, ...]) -> None:
    for content in (memoryview(b"1234"), [1.0]):
        with pytest.raises(InvalidRequest, match=r"Invalid (content size|number of values)"):
            to_array(tensor(content, shape), Datatype.FP32)


@pytest.mark.parametrize("datatype", sorted(INFINITE))
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_an_output_without_a_json_form_is_an_error_and_never_null(
    datatype: Datatype, value: float
) -> None:
    output = OutputTensor("y", datatype, np.array([1, value], NUMPY_DTYPES[datatype]))
    with pytest.raises(Inexpressible) as failed:
        to_json(output)
    assert failed.value.message == (
        "output y holds NaN or Infinity, which JSON can't express; ask for it as binary data"
    )


def test_output_bytes_that_are_not_text_are_an_error_in_json() -> None:
    output = OutputTensor("y", Datatype.BYTES, np.array([b"\xff"], np.object_))
    with pytest.raises(Inexpressible, match="output y is not UTF-8 text"):
        to_json(output)


def test_the_text_null_is_text() -> None:
    output = OutputTensor("y", Datatype.BYTES, np.array([b"null"], np.object_))
    assert orjson.dumps(to_json(output)) == b'["null"]'


def test_an_output_is_written_row_by_row_whatever_its_memory_layout() -> None:
    output = OutputTensor("y", Datatype.INT32, np.arange(6, dtype=np.int32).reshape(3, 2).T)
    assert orjson.dumps(to_json(output)) == b"[0,2,4,1,3,5]"
    assert to_raw(output) == np.array([0, 2, 4, 1, 3, 5], np.int32).tobytes()
