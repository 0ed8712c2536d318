"""Published models behind the real server: the answers are OpenVINO's own, and they make sense."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest
import tritonclient.grpc
import tritonclient.http
from PIL import Image
from tritonclient.utils import np_to_triton_dtype

# Before openvino, which the engine imports without its telemetry.
import modelserver_runtime.engine  # noqa: F401

# isort: split
import openvino as ov

from modelserver_runtime.tensors import Array

if TYPE_CHECKING:
    from conftest import Server, StartServer

ROOT: Final = Path(__file__).parents[4]
PICTURE: Final = ROOT / "examples/quickstart/sample.png"
WORDS: Final = "Served by OpenVINO, scaled by requests"
MODELS: Final = (
    "text-recognition",
    "text-detection",
    "text-detection-converted",
    "file-type",
    "voice-activity",
    "sentence-embedding",
)
SENTENCES: Final = (
    "the weather is lovely today .",
    "it ' s so sunny outside !",
    "he drove to the stadium .",
)
SIMILARITIES: Final = [[1, 0.6660, 0.1046], [0.6660, 1, 0.1411], [0.1046, 0.1411, 1]]
"""Of these sentences, as Sentence Transformers' quickstart gives them for all-MiniLM-L6-v2."""
EXACT: Final = {"INFERENCE_PRECISION_HINT": "f32"}
CHUNK, CONTEXT = 512, 64  # samples that the voice detector takes at a time, and keeps of the last

Tensors = dict[str, Array]


@dataclass(frozen=True, slots=True)
class Served:
    """The server of all models, and the same models in this process."""

    server: Server
    models: dict[str, ov.CompiledModel]

    def over_grpc(self, name: str, inputs: Tensors) -> Tensors:
        client = tritonclient.grpc.InferenceServerClient(self.server.grpc)
        tensors = [_filled(tritonclient.grpc.InferInput, *each) for each in inputs.items()]
        with client:
            answer = client.infer(name, tensors)
        return {each.name: answer.as_numpy(each.name) for each in answer.get_response().outputs}

    def over_rest(self, name: str, inputs: Tensors) -> Tensors:
        tensors = [_filled(tritonclient.http.InferInput, *each) for each in inputs.items()]
        with tritonclient.http.InferenceServerClient(self.server.rest) as client:
            answer = client.infer(name, tensors)
        outputs = answer.get_response()["outputs"]
        return {each["name"]: answer.as_numpy(each["name"]) for each in outputs}

    def directly(self, name: str, inputs: Tensors, outputs: Iterable[str]) -> Tensors:
        """What OpenVINO answers in this process, under these of the outputs' names."""
        results = self.models[name](inputs)
        return {output: np.copy(results[output]) for output in outputs}

    def output_count(self, name: str) -> int:
        return len(self.models[name].outputs)


def _filled(
    kind: type[tritonclient.grpc.InferInput | tritonclient.http.InferInput],
    name: str,
    array: Array,
) -> object:
    tensor = kind(name, list(array.shape), np_to_triton_dtype(array.dtype))
    tensor.set_data_from_numpy(array)
    return tensor


@pytest.fixture(scope="module")
def files(
    tmp_path_factory: pytest.TempPathFactory,
    text_recognition: Path,
    text_detection: Path,
    file_type: Path,
    voice_activity: Path,
    sentence_embedding: ov.Model,
) -> dict[str, Path]:
    """Each model's file, by the name that it is served under."""
    folder = tmp_path_factory.mktemp("converted")
    converted, embedding = folder / "detection.xml", folder / "embedding.xml"
    ov.save_model(ov.Core().read_model(text_detection), converted, compress_to_fp16=False)
    ov.save_model(sentence_embedding, embedding, compress_to_fp16=False)
    files = (text_recognition, text_detection, converted, file_type, voice_activity, embedding)
    return dict(zip(MODELS, files, strict=True))


@pytest.fixture(scope="module")
def served(
    start_server: StartServer, tmp_path_factory: pytest.TempPathFactory, files: dict[str, Path]
) -> Served:
    config = tmp_path_factory.mktemp("config") / "config.json"
    entries = [
        {"config": {"name": name, "base_path": str(file), "plugin_config": EXACT}}
        for name, file in files.items()
    ]
    config.write_text(json.dumps({"model_config_list": entries}))
    core = ov.Core()
    models = {name: core.compile_model(file, "CPU", EXACT) for name, file in files.items()}
    return Served(start_server("--config_path", str(config)), models)


@pytest.fixture(scope="module")
def inputs(sentence_vocabulary: dict[str, int]) -> dict[str, Tensors]:
    """Something real to ask each model."""
    picture = {"x": bgr_planes(PICTURE, height=96, width=1216)}
    return {
        "text-recognition": {"x": bgr_planes(PICTURE, height=48, width=600)},
        "text-detection": picture,
        "text-detection-converted": picture,
        "file-type": {"bytes": ends_of(Path(__file__).read_bytes())},
        "voice-activity": {"input": hum()[:1], "state": np.zeros((2, 1, 128), np.float32)},
        "sentence-embedding": token_numbers(SENTENCES, sentence_vocabulary),
    }


def bgr_planes(file: Path, height: int, width: int) -> Array:
    """A picture as PP-OCR takes it: FP32 [1,3,height,width], blue first, from -1 to 1."""
    with Image.open(file) as image:
        pixels = np.asarray(image.convert("RGB").resize((width, height)), np.float32)
    planes = pixels[:, :, ::-1].transpose(2, 0, 1) / 127.5 - 1
    return np.ascontiguousarray(planes[np.newaxis])


def ends_of(content: bytes) -> Array:
    """What Magika looks at: the first and the last 1024 bytes, I32 [1,2048]."""
    return np.array([[*content[:1024], *content[-1024:]]], np.int32)


def hum() -> Array:
    """Chunks of a voice-like hum of 220 Hz, each led by the end of the one before: FP32 [8,576]."""
    seconds = np.arange(CONTEXT + 8 * CHUNK) / 16000
    overtones = np.arange(1, 9)[:, np.newaxis]
    sound = np.sum(np.sin(2 * np.pi * 220 * overtones * seconds) / overtones, axis=0)
    starts = range(0, 8 * CHUNK, CHUNK)
    chunks = [sound[start : start + CONTEXT + CHUNK] for start in starts]
    return np.asarray(chunks, np.float32) / 4


def token_numbers(sentences: tuple[str, ...], vocabulary: dict[str, int]) -> Tensors:
    tokens = [["[CLS]", *sentence.split(), "[SEP]"] for sentence in sentences]
    longest = max(map(len, tokens))
    padded = [[*words, *["[PAD]"] * (longest - len(words))] for words in tokens]
    ids = np.array([[vocabulary[word] for word in words] for words in padded], np.int64)
    return {"ids": ids, "mask": (ids != vocabulary["[PAD]"]).astype(np.int64)}


@pytest.mark.parametrize("protocol", ["over_grpc", "over_rest"])
@pytest.mark.parametrize("name", MODELS)
def test_an_answer_is_openvinos_own(
    served: Served, inputs: dict[str, Tensors], name: str, protocol: str
) -> None:
    answer: Tensors = getattr(served, protocol)(name, inputs[name])

    assert len(answer) == served.output_count(name)
    assert_alike(answer, served.directly(name, inputs[name], answer))


def assert_alike(answer: Tensors, expected: Tensors) -> None:
    for output, values in expected.items():
        np.testing.assert_allclose(answer[output], values, rtol=1e-4, atol=1e-5, strict=True)


def test_a_line_of_text_is_read(
    served: Served, inputs: dict[str, Tensors], text_recognition: Path
) -> None:
    [probabilities] = served.over_grpc("text-recognition", inputs["text-recognition"]).values()

    known = ov.Core().read_model(text_recognition).get_rt_info(["framework", "character"])
    alphabet = ["", *known.astype(str).split("\n"), " "]
    seen = [int(number) for number, _ in groupby(probabilities[0].argmax(axis=1))]
    assert "".join(alphabet[number] for number in seen) == WORDS


@pytest.mark.parametrize("name", ["text-detection", "text-detection-converted"])
def test_text_is_found_where_it_stands(
    served: Served, inputs: dict[str, Tensors], name: str
) -> None:
    [probabilities] = served.over_rest(name, inputs[name]).values()

    columns = np.flatnonzero((probabilities[0, 0] > 0.5).any(axis=0)) / probabilities.shape[3]
    # The model marks a text's kernel, which is a little shorter than the text.
    assert columns.min() == pytest.approx(0.054, abs=0.02)
    assert columns.max() == pytest.approx(0.955, abs=0.02)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (Path(__file__).read_bytes(), "python"),
        ((ROOT / "docs/architecture.md").read_bytes(), "markdown"),
        (PICTURE.read_bytes(), "png"),
    ],
)
def test_a_files_type_is_told_from_its_bytes(
    served: Served, file_type: Path, content: bytes, kind: str
) -> None:
    answer = served.over_rest("file-type", {"bytes": ends_of(content)})

    kinds = json.loads(file_type.with_name("config.min.json").read_text())["target_labels_space"]
    assert kinds[answer["target_label"].argmax()] == kind


def test_a_state_that_the_client_carries_on_stays_exact(served: Served) -> None:
    state = expected_state = np.zeros((2, 1, 128), np.float32)
    for chunk in hum()[:, np.newaxis]:
        answer = served.over_grpc("voice-activity", {"input": chunk, "state": state})
        inputs = {"input": chunk, "state": expected_state}
        expected = served.directly("voice-activity", inputs, answer)
        assert_alike(answer, expected)
        state, expected_state = answer["stateN"], expected["stateN"]


def test_sentences_are_as_alike_as_their_publisher_says(
    served: Served, inputs: dict[str, Tensors]
) -> None:
    answer = served.over_grpc("sentence-embedding", inputs["sentence-embedding"])

    embeddings = answer["embedding"]
    np.testing.assert_allclose(embeddings @ embeddings.T, SIMILARITIES, atol=1e-4)
