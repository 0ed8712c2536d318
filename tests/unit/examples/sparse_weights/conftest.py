"""Makes the scripts of the sparse weights example importable."""

import sys
from pathlib import Path

import pytest

SPARSE_WEIGHTS = Path(__file__).parents[4] / "examples" / "sparse-weights"
sys.path.insert(0, str(SPARSE_WEIGHTS))


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
