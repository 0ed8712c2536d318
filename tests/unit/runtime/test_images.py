"""Encoded images become what OpenVINO Model Server makes of them with OpenCV."""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO
from zlib import crc32

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from modelserver_runtime import images
from modelserver_runtime.errors import InvalidRequest
from modelserver_runtime.images import decode, takes_images
from modelserver_runtime.tensors import Array, Datatype, Dimension, TensorSpec

ANY = Dimension(0, None)
PIXELS = np.random.default_rng(7).integers(0, 256, (6, 9, 3), np.uint8)  # RGB


def spec(*sizes: int | Dimension, datatype: str = "UINT8", layout: str = "") -> TensorSpec:
    shape = tuple(size if isinstance(size, Dimension) else Dimension.of(size) for size in sizes)
    return TensorSpec("x", Datatype(datatype), shape, layout)


def encoded(pixels: Array, form: str = "PNG", **options: object) -> bytes:
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, form, **options)
    return buffer.getvalue()


PNG = encoded(PIXELS)


def bilinear(pixels: Array, height: int, width: int) -> Array:
    """OpenCV's INTER_LINEAR, written down from its definition."""

    def ends(size: int, count: int) -> tuple[Array, Array, Array]:
        at = np.clip((np.arange(size) + 0.5) * count / size - 0.5, 0, count - 1)
        low = np.floor(at).astype(int)
        return low, np.minimum(low + 1, count - 1), at - low

    top, bottom, down = ends(height, pixels.shape[0])
    left, right, along = ends(width, pixels.shape[1])
    rows = pixels[top] * (1 - down)[:, None, None] + pixels[bottom] * down[:, None, None]
    blended: Array = rows[:, left] * (1 - along)[:, None] + rows[:, right] * along[:, None]
    return blended


def test_channels_come_in_blue_green_red_order() -> None:
    assert decode([PNG], spec(1, 6, 9, 3)).tolist() == [PIXELS[..., ::-1].tolist()]


@pytest.mark.parametrize(
    ("shape", "layout"),
    [((1, 3, 6, 9), "NCHW"), ((1, 3, 6, 9), ""), ((6, 9, 3, 1), "HWCN")],
)
def test_the_models_layout_is_kept(shape: tuple[int, ...], layout: str) -> None:
    array = decode([PNG], spec(*shape, layout=layout))
    order = ["NHWC".index(letter) for letter in layout or "NCHW"]
    assert array.tolist() == PIXELS[None, ..., ::-1].transpose(order).tolist()
    assert array.flags.c_contiguous


@pytest.mark.parametrize(("height", "width"), [(3, 4), (12, 18), (6, 5), (1, 1), (31, 7)])
def test_sizes_are_fitted_as_opencv_does(height: int, width: int) -> None:
    array = decode([PNG], spec(1, height, width, 3))
    expected = bilinear(PIXELS[..., ::-1], height, width)
    np.testing.assert_allclose(array[0], expected, atol=1.01)


@pytest.mark.parametrize(
    ("height", "width", "size"),
    [
        (ANY, ANY, (6, 9)),
        (Dimension(2, 4), Dimension(10, 20), (4, 10)),
        (Dimension(5, 7), Dimension(1, None), (6, 9)),
        (Dimension.of(4), ANY, (4, 9)),
        (ANY, Dimension(12, None), (6, 12)),
    ],
)
def test_an_open_size_is_the_first_images_as_far_as_allowed(
    height: Dimension, width: Dimension, size: tuple[int, int]
) -> None:
    assert decode([PNG], spec(1, height, width, 3)).shape == (1, *size, 3)


def test_a_batch_may_hold_images_of_several_sizes() -> None:
    assert decode([PNG, encoded(PIXELS[:3])], spec(2, 4, 4, 3)).shape == (2, 4, 4, 3)


def test_where_any_size_is_taken_all_images_have_the_firsts() -> None:
    with pytest.raises(InvalidRequest, match="9x3 pixels, where the first image sets 9x6") as no:
        decode([PNG, encoded(PIXELS[:3])], spec(ANY, ANY, ANY, 3))
    assert no.value.message.endswith("input name: x; image index: 1")


@pytest.mark.parametrize("datatype", ["UINT8", "UINT16", "INT32", "FP16", "FP32", "FP64"])
def test_values_are_cast_to_the_models_datatype(datatype: str) -> None:
    array = decode([PNG], spec(1, 6, 9, 3, datatype=datatype))
    assert array.tolist() == [PIXELS[..., ::-1].tolist()]


def test_bf16_is_carried_as_its_bits() -> None:
    bits = decode([PNG], spec(1, 6, 9, 3, datatype="BF16"))
    assert bits.view(ml_dtypes.bfloat16).astype(int).tolist() == [PIXELS[..., ::-1].tolist()]


def test_what_int8_cannot_hold_is_its_largest_value() -> None:
    array = decode([PNG], spec(1, 6, 9, 3, datatype="INT8"))
    assert array.tolist() == [np.minimum(PIXELS[..., ::-1], 127).tolist()]


def test_gray_goes_into_a_model_of_color_and_back() -> None:
    gray = encoded(PIXELS[..., 0])
    assert decode([gray], spec(1, 6, 9, 3)).tolist() == [
        np.stack([PIXELS[..., 0]] * 3, -1).tolist()
    ]
    assert decode([PNG], spec(1, 6, 9, 1)).shape == (1, 6, 9, 1)


def test_transparency_is_dropped_or_added() -> None:
    alpha = np.full((6, 9, 1), 77, np.uint8)
    with_alpha = encoded(np.concatenate([PIXELS, alpha], -1))
    assert decode([with_alpha], spec(1, 6, 9, 3)).tolist() == [PIXELS[..., ::-1].tolist()]
    assert decode([PNG], spec(1, 6, 9, 4))[..., 3].tolist() == [[[255] * 9] * 6]


def test_16_bit_gray_keeps_its_upper_half() -> None:
    deep = (np.arange(54, dtype=np.uint16) * 1000).reshape(6, 9)
    assert decode([encoded(deep)], spec(1, 6, 9, 1))[0, ..., 0].tolist() == (deep >> 8).tolist()


def test_jpeg_is_decoded() -> None:
    smooth = np.tile(np.linspace(0, 255, 16, dtype=np.uint8)[:, None, None], (1, 16, 3))
    array = decode([encoded(smooth, "JPEG", quality=95)], spec(1, 16, 16, 3))
    np.testing.assert_allclose(array[0], smooth, atol=4)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "bytes that are neither"),
        (b"no image at all", "bytes that are neither"),
        (encoded(PIXELS, "GIF"), "bytes that are neither"),
        (PNG[:60], "truncated"),
        (encoded(PIXELS, "JPEG")[:400], "Truncated"),
    ],
)
def test_a_broken_image_is_named_with_its_input_and_place(content: bytes, reason: str) -> None:
    with pytest.raises(InvalidRequest, match=f"Expected: JPEG or PNG; Actual: .*{reason}") as no:
        decode([PNG, content], spec(2, 6, 9, 3))
    assert no.value.message.endswith("input name: x; image index: 1")


@given(st.integers(0, len(PNG) - 1), st.integers(0, 255))
def test_a_damaged_image_is_decoded_or_refused(position: int, value: int) -> None:
    damaged = bytearray(PNG)
    damaged[position] = value
    with suppress(InvalidRequest):
        assert decode([bytes(damaged)], spec(1, 6, 9, 3)).shape == (1, 6, 9, 3)


@pytest.mark.parametrize("side", [8193, 60_000])
def test_an_image_of_too_many_pixels_is_refused_before_it_is_decoded(side: int) -> None:
    huge = bytearray(PNG)
    huge[16:24] = side.to_bytes(4, "big") * 2  # width and height in the header
    huge[29:33] = crc32(huge[12:29]).to_bytes(4, "big")
    with pytest.raises(InvalidRequest, match="more than 67108864 pixels"):
        decode([bytes(huge)], spec(1, 6, 9, 3))


def test_images_that_take_too_much_memory_together_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(images, "BYTES_AT_MOST", 6 * 9 * 3 * 4)
    with pytest.raises(InvalidRequest, match=r"at most 648 bytes .* Actual: 1296 bytes"):
        decode([PNG, PNG], spec(ANY, 6, 9, 3, datatype="FP32"))


@pytest.mark.parametrize("count", [0, 2])
def test_the_number_of_images_is_the_batch(count: int) -> None:
    with pytest.raises(InvalidRequest, match=f"batch size - Expected: 1; Actual: {count}; "):
        decode([PNG] * count, spec(1, 6, 9, 3))


def test_a_layout_that_cannot_be_guessed_is_asked_for() -> None:
    with pytest.raises(InvalidRequest, match="such as --layout NHWC:NCHW says it; input name: x"):
        decode([PNG], spec(1, 6, 9, 7))


def test_a_number_of_channels_that_no_image_has_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="channels - Expected: 7; Actual: an image"):
        decode([PNG], spec(1, 6, 9, 7, layout="NHWC"))


@pytest.mark.parametrize(
    ("of_model", "takes"),
    [
        (spec(1, 6, 9, 3), True),
        (spec(1, 6, 9), False),
        (spec(1, 6, 9, 3, datatype="BYTES"), False),
        (TensorSpec("x", Datatype.FP32, None), False),
    ],
)
def test_images_are_for_inputs_of_four_axes(of_model: TensorSpec, takes: bool) -> None:
    assert takes_images(of_model) is takes
