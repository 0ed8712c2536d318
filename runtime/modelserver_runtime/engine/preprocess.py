"""Conversions between what clients send and what a model takes, built into the model itself.

OpenVINO runs them on the device, fused with the model. The order is OpenVINO Model Server's: color,
precision, mean, scale, then the layout.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import openvino as ov
from openvino.preprocess import ColorFormat, InputInfo, OutputInfo, PrePostProcessor

from modelserver_runtime.engine.shapes import layout, name
from modelserver_runtime.settings import Conversion, Layouts, ModelSettings, SettingsError

_COLORS: Final = {
    "RGB": ColorFormat.RGB,
    "BGR": ColorFormat.BGR,
    "GRAY": ColorFormat.GRAY,
    "NV12": ColorFormat.NV12_SINGLE_PLANE,
    "NV12_2": ColorFormat.NV12_TWO_PLANES,
    "I420": ColorFormat.I420_SINGLE_PLANE,
    "I420_3": ColorFormat.I420_THREE_PLANES,
}
_ELEMENTS: Final = {
    "BF16": ov.Type.bf16,
    "FP16": ov.Type.f16,
    "FP32": ov.Type.f32,
    "FP64": ov.Type.f64,
    "INT8": ov.Type.i8,
    "INT16": ov.Type.i16,
    "INT32": ov.Type.i32,
    "INT64": ov.Type.i64,
    "UINT8": ov.Type.u8,
    "UINT16": ov.Type.u16,
    "UINT32": ov.Type.u32,
    "UINT64": ov.Type.u64,
}


def preprocess(model: ov.Model, settings: ModelSettings) -> ov.Model:
    """The model with the conversions that the settings ask for; the same one where they ask none.

    Raises:
        SettingsError: they name a tensor that the model lacks, or one input where it has several.
        RuntimeError: OpenVINO can't convert it so.
    """
    asked = [key for key in _OF_THE_ONLY_INPUT if getattr(settings, key) is not None]
    if settings.layout is None and not asked:
        return model
    _refuse_several_inputs(model, asked)
    _refuse_unnamed_channels(model, settings)
    processor = PrePostProcessor(model)
    if settings.layout is not None:
        _convert_layouts(processor, model, settings.layout)
    if asked:
        _convert_values(processor.input(), settings)
    return processor.build()


_OF_THE_ONLY_INPUT: Final = ("color_format", "precision", "mean", "scale")


def _refuse_several_inputs(model: ov.Model, asked: Sequence[str]) -> None:
    if asked and len(model.inputs) != 1:
        names = ", ".join(map(name, model.inputs))
        raise SettingsError(f"{asked[0]}: is for models with one input, this one has {names}")


def _refuse_unnamed_channels(model: ov.Model, settings: ModelSettings) -> None:
    only = model.inputs[0]
    given = _by_tensor(settings.layout, [name(only)]).get(name(only)) if settings.layout else None
    letters = given.client if given else layout(only)
    for key in ("mean", "scale"):
        if isinstance(getattr(settings, key), tuple) and "C" not in letters:
            raise SettingsError(f"{key}: a value per channel needs a layout that says where C is")


def _convert_layouts(processor: PrePostProcessor, model: ov.Model, layouts: Layouts) -> None:
    inputs = {name(port): index for index, port in enumerate(model.inputs)}
    outputs = {name(port): index for index, port in enumerate(model.outputs)}
    for tensor, conversion in _by_tensor(layouts, list(inputs)).items():
        if tensor in inputs:
            _set_layout(processor.input(inputs[tensor]), conversion)
        elif tensor in outputs:
            _set_layout(processor.output(outputs[tensor]), conversion)
        else:
            names = ", ".join([*inputs, *outputs])
            raise SettingsError(
                f"layout: the model has no input or output {tensor}, it has {names}"
            )


def _by_tensor(layouts: Layouts, inputs: Sequence[str]) -> Mapping[str, Conversion]:
    if not isinstance(layouts, Conversion):
        return layouts
    if len(inputs) != 1:
        raise SettingsError(f"layout: name the inputs, the model has {', '.join(inputs)}")
    return {inputs[0]: layouts}


def _set_layout(tensor: InputInfo | OutputInfo, conversion: Conversion) -> None:
    tensor.tensor().set_layout(ov.Layout(conversion.client))
    tensor.model().set_layout(ov.Layout(conversion.model))


def _convert_values(tensor: InputInfo, settings: ModelSettings) -> None:
    if settings.color_format is not None:
        tensor.tensor().set_color_format(_COLORS[settings.color_format.client])
        tensor.preprocess().convert_color(_COLORS[settings.color_format.model])
    if settings.precision is not None:
        tensor.tensor().set_element_type(_ELEMENTS[settings.precision.client])
        tensor.preprocess().convert_element_type(_ELEMENTS[settings.precision.model])
    if settings.mean is not None:
        tensor.preprocess().mean(_values(settings.mean))
    if settings.scale is not None:
        tensor.preprocess().scale(_values(settings.scale))


def _values(values: float | tuple[float, ...]) -> float | list[float]:
    return list(values) if isinstance(values, tuple) else values
