"""Between OpenVINO's ports and shapes and the neutral ones.

An input is *open* where its shape, or its batch size, is ``auto``: the model takes whatever a
request brings, and is compiled for it when it comes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import openvino as ov
from openvino import layout_helpers

from modelserver_runtime.engine.slot import DATATYPES
from modelserver_runtime.settings import Auto, ModelSettings, SettingsError, Shape
from modelserver_runtime.tensors import Dimension, TensorSpec

Port: TypeAlias = ov.Output | ov.ConstOutput

_ANY: Final = Dimension(1, None)  # the sizes of an open axis: none can be compiled for nothing


def spec(port: Port) -> TensorSpec:
    """What a port takes or gives.

    Raises:
        SettingsError: its element type cannot be served.
    """
    datatype = DATATYPES.get(port.element_type)
    if datatype is None:
        raise SettingsError(f"{name(port)}: element type {port.element_type} cannot be served")
    return TensorSpec(name(port), datatype, neutral(port.partial_shape), layout(port))


def name(port: Port) -> str:
    """The tensor's name, or that of its operation where it has none."""
    return str(port.any_name if port.names else port.node.friendly_name)


def layout(port: Port) -> str:
    """The letters of the port's axes; empty where none is known."""
    letters = str(layout_helpers.get_layout(port)).strip("[]").replace(",", "")
    return letters.replace("...", "") and letters


def open_inputs(inputs: Sequence[Port], settings: ModelSettings) -> frozenset[str]:
    """The names of the inputs that take whatever shape, or batch, a request brings."""
    match settings.shape:
        case "auto":
            return frozenset(map(name, inputs))
        case None if settings.batch_size == "auto":
            return frozenset(map(name, inputs))
        case Mapping() as shapes:
            return frozenset(name for name, shape in shapes.items() if shape == "auto")
        case _:
            return frozenset()


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
        case "auto":
            return {name(port): _open(port.partial_shape) for port in inputs}
        case tuple(shape):
            if len(names) != 1:
                raise SettingsError(f"shape: name the inputs, the model has {', '.join(names)}")
            return {names[0]: _partial(shape)}
        case shapes:
            if unknown := sorted(shapes.keys() - set(names)):
                raise SettingsError(
                    f"shape: the model has no input {unknown[0]}, it has {', '.join(names)}"
                )
            own = {name(port): port.partial_shape for port in inputs}
            return {
                name: _open(own[name]) if shape == "auto" else _partial(shape)
                for name, shape in shapes.items()
            }


def _rebatched(inputs: Sequence[Port], batch: Dimension | Auto) -> dict[str, ov.PartialShape]:
    size = _dimension(_ANY if batch == "auto" else batch)
    return {name(port): _with_batch(port, size) for port in inputs}


def _with_batch(port: Port, size: ov.Dimension) -> ov.PartialShape:
    shape = port.partial_shape
    if shape.rank.is_static and len(shape):
        axes = layout_helpers.get_layout(port)
        shape[axes.get_index_by_name("N") if axes.has_name("N") else 0] = size
    return shape


def _open(shape: ov.PartialShape) -> ov.PartialShape:
    """The same rank, any sizes."""
    return shape if shape.rank.is_dynamic else _partial((_ANY,) * len(shape))


def neutral(shape: ov.PartialShape) -> Shape | None:
    """The axes of a shape; None for a dynamic rank."""
    if shape.rank.is_dynamic:
        return None
    return tuple(Dimension(axis.min_length, _bound(axis.max_length)) for axis in shape)


def _bound(length: int) -> int | None:
    return None if length == -1 else length


def _partial(shape: Shape) -> ov.PartialShape:
    return ov.PartialShape([_dimension(axis) for axis in shape])


def _dimension(axis: Dimension) -> ov.Dimension:
    return ov.Dimension(axis.min, -1 if axis.max is None else axis.max)
