"""Which inputs are decoded, and in what forms images may come."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from modelserver_runtime.image_inputs import decode_images, has_images
from modelserver_runtime.tensors import Array, Datatype, Dimension, InputTensor, TensorSpec

D = Dimension.of
PICTURE = TensorSpec("picture", Datatype.UINT8, (D(1), D(2), D(2), D(3)))
VECTOR = TensorSpec("vector", Datatype.FP32, (D(1), D(3)))


@pytest.fixture(scope="module")
def png() -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (2, 2), (1, 2, 3)).save(buffer, "PNG")
    return buffer.getvalue()


def with_length(content: bytes) -> bytes:
    return len(content).to_bytes(4, "little") + content


async def decoded(content: memoryview | Array, shape: tuple[int, ...] = (1,)) -> object:
    (tensor,) = await decode_images([InputTensor("picture", "BYTES", shape, content)], [PICTURE])
    assert tensor.datatype == "UINT8"
    assert isinstance(tensor.content, np.ndarray)
    return tensor.content[0, 0, 0].tolist()


async def test_images_come_with_their_length_in_front(png: bytes) -> None:
    assert await decoded(memoryview(with_length(png))) == [3, 2, 1]


async def test_a_lone_image_may_be_the_whole_content(png: bytes) -> None:
    assert await decoded(memoryview(png)) == [3, 2, 1]


async def test_images_come_in_a_field_of_their_own(png: bytes) -> None:
    assert await decoded(np.array([png], np.object_)) == [3, 2, 1]


async def test_other_inputs_are_left_alone(png: bytes) -> None:
    vector = InputTensor("vector", "FP32", (1, 3), [1, 2, 3])
    picture = InputTensor("picture", "BYTES", (1,), memoryview(png))

    left, _ = await decode_images([vector, picture], [PICTURE, VECTOR])

    assert left is vector


@pytest.mark.parametrize(
    ("name", "datatype", "expected"),
    [
        ("picture", "BYTES", True),
        ("picture", "UINT8", False),
        ("vector", "BYTES", False),
        ("other", "BYTES", False),
    ],
)
def test_bytes_for_an_input_of_images_are_images(name: str, datatype: str, expected: bool) -> None:
    tensor = InputTensor(name, datatype, (1,), memoryview(b""))
    assert has_images([tensor], [PICTURE, VECTOR]) is expected
