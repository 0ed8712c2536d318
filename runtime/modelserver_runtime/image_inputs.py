"""Which inputs of a request are encoded images, and their decoding away from the event loop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from operator import attrgetter
from typing import Final

from modelserver_runtime.contents import to_array
from modelserver_runtime.images import decode, takes_images
from modelserver_runtime.tensors import Datatype, InputTensor, TensorSpec

_ENCODED: Final = Datatype.BYTES.value  # plain text compares faster
_DATATYPE: Final = attrgetter("datatype")
_SIGNATURES: Final = (b"\xff\xd8\xff", b"\x89PNG")
_LENGTH: Final = 4  # bytes, that of an element's length in front of it

_THREADS: Final = ThreadPoolExecutor(len(os.sched_getaffinity(0)), "images")
"""Not the event loop's own: those may be busy with compiling models for minutes."""


def has_images(inputs: Sequence[InputTensor], specs: Sequence[TensorSpec]) -> bool:
    """Whether an input of the request is to be decoded."""
    if _ENCODED not in map(_DATATYPE, inputs):  # every request comes by here
        return False
    return any(_spec_of_images(tensor, specs) for tensor in inputs)


async def decode_images(
    inputs: Sequence[InputTensor], specs: Sequence[TensorSpec]
) -> tuple[InputTensor, ...]:
    """The inputs, with encoded images in the form of tensors that the model takes.

    Raises:
        InvalidRequest: see images.decode.
    """
    return tuple([await _decoded(tensor, _spec_of_images(tensor, specs)) for tensor in inputs])


def _spec_of_images(tensor: InputTensor, specs: Sequence[TensorSpec]) -> TensorSpec | None:
    """What the model wants of the input, where that is images and they come encoded."""
    if tensor.datatype != _ENCODED:
        return None
    return next((spec for spec in specs if spec.name == tensor.name and takes_images(spec)), None)


async def _decoded(tensor: InputTensor, spec: TensorSpec | None) -> InputTensor:
    if spec is None:
        return tensor
    loop = asyncio.get_running_loop()
    array = await loop.run_in_executor(_THREADS, decode, _elements(tensor), spec)
    return InputTensor(tensor.name, spec.datatype, array.shape, array)


def _elements(tensor: InputTensor) -> list[bytes]:
    content = tensor.content
    if isinstance(content, memoryview) and _is_one_image(content):
        return [bytes(content)]
    elements: list[bytes] = to_array(tensor, Datatype.BYTES).ravel().tolist()
    return elements


def _is_one_image(content: memoryview) -> bool:
    """Whether it is the file itself, which a client may send without its length in front."""
    head = bytes(content[:_LENGTH])
    return head.startswith(_SIGNATURES) and int.from_bytes(head, "little") != len(content) - _LENGTH
