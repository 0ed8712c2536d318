"""Text in and out of a model without a loss.

OpenVINO's Python tensors hold text as NumPy's fixed-width strings, which end before their trailing
NULs. So a model's text inputs are packed, and its text outputs unpacked, inside the model: outside,
a tensor of text is three tensors, where each element begins and ends, and the bytes of them all.
The first of the three has the place of the text among the inputs or outputs; the other two come
after all of these.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import openvino as ov
from openvino import opset15 as ops

from modelserver_runtime.tensors import Array, Datatype, TensorSpec

_OFFSET = ov.Type.i32
_SYMBOL = ov.Type.u8


def with_text_exposed(model: ov.Model) -> ov.Model:
    """The model, or a copy in which each tensor of text is its three parts instead."""
    if all(port.get_element_type() != ov.Type.string for port in (*model.inputs, *model.outputs)):
        return model
    exposed = model.clone()
    _expose(exposed)
    return exposed


def _expose(model: ov.Model) -> None:
    for index, parameter in enumerate(model.get_parameters()):
        if parameter.get_element_type() == ov.Type.string:
            _pack(model, index, parameter)
    for result in model.get_results():
        if result.get_output_element_type(0) == ov.Type.string:
            _unpack(model, result)
    model.validate_nodes_and_infer_types()


def _pack(model: ov.Model, index: int, text: ov.op.Parameter) -> None:
    begins, ends = (ov.op.Parameter(_OFFSET, text.get_partial_shape()) for _ in range(2))
    symbols = ov.op.Parameter(_SYMBOL, ov.PartialShape([-1]))
    packed = ops.string_tensor_pack(begins, ends, symbols)
    for target in text.output(0).get_target_inputs():
        target.replace_source_output(packed.output(0))
    model.replace_parameter(index, begins)
    model.add_parameters([ends, symbols])


def _unpack(model: ov.Model, result: ov.op.Result) -> None:
    begins, ends, symbols = ops.string_tensor_unpack(result.input_value(0)).outputs()
    result.input(0).replace_source_output(begins)
    model.add_results([ov.op.Result(ends), ov.op.Result(symbols)])


def ports(specs: Sequence[TensorSpec]) -> Iterator[tuple[int, ...]]:
    """For each input or output, the numbers of its ports in a model whose text is exposed."""
    added = len(specs)
    for index, spec in enumerate(specs):
        if spec.datatype is Datatype.BYTES:
            yield index, added, added + 1
            added += 2
        else:
            yield (index,)


def parts(text: Array) -> tuple[Array, Array, Array]:
    """Where the elements begin and end, in the array's shape, and the bytes of them all."""
    elements = text.ravel().tolist()
    ends = np.cumsum([len(element) for element in elements], dtype=np.int32).reshape(text.shape)
    begins = np.zeros_like(ends)
    begins.ravel()[1:] = ends.ravel()[:-1]
    return begins, ends, np.frombuffer(bytearray().join(elements), np.uint8)


def whole(begins: Array, ends: Array, symbols: Array) -> Array:
    """The elements again, as ``bytes`` objects."""
    data = symbols.tobytes()
    text = np.empty(begins.shape, np.object_)
    spans = zip(begins.ravel().tolist(), ends.ravel().tolist(), strict=True)
    text.ravel()[:] = [data[begin:end] for begin, end in spans]
    return text
