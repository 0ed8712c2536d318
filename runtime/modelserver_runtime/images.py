"""Encoded images as inputs: JPEG and PNG, decoded and resized to what the model takes.

OpenVINO Model Server's way, so that a client sees the same scores: channels in BGR order, bilinear
sampling as OpenCV does it (without the smoothing that Pillow's own resize adds), orientation tags
not looked at. Beyond it, gray images and ones with transparency are taken by models of color and
the other way round, and channels may come first.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from math import prod
from typing import Final

import numpy as np
from PIL import Image, UnidentifiedImageError

from modelserver_runtime.errors import InvalidRequest
from modelserver_runtime.tensors import NUMPY_DTYPES, Array, Datatype, Dimension, TensorSpec

PIXELS_AT_MOST: Final = 1 << 26  # of one encoded image, which takes 192 MiB once it is decoded
BYTES_AT_MOST: Final = 1 << 30  # of all the images of an input, as the model takes them

_DECODED: Final = "NHWC"  # how a stack of images lies in memory
_MODES: Final = {3: "RGB", 1: "L", 4: "RGBA"}
"""Pillow's name for a number of channels; the first that a model accepts is the one it gets."""

_CHANNEL_ORDER: Final = {"L": [0], "RGB": [2, 1, 0], "RGBA": [2, 1, 0, 3]}

# A few bytes can decode to gigabytes: more pixels than these are refused before that.
Image.MAX_IMAGE_PIXELS = PIXELS_AT_MOST
warnings.simplefilter("error", Image.DecompressionBombWarning)


def takes_images(spec: TensorSpec) -> bool:
    """Whether BYTES for this input are meant as encoded images."""
    is_number = spec.datatype not in (Datatype.BYTES, Datatype.BOOL)
    return is_number and spec.shape is not None and len(spec.shape) == len(_DECODED)


def decode(encoded: Sequence[bytes], spec: TensorSpec) -> Array:
    """The images as one input of the model, of its datatype and in its layout.

    A size that the model leaves open is that of the first image, moved into the range there is.

    Raises:
        InvalidRequest: an image is broken or too large, or they don't fit the model.
    """
    axes = _axes(spec)
    if not encoded or not axes["N"].accepts(len(encoded)):
        raise InvalidRequest(
            f"Invalid input batch size - Expected: {axes['N']}; Actual: {len(encoded)}; "
            f"input name: {spec.name}"
        )
    mode = _mode(axes["C"], spec)
    with _naming(spec, 0):
        width, height = _size(_opened(encoded[0]), axes)
    stack = _stack((len(encoded), height, width, len(_CHANNEL_ORDER[mode])), spec)
    for index, content in enumerate(encoded):
        with _naming(spec, index):
            image = _resized(_in_mode(_opened(content), mode), (width, height), axes)
            stack[index] = _cast(_pixels(image), spec.datatype)
    return np.ascontiguousarray(stack.transpose([_DECODED.index(letter) for letter in axes]))


def _axes(spec: TensorSpec) -> dict[str, Dimension]:
    """The axes by letter, in the input's order.

    Where the layout is not known, channels are where their number can only be that.
    """
    shape = spec.shape or ()
    if sorted(spec.layout) == sorted(_DECODED):
        return dict(zip(spec.layout, shape, strict=True))
    for layout in (_DECODED, "NCHW"):
        axes = dict(zip(layout, shape, strict=True))
        if axes["C"].is_static and axes["C"].min in _MODES:
            return axes
    raise InvalidRequest(
        "Invalid input precision - An encoded image needs an input whose layout is known, "
        f"such as --layout NHWC:NCHW says it; input name: {spec.name}"
    )


def _mode(channels: Dimension, spec: TensorSpec) -> str:
    for count, mode in _MODES.items():
        if channels.accepts(count):
            return mode
    raise InvalidRequest(
        f"Invalid number of channels - Expected: {channels}; "
        f"Actual: an image, which has 1, 3 or 4; input name: {spec.name}"
    )


def _size(image: Image.Image, axes: dict[str, Dimension]) -> tuple[int, int]:
    """The width and height that the image is to have where it is alone."""
    return _clamped(image.width, axes["W"]), _clamped(image.height, axes["H"])


def _clamped(size: int, axis: Dimension) -> int:
    return max(size if axis.max is None else min(size, axis.max), axis.min)


def _stack(shape: tuple[int, ...], spec: TensorSpec) -> Array:
    dtype = NUMPY_DTYPES[spec.datatype]
    needed = prod(shape) * dtype.itemsize
    if needed > BYTES_AT_MOST:
        raise InvalidRequest(
            f"Invalid input size - Expected: images that take at most {BYTES_AT_MOST} bytes once "
            f"they are decoded; Actual: {needed} bytes; input name: {spec.name}"
        )
    return np.empty(shape, dtype)


@contextmanager
def _naming(spec: TensorSpec, index: int) -> Iterator[None]:
    """Whatever goes wrong with an image is the client's mistake."""
    try:
        yield
    except UnidentifiedImageError:
        reason = "bytes that are neither"
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        reason = f"one of more than {PIXELS_AT_MOST} pixels"
    except Exception as error:  # noqa: BLE001 - Pillow's decoders raise many kinds
        reason = str(error) or type(error).__name__
    else:
        return
    raise InvalidRequest(
        f"Invalid image - Expected: JPEG or PNG; Actual: {reason}; "
        f"input name: {spec.name}; image index: {index}"
    )


def _opened(content: bytes) -> Image.Image:
    """The image with its header read, and no more."""
    return Image.open(BytesIO(content), formats=("JPEG", "PNG"))


def _resized(image: Image.Image, size: tuple[int, int], axes: dict[str, Dimension]) -> Image.Image:
    if image.size == size:
        return image
    for letter, own, first in zip("WH", _size(image, axes), size, strict=True):
        if axes[letter].max is None and own != first:
            raise ValueError(f"{_by(image.size)} pixels, where the first image sets {_by(size)}")
    across, down = image.width / size[0], image.height / size[1]
    return image.transform(
        size, Image.Transform.AFFINE, (across, 0, 0, 0, down, 0), Image.Resampling.BILINEAR
    )


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"


def _in_mode(image: Image.Image, mode: str) -> Image.Image:
    if image.mode.startswith("I"):  # 16-bit gray, of which Pillow would cut the brighter part
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    return image.convert(mode)


def _pixels(image: Image.Image) -> Array:
    """Height, width and channels, in OpenCV's order."""
    pixels = np.asarray(image).reshape(image.height, image.width, -1)
    return pixels[..., _CHANNEL_ORDER[image.mode]]


def _cast(pixels: Array, datatype: Datatype) -> Array:
    match datatype:
        case Datatype.INT8:
            return np.minimum(pixels, np.iinfo(np.int8).max)
        case Datatype.BF16:
            return (pixels.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)
        case _:
            return pixels
