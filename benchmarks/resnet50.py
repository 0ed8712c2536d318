"""ResNet-50 v1.5 as INT8, made here: the architecture from OpenVINO's operations, then nncf.

Its weights are random, since speed doesn't depend on them. Batch normalization is folded, as it is
in any model that is ready to be served: what is left of it are the biases.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

# OpenVINO reports its use when it finds this package; not finding it, it stays silent.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

import nncf  # noqa: E402
import openvino as ov  # noqa: E402
from openvino import opset13 as ops  # noqa: E402
from openvino.preprocess import PrePostProcessor  # noqa: E402

SIDE = 224
CLASSES = 1000
STAGES = ((64, 3), (128, 4), (256, 6), (512, 3))  # inner channels, blocks
EXPANSION = 4
CALIBRATION = 8  # samples; with random weights more would tell nothing

RANDOM = np.random.default_rng(50)


def save_resnet50(path: Path) -> None:
    """Write the quantized model, which takes ``image``, u8 [1,224,224,3]."""
    quantized = nncf.quantize(
        resnet50(), nncf.Dataset([_sample() for _ in range(CALIBRATION)]), subset_size=CALIBRATION
    )
    ov.save_model(with_image_input(quantized), path)


def resnet50() -> ov.Model:
    """The network on normalised f32 [1,3,224,224]."""
    image = ops.parameter([1, 3, SIDE, SIDE], ov.Type.f32, name="image")
    image.output(0).set_names({"image"})
    x = relu(convolution(image, 3, STAGES[0][0], kernel=7, stride=2))
    x = ops.max_pool(x, [2, 2], [1, 1], [1, 1], [1, 1], [3, 3]).output(0)
    channels = STAGES[0][0]
    for stage, (inner, blocks) in enumerate(STAGES):
        for block in range(blocks):
            stride = 2 if stage and not block else 1
            x = bottleneck(x, channels, inner, stride)
            channels = inner * EXPANSION
    features = ops.reduce_mean(x, ops.constant([2, 3]), keep_dims=False)
    logits = ops.matmul(features, weights((CLASSES, channels)), False, True)
    logits = ops.add(logits, weights((1, CLASSES)))
    logits.output(0).set_names({"logits"})
    return ov.Model([logits], [image], "resnet50")


def bottleneck(x: ov.Output, channels: int, inner: int, stride: int) -> ov.Output:
    """Three convolutions and the way around them; the second one strides, as in v1.5."""
    outer = inner * EXPANSION
    y = relu(convolution(x, channels, inner, kernel=1))
    y = relu(convolution(y, inner, inner, kernel=3, stride=stride))
    y = convolution(y, inner, outer, kernel=1)
    around = x if channels == outer else convolution(x, channels, outer, kernel=1, stride=stride)
    return relu(ops.add(y, around).output(0))


def convolution(
    x: ov.Output, channels: int, outer: int, *, kernel: int, stride: int = 1
) -> ov.Output:
    """A convolution that keeps the size but for its stride, with a bias."""
    pads = [kernel // 2] * 2
    kernels = weights((outer, channels, kernel, kernel))
    y = ops.convolution(x, kernels, [stride] * 2, pads, pads, [1, 1])
    return ops.add(y, weights((1, outer, 1, 1))).output(0)


def relu(x: ov.Output) -> ov.Output:
    return ops.relu(x).output(0)


def weights(shape: tuple[int, ...]) -> ov.Node:
    """Random ones that keep the size of what goes through them."""
    scale = np.sqrt(2 / max(1, np.prod(shape[1:])))
    return ops.constant(RANDOM.normal(0, scale, shape).astype(np.float32))


def with_image_input(model: ov.Model) -> ov.Model:
    """Takes pixels as they lie in memory, a quarter of the bytes that floats are."""
    pipeline = PrePostProcessor(model)
    image = pipeline.input(0)
    image.tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    image.preprocess().convert_element_type(ov.Type.f32).mean(127.5).scale(58.0)
    image.model().set_layout(ov.Layout("NCHW"))
    return pipeline.build()


def _sample() -> np.ndarray:
    return RANDOM.normal(0, 1, (1, 3, SIDE, SIDE)).astype(np.float32)
