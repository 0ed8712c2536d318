"""The commands that a guide gives its readers, and what it says that they print.

They stand in fenced blocks, each behind `$ `, with what they print below; `…` stands for anything.
A block of `console` needs this machine alone, one of `shell-session` a cluster.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_BLOCK = r"(<!-- background -->\n)?```{language}\n(.*?)```"


@dataclass
class Step:
    """A command, the lines that it is said to print, and whether it stays."""

    command: str
    stays: bool
    expected: list[str] = field(default_factory=list)

    def pattern(self) -> str:
        """What its whole output has to match; nothing said means that anything will do."""
        lines = [re.escape(line).replace("…", ".*") for line in self.expected]
        return "(?s)" + "\n".join(lines) if lines else "(?s).*"


def steps(guide: Path, language: str = "console") -> Iterator[Step]:
    """The steps of all blocks of a language, in order."""
    blocks = re.findall(_BLOCK.format(language=language), guide.read_text(), re.DOTALL)
    for background, block in blocks:
        step: Step | None = None
        for line in block.splitlines():
            if line.startswith("$ "):
                if step is not None:
                    yield step
                step = Step(line.removeprefix("$ "), bool(background))
            else:
                assert step is not None, f"{guide.name}: output before the first command: {line}"
                step.expected.append(line)
        if step is not None:
            yield step
