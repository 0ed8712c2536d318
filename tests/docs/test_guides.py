"""Every command in the guides and in the examples runs, and answers what the guide says it answers.

A fenced block of `console` holds commands, each behind `$ `, and what they print; `…` stands for
anything. The block after a comment `<!-- background -->` runs on until its guide's end.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDES = sorted((ROOT / "docs/guides").glob("*.md"))
EXAMPLES = sorted((ROOT / "examples").glob("*/README.md"))

_OF_MAKE = ("MAKE", "MFLAGS")
_BLOCK = re.compile(r"(<!-- background -->\n)?```console\n(.*?)```", re.DOTALL)


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


def steps(guide: Path) -> Iterator[Step]:
    for background, block in _BLOCK.findall(guide.read_text()):
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


def name(guide: Path) -> str:
    return guide.parent.name if guide.stem == "README" else guide.stem


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The project as a user has it, with a build folder of its own."""
    for name in (".venv", "Makefile", "deploy", "examples", "pyproject.toml"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "build").mkdir()
    return tmp_path


@pytest.mark.parametrize("guide", [*GUIDES, *EXAMPLES], ids=name)
def test_a_guides_commands_do_what_it_says(guide: Path, folder: Path) -> None:
    with ExitStack() as stack:
        for step in steps(guide):
            if step.stays:
                stack.enter_context(staying(step.command, folder))
            else:
                output = run(step.command, folder)
                assert re.fullmatch(step.pattern(), output.rstrip("\n")), output


def environment() -> dict[str, str]:
    """A user's: the project's commands are found, and no make is at work around them."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    own = {
        key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))
    }
    return {**own, "PATH": path}


def run(command: str, folder: Path) -> str:
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


@contextmanager
def staying(command: str, folder: Path) -> Iterator[None]:
    """A command that runs until it is told to stop as by Ctrl-C, and ends in order."""
    log = folder / "background.log"
    with (
        log.open("w") as output,
        subprocess.Popen(
            shlex.split(command), cwd=folder, env=environment(), stdout=output, stderr=output
        ) as process,
    ):
        try:
            yield
        finally:
            process.send_signal(signal.SIGINT)
            status = process.wait(60)
    assert status == 0, log.read_text()


def test_the_guides_have_commands() -> None:
    assert all(list(steps(guide)) for guide in GUIDES)


def test_every_example_runs_or_names_the_guide_that_runs_it() -> None:
    folders = [path for path in (ROOT / "examples").iterdir() if path.is_dir()]
    assert {guide.parent for guide in EXAMPLES} == {each for each in folders if any(each.iterdir())}
    for guide in EXAMPLES:
        linked = re.findall(r"\]\((\.\./\.\./docs/[a-z/-]+\.md)\)", guide.read_text())
        assert linked or list(steps(guide)), guide
        assert all((guide.parent / link).is_file() for link in linked)
