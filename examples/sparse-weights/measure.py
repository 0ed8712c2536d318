"""What sparse weights gain, for numbers of streams and lengths of sequences.

    python measure.py build/models/encoder/1/model.xml --json build/matrix.json

A gain of 1.2 stands for a fifth more inferences than with the same weights taken as dense. It is
counted in inferences per second of processor time, which hardly changes when other processes take
their share of the cores. Both kinds take turns, and what is told is the median of the rounds.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import numpy as np

# OpenVINO reports its use when it finds this package; not finding it, it stays silent.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

import openvino as ov  # noqa: E402

DENSE, SPARSE = 1.0, 0.8  # the share of zeros from which on weights are kept compressed


@dataclass(frozen=True)
class Cell:
    """One place in the matrix, in inferences per second of processor time."""

    streams: int
    length: int
    dense: float
    sparse: float

    @property
    def gain(self) -> float:
        """How many inferences with sparse weights stand for one with dense ones."""
        return self.sparse / self.dense


def matrix(
    path: Path, streams: Sequence[int], lengths: Sequence[int], rounds: int, seconds: float
) -> Iterator[Cell]:
    """Measure every combination; each stream has one thread."""
    core = ov.Core()
    for length in lengths:
        model = core.read_model(path)
        model.reshape([1, length])
        for count in streams:
            yield cell(core, model, count, length, rounds, seconds)


def cell(
    core: ov.Core, model: ov.Model, streams: int, length: int, rounds: int, seconds: float
) -> Cell:
    """Measure dense and sparse weights in turn."""
    both = [compiled(core, model, streams, rate) for rate in (DENSE, SPARSE)]
    rates = [[rate(each, length, seconds) for each in both] for _ in range(rounds)]
    dense, sparse = map(median, zip(*rates, strict=True))
    return Cell(streams, length, dense, sparse)


def compiled(core: ov.Core, model: ov.Model, streams: int, rate: float) -> ov.CompiledModel:
    """The model with this many streams, and weights compressed from this share of zeros on."""
    config = {
        "NUM_STREAMS": streams,
        "INFERENCE_NUM_THREADS": streams,
        "CPU_SPARSE_WEIGHTS_DECOMPRESSION_RATE": rate,
    }
    return core.compile_model(model, "CPU", config)


def rate(model: ov.CompiledModel, length: int, seconds: float) -> float:
    """Inferences per second of processor time, with every stream busy for so many seconds."""
    queue = ov.AsyncInferQueue(model)
    tokens = np.ones((1, length), np.int64)
    for _ in range(2 * len(queue)):  # a first one prepares
        queue.start_async([tokens])
    queue.wait_all()
    count, began, end = 0, process_time(), perf_counter() + seconds
    while perf_counter() < end:
        queue.start_async([tokens])
        count += 1
    queue.wait_all()
    return count / (process_time() - began)


def table(cells: Sequence[Cell]) -> str:
    """The gains in Markdown: streams down, lengths across."""
    lengths = sorted({cell.length for cell in cells})
    gains = {(cell.streams, cell.length): f"{cell.gain:.2f}" for cell in cells}
    rows = [
        ["streams \\ length", *map(str, lengths)],
        ["---"] * (len(lengths) + 1),
        *(
            [str(streams), *(gains[streams, length] for length in lengths)]
            for streams in sorted({cell.streams for cell in cells})
        ),
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main() -> None:
    """Reads the command line, measures, and prints the table."""
    parser = argparse.ArgumentParser(description="Measure what sparse weights gain.")
    parser.add_argument("model", type=Path, help="sparse and INT8, taking token ids")
    parser.add_argument("--streams", type=int, nargs="+", default=[1, 2], metavar="N")
    parser.add_argument(
        "--lengths", type=int, nargs="+", default=[8, 16, 32, 64, 128, 256], metavar="TOKENS"
    )
    parser.add_argument("--rounds", type=int, default=9, help="default: %(default)s")
    parser.add_argument("--seconds", type=float, default=0.3, help="each, default: %(default)s")
    parser.add_argument("--json", type=Path, help="also write the measurements to this file")
    options = parser.parse_args()
    if not options.model.exists():
        parser.error(f"model {options.model}: No such file or directory")
    cells = list(
        matrix(options.model, options.streams, options.lengths, options.rounds, options.seconds)
    )
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps([asdict(cell) for cell in cells], indent=2))
    print(table(cells))


if __name__ == "__main__":
    main()
