"""Does a request fit the model? And the arrays to infer with, if it does.

The checks run in OpenVINO Model Server's order and speak its words: names, datatype, rank, batch,
shape, then content.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from modelserver_runtime.contents import to_array
from modelserver_runtime.errors import InvalidRequest
from modelserver_runtime.requests import InferRequest, RequestedOutput
from modelserver_runtime.tensors import Array, Dimension, InputTensor, TensorSpec


def input_arrays(inputs: Sequence[InputTensor], specs: Sequence[TensorSpec]) -> list[Array]:
    """The request's inputs as arrays, in the order of ``specs``.

    Raises:
        InvalidRequest: they are not the model's inputs.
    """
    if len(inputs) != len(specs):
        raise InvalidRequest(
            f"Invalid number of inputs - Expected: {len(specs)}; Actual: {len(inputs)}"
        )
    if len(specs) == 1 and inputs[0].name == specs[0].name:
        return [_array(inputs[0], specs[0])]
    by_name = {tensor.name: tensor for tensor in inputs}
    return [_array(_named(by_name, spec.name), spec) for spec in specs]


def output_indices(request: InferRequest, specs: Sequence[TensorSpec]) -> Sequence[int]:
    """Which of the model's outputs to answer with, in the order that the client asked for.

    Raises:
        InvalidRequest: it asked for one that the model lacks.
    """
    if request.outputs is None:
        return range(len(specs))
    names = [spec.name for spec in specs]
    return [_index(names, requested) for requested in request.outputs]


def _index(names: list[str], requested: RequestedOutput) -> int:
    try:
        return names.index(requested.name)
    except ValueError:
        raise InvalidRequest(
            f"Invalid output name - Expected one of: {', '.join(names)}; Actual: {requested.name}"
        ) from None


def _named(by_name: Mapping[str, InputTensor], name: str) -> InputTensor:
    try:
        return by_name[name]
    except KeyError:
        raise InvalidRequest(f"Missing input with specific name - Required input: {name}") from None


def _array(tensor: InputTensor, spec: TensorSpec) -> Array:
    if tensor.datatype != spec.datatype:
        raise _mismatch("input precision", spec.datatype, tensor.datatype, spec)
    if spec.shape is not None and tensor.shape != spec.static_shape:
        _check_shape(tensor.shape, spec.shape, spec)
    return to_array(tensor, spec.datatype)


def _check_shape(shape: tuple[int, ...], expected: tuple[Dimension, ...], spec: TensorSpec) -> None:
    if len(shape) != len(expected):
        raise _mismatch("number of shape dimensions", _text(expected), _text(shape), spec)
    if all(map(Dimension.accepts, expected, shape)):
        return
    if not expected[0].accepts(shape[0]):
        raise _mismatch("input batch size", expected[0], shape[0], spec)
    raise _mismatch("input shape", _text(expected), _text(shape), spec)


def _text(axes: Sequence[object]) -> str:
    return f"({','.join(map(str, axes))})"


def _mismatch(what: str, expected: object, actual: object, spec: TensorSpec) -> InvalidRequest:
    return InvalidRequest(
        f"Invalid {what} - Expected: {expected}; Actual: {actual}; input name: {spec.name}"
    )
