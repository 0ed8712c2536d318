"""Figures of a run, kept beside its logs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[3] / "build/e2e"


def record(name: str, **figures: object) -> None:
    """Add figures to those that a file of the folder has of this run or earlier ones."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = FOLDER / f"{name}.json"
    known = json.loads(file.read_text()) if file.exists() else {}
    file.write_text(json.dumps(known | figures, indent=2) + "\n")
