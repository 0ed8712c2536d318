"""Inputs whose shape or batch is ``auto``: the model is compiled for each that a request brings."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final, Generic, TypeAlias, TypeVar

import openvino as ov

from modelserver_runtime.engine.explain import explain
from modelserver_runtime.engine.shapes import Port, name, neutral, spec
from modelserver_runtime.errors import InferenceFailed, InvalidRequest
from modelserver_runtime.tensors import Dimension, TensorSpec

T = TypeVar("T")

Sizes: TypeAlias = tuple[tuple[int, ...], ...]
"""The shapes of a model's open inputs, in the model's order."""

_ANY: Final = Dimension(0, None)


@dataclass(frozen=True, slots=True)
class OpenModel(Generic[T]):
    """What a model takes and gives while its open inputs are open.

    Attributes:
        inputs: all of them, the open ones with the shapes that they accept.
        outputs: with the shapes that follow from those, as far as OpenVINO can tell.
        positions: where among the inputs the open ones are.
        compile: compiles the model for one set of sizes, which takes seconds and lets other
            threads run. Raises InvalidRequest where the model can't take them, InferenceFailed
            where the device can't.
    """

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    positions: tuple[int, ...]
    compile: Callable[[Sizes], T]


def open_model(
    model: ov.Model,
    shapes: Mapping[str, ov.PartialShape],
    opened: Collection[str],
    compile_model: Callable[[ov.Model], T],
) -> OpenModel[T]:
    """Keep a model for later.

    Args:
        shapes: those that its inputs accept.
        opened: the names of its open inputs.
        compile_model: compiles a model for good.
    """
    positions = tuple(index for index, port in enumerate(model.inputs) if name(port) in opened)

    def compile_for(sizes: Sizes) -> T:
        shaped = _reshaped(model, dict(zip(positions, sizes, strict=True)))
        try:
            return compile_model(shaped)
        except Exception as error:
            raise InferenceFailed(explain(error)) from error

    inputs = tuple(_opened(port, shapes) for port in model.inputs)
    return OpenModel(inputs, _outputs(model, shapes), positions, compile_for)


def _reshaped(model: ov.Model, sizes: Mapping[int, tuple[int, ...]]) -> ov.Model:
    shaped = model.clone()
    try:
        shaped.reshape({index: ov.PartialShape(list(size)) for index, size in sizes.items()})
    except RuntimeError as error:
        given = ", ".join(
            f"{name(model.inputs[index])}: ({','.join(map(str, size))})"
            for index, size in sizes.items()
        )
        raise InvalidRequest(
            f"Invalid input shape - The model can't take {given}: {explain(error)}"
        ) from error
    return shaped


def _opened(port: Port, shapes: Mapping[str, ov.PartialShape]) -> TensorSpec:
    closed = spec(port)
    return replace(closed, shape=neutral(shapes.get(closed.name, port.partial_shape)))


def _outputs(model: ov.Model, shapes: Mapping[str, ov.PartialShape]) -> tuple[TensorSpec, ...]:
    opened = model.clone()
    try:
        opened.reshape(dict(shapes))
    except RuntimeError:
        # Each shape by itself may be fine all the same. What comes out is known when it does.
        return tuple(_unknown(spec(port)) for port in model.outputs)
    return tuple(map(spec, opened.outputs))


def _unknown(output: TensorSpec) -> TensorSpec:
    return replace(output, shape=None if output.shape is None else (_ANY,) * len(output.shape))
