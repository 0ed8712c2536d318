"""One infer request and the memory that its inputs and outputs live in.

Two ways lead an input into OpenVINO. A small one is copied into the request's own buffer, which
costs a microsecond; a large one is lent to the request without a copy, which costs about three.
Only writable memory can be lent. What is not, such as what came by gRPC, is copied into the buffer
as well: a writable copy of it would cost the same, and new memory each time. Outputs are never
copied here: they are views of the request's memory, valid until the slot is used again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import openvino as ov
from openvino._pyopenvino import InferRequest as NativeRequest

from modelserver_runtime.engine import text
from modelserver_runtime.engine.callbacks import call_back
from modelserver_runtime.tensors import Array, Datatype, TensorSpec

COPY_AT_MOST: Final = 16 * 1024  # bytes; above it, lending beats copying

_ELEMENT_TYPES: Final = {
    Datatype.BOOL: ov.Type.boolean,
    Datatype.INT8: ov.Type.i8,
    Datatype.INT16: ov.Type.i16,
    Datatype.INT32: ov.Type.i32,
    Datatype.INT64: ov.Type.i64,
    Datatype.UINT8: ov.Type.u8,
    Datatype.UINT16: ov.Type.u16,
    Datatype.UINT32: ov.Type.u32,
    Datatype.UINT64: ov.Type.u64,
    Datatype.FP16: ov.Type.f16,
    Datatype.BF16: ov.Type.bf16,
    Datatype.FP32: ov.Type.f32,
    Datatype.FP64: ov.Type.f64,
    Datatype.BYTES: ov.Type.string,
}

DATATYPES: Final = {element: datatype for datatype, element in _ELEMENT_TYPES.items()}
"""OpenVINO's element types that can be served, under their protocol names."""


class Slot:
    """An infer request that is used by one inference at a time.

    Args:
        request: a fresh request of the compiled model, whose text is exposed (see text).
        inputs: the model's inputs, in the compiled model's order.
        outputs: likewise.
    """

    __slots__ = ("_inputs", "_on_done", "_outputs", "_request")

    def __init__(
        self,
        request: ov.InferRequest,
        inputs: Sequence[TensorSpec],
        outputs: Sequence[TensorSpec],
    ) -> None:
        self._request = request
        self._inputs = [
            _input(request, ports, spec)
            for ports, spec in zip(text.ports(inputs), inputs, strict=True)
        ]
        self._outputs = [
            (ports, spec.datatype) for ports, spec in zip(text.ports(outputs), outputs, strict=True)
        ]
        # The callback must not lead back to this slot: that circle would pass through C++, where
        # the garbage collector can't see it, and an unloaded model would never be freed.
        self._on_done = on_done = list[Callable[[], None]]()
        request.set_callback(lambda _: call_back(on_done.pop()), None)

    def bind(self, arrays: Sequence[Array]) -> None:
        """Take the inputs, in the model's order, each of its datatype and an accepted shape."""
        for slot_input, array in zip(self._inputs, arrays, strict=True):
            slot_input.bind(array)

    def run(self) -> None:
        """Infer in the calling thread. Raises RuntimeError where the device fails."""
        # The wrapper's own infer() dispatches on argument types for 30 microseconds; this takes 5.
        NativeRequest.infer(self._request, {}, True, False)

    def start(self, on_done: Callable[[], None]) -> None:
        """Infer on OpenVINO's threads; ``on_done`` is called on one of them if all goes well.

        If not, nobody is told: see check.
        """
        self._on_done[:] = [on_done]
        NativeRequest.start_async(self._request, {}, None)

    def check(self) -> None:
        """Raise RuntimeError if the inference started last has failed by now."""
        self._request.wait_for(0)

    def settle(self) -> None:
        """Wait for the inference started last. Raises RuntimeError where it fails."""
        self._request.wait()

    def outputs(self) -> list[Array]:
        """Views of the outputs, in the model's order; valid until the next bind or run."""
        return [_read(self._request, ports, datatype) for ports, datatype in self._outputs]


def _input(request: ov.InferRequest, ports: tuple[int, ...], spec: TensorSpec) -> _Input | _Text:
    if spec.datatype is Datatype.BYTES:
        return _Text(request, ports)
    return _Input(request, ports[0], spec)


class _Text:
    """A text input of one request."""

    __slots__ = ("_lent", "_ports", "_request")

    def __init__(self, request: ov.InferRequest, ports: tuple[int, ...]) -> None:
        self._request = request
        self._ports = ports
        self._lent: tuple[Array, ...] = ()  # kept alive while OpenVINO reads them

    def bind(self, array: Array) -> None:
        self._lent = text.parts(array)
        for port, part in zip(self._ports, self._lent, strict=True):
            self._request.set_input_tensor(port, ov.Tensor(part, shared_memory=True))


class _Input:
    """One input of one request: its own buffer, where the shape is static, or a lent one."""

    __slots__ = ("_buffer", "_element_type", "_index", "_lent", "_request", "_view")

    def __init__(self, request: ov.InferRequest, index: int, spec: TensorSpec) -> None:
        self._request = request
        self._index = index
        self._element_type = _ELEMENT_TYPES[spec.datatype]
        self._buffer: ov.Tensor | None = None
        self._view: Array | None = None
        self._lent: Array | None = None  # kept alive while OpenVINO reads it
        if spec.static_shape is not None:
            self._adopt(request.get_input_tensor(index))

    def _adopt(self, buffer: ov.Tensor) -> None:
        view = buffer.data
        self._buffer = buffer
        self._view = view.view(np.uint16) if self._element_type == ov.Type.bf16 else view

    def bind(self, array: Array) -> None:
        view = self._view
        is_copied = array.nbytes <= COPY_AT_MOST or not array.flags.carray
        if is_copied and view is not None and view.shape == array.shape:
            self._copy_in(view, array)
        else:
            self._lend(np.require(array, requirements=["C", "A", "W"]))

    def _copy_in(self, view: Array, array: Array) -> None:
        view[...] = array
        if self._lent is not None:
            self._request.set_input_tensor(self._index, self._buffer)
            self._lent = None

    def _lend(self, array: Array) -> None:
        tensor = ov.Tensor(array, list(array.shape), self._element_type)
        self._request.set_input_tensor(self._index, tensor)
        self._lent = array


def _read(request: ov.InferRequest, ports: tuple[int, ...], datatype: Datatype) -> Array:
    if datatype is Datatype.BYTES:
        return text.whole(*(request.get_output_tensor(port).data for port in ports))
    data: Array = request.get_output_tensor(ports[0]).data
    return data.view(np.uint16) if datatype is Datatype.BF16 else data
