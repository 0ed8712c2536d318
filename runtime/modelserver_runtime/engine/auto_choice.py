"""Which device AUTO takes for a model, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import openvino as ov

from modelserver_runtime.engine import devices
from modelserver_runtime.engine.compilation import Compilation
from modelserver_runtime.engine.compiler import LoadError, read, settle
from modelserver_runtime.engine.explain import explain
from modelserver_runtime.settings import ModelSettings

_COMPUTING: Final = ("Convolution", "GroupConvolution", "MatMul", "ConvolutionBackpropData")


@dataclass(frozen=True, slots=True)
class Choice:
    """AUTO's answer.

    Attributes:
        precision: of the model, as AUTO sees it; devices that don't compute in it come last.
        reasons: for each candidate in AUTO's order, and then for those left out, why it is taken
            or not.
        chosen: the device that runs the model, in parentheses while AUTO compiles for another.
        requests: the optimal number of infer requests there.
    """

    precision: str
    reasons: Mapping[str, str]
    chosen: str
    requests: int


def choose(core: ov.Core, path: Path, settings: ModelSettings) -> Choice:
    """Let AUTO choose, by compiling the model.

    Raises:
        LoadError: it can't be compiled, or the target device is not AUTO.
    """
    devices.register(core, settings.device_plugins)
    try:
        model = read(core, path, settings)
        settle(model, settings)
        target = devices.choose(core, settings.target_device)
        if not target.may_move:
            raise LoadError(f"target_device {settings.target_device}: is not AUTO")
        compilation = Compilation(core, path, settings, threads=None)
        compiled, _ = compilation.run(model, target.device)
    except RuntimeError as error:
        raise LoadError(devices.refusal(core, settings.target_device) or explain(error)) from error
    chosen = compiled.get_property("EXECUTION_DEVICES")[0]
    order = compiled.get_property("MULTI_DEVICE_PRIORITIES").split(",")
    precision = _precision(model)
    reasons = dict(_reasons(compilation, model, order, chosen, precision))
    requests = compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")
    return Choice(precision, {**reasons, **target.left_out}, chosen, requests)


def _precision(model: ov.Model) -> str:
    types = {operation.get_type_name() for operation in model.get_ops()}
    if "FakeQuantize" in types:
        return "INT8"
    computing = (op for op in model.get_ops() if op.get_type_name() in _COMPUTING)
    halves = (op.get_input_element_type(1) == ov.Type.f16 for op in computing)
    return "FP16" if next(halves, False) else "FP32"


def _reasons(
    compilation: Compilation, model: ov.Model, order: list[str], chosen: str, precision: str
) -> Iterator[tuple[str, str]]:
    is_found = False
    for device in order:
        if device == chosen.strip("()"):
            is_found = True
            yield device, _reason_for(chosen, precision)
        elif is_found:
            yield device, "comes later"
        else:
            yield device, _reason_against(compilation, model, device, precision)


def _reason_for(chosen: str, precision: str) -> str:
    if chosen.startswith("("):
        return "helps out until the model is compiled for the device before it"
    return f"chosen: the first that computes {precision} and can take the model"


def _reason_against(compilation: Compilation, model: ov.Model, device: str, precision: str) -> str:
    if precision not in compilation.core.get_property(device, "OPTIMIZATION_CAPABILITIES"):
        return f"does not compute {precision}"
    try:
        compilation.run(model, device)
    except RuntimeError as error:
        return f"cannot take the model: {explain(error)}"
    return "is compiled for, or taken by a model of higher priority"
