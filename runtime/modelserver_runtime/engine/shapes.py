"""Between OpenVINO's ports and shapes and the neutral ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import openvino as ov

from modelserver_runtime.engine.slot import DATATYPES
from modelserver_runtime.settings import ModelSettings, SettingsError, Shape
from modelserver_runtime.tensors import Dimension, TensorSpec

Port: TypeAlias = ov.Output | ov.ConstOutput


def spec(port: Port) -> TensorSpec:
    """What a port takes or gives.

    Raises:
        SettingsError: its element type cannot be served.
    """
    datatype = DATATYPES.get(port.element_type)
    if datatype is None:
        raise SettingsError(f"{name(port)}: element type {port.element_type} cannot be served")
    return TensorSpec(name(port), datatype, _neutral(port.partial_shape))


def name(port: Port) -> str:
    """The tensor's name, or that of its operation where it has none."""
    return str(port.any_name if port.names else port.node.friendly_name)


def new_shapes(
    inputs: Sequence[Port], settings: ModelSettings
) -> Mapping[str, ov.PartialShape] | None:
    """The shapes that the settings give to a model's inputs, None where they keep its own.

    Raises:
        SettingsError: they name an input that the model lacks, or give one shape to several inputs.
    """
    names = [name(port) for port in inputs]
    match settings.shape:
        case None:
            return _rebatched(inputs, settings.batch_size) if settings.batch_size else None
        case tuple(shape):
            if len(names) != 1:
                raise SettingsError(f"shape: name the inputs, the model has {', '.join(names)}")
            return {names[0]: _partial(shape)}
        case shapes:
            if unknown := sorted(shapes.keys() - set(names)):
                raise SettingsError(
                    f"shape: the model has no input {unknown[0]}, it has {', '.join(names)}"
                )
            return {name: _partial(shape) for name, shape in shapes.items()}


def _rebatched(inputs: Sequence[Port], batch: Dimension) -> dict[str, ov.PartialShape]:
    return {name(port): _with_batch(port.partial_shape, batch) for port in inputs}


def _with_batch(shape: ov.PartialShape, batch: Dimension) -> ov.PartialShape:
    if shape.rank.is_static and len(shape):
        shape[0] = _dimension(batch)
    return shape


def _neutral(shape: ov.PartialShape) -> Shape | None:
    if shape.rank.is_dynamic:
        return None
    return tuple(Dimension(axis.min_length, _bound(axis.max_length)) for axis in shape)


def _bound(length: int) -> int | None:
    return None if length == -1 else length


def _partial(shape: Shape) -> ov.PartialShape:
    return ov.PartialShape([_dimension(axis) for axis in shape])


def _dimension(axis: Dimension) -> ov.Dimension:
    return ov.Dimension(axis.min, -1 if axis.max is None else axis.max)
