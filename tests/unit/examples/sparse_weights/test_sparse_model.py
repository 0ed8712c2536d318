"""The scripts that make sparse INT8 models: the zeros asked for are there, and stay."""

import sys
from pathlib import Path

import make_encoder
import numpy as np
import prune_and_quantize
import pytest
import quantize_sparse
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from quantization import ov, publish
from sparsity import matmul_weights, pruned, zeros

WEIGHTS = arrays(np.float32, array_shapes(), elements=st.floats(-2, 2, width=32))


def call(script: object, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["script", *arguments])
    script.main()  # type: ignore[attr-defined]


def shares(model: Path) -> list[float]:
    return [zeros(weights) for weights in matmul_weights(ov.Core().read_model(model))]


@given(WEIGHTS, st.floats(0, 1, exclude_max=True))
def test_pruning_leaves_at_least_the_share_of_zeros_and_the_largest_weights(
    weights: np.ndarray, share: float
) -> None:
    left = pruned(weights, share)

    assert np.mean(left == 0) >= share
    kept = left != 0
    assert np.array_equal(left[kept], weights[kept])
    lost = np.abs(weights[~kept & (weights != 0)])
    assert lost.max(initial=0) <= np.abs(left[kept]).min(initial=np.inf)


@pytest.fixture
def encoder(monkeypatch: pytest.MonkeyPatch) -> Path:
    call(make_encoder, monkeypatch, "--layers=1", "--width=64", "--output=encoder.xml")
    return Path("encoder.xml")


@pytest.fixture
def sparse(monkeypatch: pytest.MonkeyPatch) -> Path:
    options = ("--layers=1", "--width=64", "--zeros=0.9", "--output=sparse.xml")
    call(make_encoder, monkeypatch, *options)
    return Path("sparse.xml")


def test_a_dense_model_is_pruned_and_quantized(
    encoder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    call(prune_and_quantize, monkeypatch, str(encoder), "--output=models")

    assert "models/encoder/1: 7 MatMuls, 80% to 8" in capsys.readouterr().out
    assert all(share >= 0.8 for share in shares(Path("models/encoder/1/model.xml")))


def test_a_sparse_model_keeps_its_zeros(sparse: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    call(quantize_sparse, monkeypatch, str(sparse), "--output=models")

    served = Path("models/sparse/1/model.xml")
    assert all(share >= 0.9 for share in shares(served))
    weights = list(matmul_weights(ov.Core().read_model(served)))
    assert {constant.get_output_element_type(0) for constant in weights} == {ov.Type.i8}


def test_the_quantized_model_answers_much_as_before(
    sparse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call(quantize_sparse, monkeypatch, str(sparse), "--output=models")
    tokens = np.random.default_rng(3).integers(0, 3000, (32, 1, 32))

    before, after = (
        [compiled([sample])[0].ravel() for sample in tokens]
        for compiled in (
            ov.Core().compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
            for path in (sparse, "models/sparse/1/model.xml")
        )
    )

    assert np.corrcoef(np.ravel(before), np.ravel(after))[0, 1] > 0.97


def test_a_dense_model_is_not_taken_for_a_sparse_one(
    encoder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        call(quantize_sparse, monkeypatch, str(encoder))
    assert "encoder.xml: not sparse, it has 7 MatMuls, 0% to 0% zeros" in capsys.readouterr().err


def test_a_published_version_is_never_changed(encoder: Path) -> None:
    model = ov.Core().read_model(encoder)

    places = [publish(model, Path("models/m")) for _ in range(2)]

    assert places == [Path("models/m/1"), Path("models/m/2")]
    assert sorted(path.name for path in Path("models/m").iterdir()) == ["1", "2"]


@pytest.mark.parametrize(
    ("script", "arguments", "complaint"),
    [
        (make_encoder, ["--width=100"], "--width 100: not a multiple of 64"),
        (make_encoder, ["--zeros=1"], "--zeros 1.0: not from 0 to below 1"),
        (prune_and_quantize, ["missing.xml"], "model missing.xml: No such file or directory"),
        (prune_and_quantize, ["m.xml", "--zeros=80"], "--zeros 80.0: not between 0 and 1"),
        (quantize_sparse, ["missing.xml"], "model missing.xml: No such file or directory"),
    ],
)
def test_mistakes_are_said_in_one_line(
    script: object,
    arguments: list[str],
    complaint: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit, match="2"):
        call(script, monkeypatch, *arguments)
    assert capsys.readouterr().err.endswith(f"error: {complaint}\n")
