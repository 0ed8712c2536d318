"""From a floating-point model to a published INT8 one."""

import logging
import sys
import tempfile
from pathlib import Path

import numpy as np

# OpenVINO and NNCF report their use when they find this package; not finding it, they stay silent.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

import nncf  # noqa: E402
import openvino as ov  # noqa: E402

SAMPLES = 16
LENGTH = 32  # tokens of a sample
TOKENS = 3000

nncf.set_log_level(logging.WARNING)


def quantized(model: ov.Model) -> ov.Model:
    """The model with INT8 weights and activations. Zeros stay zeros: weights are symmetric.

    Calibration decides the ranges of activations. Random tokens will do for random weights; a
    trained model needs sentences of its task here.
    """
    random = np.random.default_rng(0)
    samples = [random.integers(0, TOKENS, (1, LENGTH)) for _ in range(SAMPLES)]
    return nncf.quantize(
        model, nncf.Dataset(samples), model_type=nncf.ModelType.TRANSFORMER, subset_size=SAMPLES
    )


def publish(model: ov.Model, folder: Path) -> Path:
    """Write the model as the next version of `folder`, and return where it is.

    It appears all at once: a server that watches the folder never sees half a model.
    """
    folder.mkdir(parents=True, exist_ok=True)
    versions = [int(path.name) for path in folder.iterdir() if path.name.isdecimal()]
    place = folder / str(max(versions, default=0) + 1)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".making-") as making:
        ov.save_model(model, Path(making, "version", "model.xml"))
        Path(making, "version").rename(place)
    return place
