"""Makes a transformer to try sparse weights on: an encoder as in BERT, from OpenVINO's operations.

    input_ids  i64 [1, length]   token ids below 3000
    scores     f32 [1, 2]        two classes, from the first token

Its weights are random: what it answers means nothing, but it takes as long as a trained model of
its size. `--zeros` makes it one that was trained to be sparse.
"""

import argparse
import sys
from pathlib import Path
from typing import TypeAlias

import numpy as np
from sparsity import pruned, summary

# OpenVINO reports its use when it finds this package; not finding it, it stays silent.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

import openvino as ov  # noqa: E402
from openvino import opset13 as ops  # noqa: E402

VOCABULARY = 3000
HEAD = 64  # features of an attention head
CLASSES = 2

Value: TypeAlias = ov.Node | ov.Output


class Encoder:
    """Builds an encoder, block by block.

    Args:
        width: features of a token, a multiple of 64.
        zeros: the share of zeros in the weights of its MatMuls.
    """

    def __init__(self, width: int, zeros: float) -> None:
        self._width = width
        self._zeros = zeros
        self._random = np.random.default_rng(0)

    def model(self, layers: int) -> ov.Model:
        """The whole of it."""
        ids = ops.parameter([1, -1], ov.Type.i64, name="input_ids")
        ids.output(0).set_names({"input_ids"})
        embeddings = self._random.standard_normal((VOCABULARY, self._width), np.float32)
        x = normalized(ops.gather(ops.constant(embeddings), ids, ops.constant(0)))
        for layer in range(layers):
            x = self._block(x, f"layer.{layer}")
        first = ops.gather(x, ops.constant(0), ops.constant(1))
        scores = self._linear(first, self._width, CLASSES, "classifier")
        scores.output(0).set_names({"scores"})
        return ov.Model([scores], [ids], "encoder")

    def _block(self, x: Value, name: str) -> Value:
        attended = self._linear(self._attention(x, name), self._width, self._width, f"{name}.out")
        x = normalized(ops.add(x, attended))
        inner = ops.gelu(self._linear(x, self._width, 4 * self._width, f"{name}.up"), "erf")
        return normalized(
            ops.add(x, self._linear(inner, 4 * self._width, self._width, f"{name}.down"))
        )

    def _attention(self, x: Value, name: str) -> Value:
        query, key, value = (
            heads(self._linear(x, self._width, self._width, f"{name}.{part}"))
            for part in ("query", "key", "value")
        )
        scaled = ops.multiply(query, np.float32(HEAD**-0.5))
        scores = ops.matmul(scaled, key, transpose_a=False, transpose_b=True)
        mixed = ops.matmul(ops.softmax(scores, -1), value, transpose_a=False, transpose_b=False)
        together = ops.transpose(mixed, ops.constant([0, 2, 1, 3]))
        return ops.reshape(together, ops.constant([0, 0, self._width]), special_zero=True)

    def _linear(self, x: Value, taken: int, given: int, name: str) -> ov.Node:
        values = self._random.standard_normal((given, taken), np.float32) / np.sqrt(taken)
        weights = ops.constant(pruned(values.astype(np.float32), self._zeros))
        product = ops.matmul(x, weights, transpose_a=False, transpose_b=True, name=name)
        bias = 0.02 * self._random.standard_normal(given, np.float32)
        return ops.add(product, ops.constant(bias))


def heads(x: Value) -> Value:
    """[1, length, width] to [1, heads, length, 64]."""
    split = ops.reshape(x, ops.constant([0, 0, -1, HEAD]), special_zero=True)
    return ops.transpose(split, ops.constant([0, 2, 1, 3]))


def normalized(x: Value) -> Value:
    """Each token to mean 0 and variance 1."""
    return ops.mvn(x, ops.constant([-1]), True, 1e-12, "inside_sqrt")


def main() -> None:
    """Reads the command line, makes the model and says what it is."""
    parser = argparse.ArgumentParser(description="Make a transformer with random weights.")
    parser.add_argument(
        "--output", type=Path, default=Path("build/encoder.xml"), help="%(default)s"
    )
    parser.add_argument("--layers", type=int, default=12, help="BERT-base has %(default)s")
    parser.add_argument("--width", type=int, default=768, help="BERT-base has %(default)s")
    parser.add_argument("--zeros", type=float, default=0.0, help="their share, 0 to 1")
    options = parser.parse_args()
    if options.width <= 0 or options.width % HEAD:
        parser.error(f"--width {options.width}: not a multiple of {HEAD}")
    if not 0 <= options.zeros < 1:
        parser.error(f"--zeros {options.zeros}: not from 0 to below 1")
    model = Encoder(options.width, options.zeros).model(options.layers)
    ov.save_model(model, options.output, compress_to_fp16=False)
    print(f"{options.output}: {summary(model)}")


if __name__ == "__main__":
    main()
