"""Makes the quickstart's scripts importable, as they are for one another when one is run."""

import sys
from pathlib import Path

import pytest

QUICKSTART = Path(__file__).parents[3] / "examples" / "quickstart"
sys.path.insert(0, str(QUICKSTART))


@pytest.fixture(scope="session")
def quickstart() -> Path:
    return QUICKSTART
