"""oneDNN's verbose log, and what it tells of a model's layers.

With ``ONEDNN_VERBOSE=1`` oneDNN prints a line for each primitive it runs. Two forms of that line
are in use: ``onednn_verbose,v1,primitive,exec,cpu,convolution,brg_conv_fwd:avx512_core,…,0.3`` and
the older ``onednn_verbose,exec,gpu,convolution,jit:ir,…,0.3``.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from modelserver_runtime.kernels.layers import Layer

_EXEC: Final = re.compile(
    r"onednn_verbose,(?:v1,)?(?:[\d.]+,)?(?:primitive,)?exec,"
    r"(?P<engine>\w+),(?P<kind>\w+),(?P<implementation>[^,]*),.*,(?P<milliseconds>[\d.e+-]+)"
)
_CREATE: Final = re.compile(
    r"onednn_verbose,v1,(?:[\d.]+,)?primitive,create:\w+,"
    r"\w+,(?P<kind>\w+),"
)
_VERSION: Final = re.compile(r"onednn_verbose,(?:v1,)?info,oneDNN (v\S+) \(commit (\w+)\)")
_REVISION: Final = re.compile(r"_v\d+$")  # of a primitive's interface: softmax_v2

_KINDS: Final = {
    "AvgPool": ("pooling",),
    "Concat": ("concat",),
    "Concatenation": ("concat",),
    "Convolution": ("convolution",),
    "Deconvolution": ("deconvolution",),
    "FullyConnected": ("inner_product", "matmul"),
    "GRUCell": ("rnn",),
    "GRUSequence": ("rnn",),
    "GroupConvolution": ("convolution",),
    "LRN": ("lrn",),
    "LSTMCell": ("rnn",),
    "LSTMSequence": ("rnn",),
    "MatMul": ("matmul", "inner_product"),
    "MaxPool": ("pooling",),
    "Pooling": ("pooling",),
    "RNNCell": ("rnn",),
    "RNNSequence": ("rnn",),
    "Reorder": ("reorder",),
    "Softmax": ("softmax",),
}
"""The CPU's node types that oneDNN may run, and the primitives that it runs them as."""


@dataclass(frozen=True, slots=True)
class Execution:
    """One primitive that oneDNN ran, on its engine ``cpu`` or ``gpu``."""

    engine: str
    kind: str
    implementation: str
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Primitive:
    """All executions of one implementation, added up."""

    kind: str
    implementation: str
    count: int
    milliseconds: float


def executions(log: Iterable[str]) -> list[Execution]:
    """The primitives that a log tells of; lines of any other kind are passed over."""
    matches = (_EXEC.fullmatch(line.strip()) for line in log)
    return [
        Execution(
            match["engine"],
            _REVISION.sub("", match["kind"]),
            match["implementation"],
            float(match["milliseconds"]),
        )
        for match in matches
        if match
    ]


def created_kinds(log: Iterable[str]) -> frozenset[str]:
    """The kinds of primitives that were created, whatever for."""
    matches = (_CREATE.match(line) for line in log)
    return frozenset(_REVISION.sub("", match["kind"]) for match in matches if match)


def version(log: Iterable[str]) -> str | None:
    """OneDNN's version and commit, where the log tells it."""
    found = (_VERSION.match(line) for line in log)
    return next((f"{match[1]} ({match[2]})" for match in found if match), None)


def primitives(ran: Iterable[Execution]) -> list[Primitive]:
    """The executions summed by implementation, slowest first."""
    times = defaultdict[tuple[str, str], list[float]](list)
    for execution in ran:
        times[execution.kind, execution.implementation].append(execution.milliseconds)
    summed = [Primitive(*key, len(taken), sum(taken)) for key, taken in times.items()]
    return sorted(summed, key=lambda primitive: primitive.milliseconds, reverse=True)


def marked_by_name(layers: Sequence[Layer]) -> list[Layer]:
    """Layers of a GPU, whose names for oneDNN's kernels have a colon in them: ``jit:ir__i8``."""
    return [replace(layer, is_onednn=":" in layer.exec_type) for layer in layers]


def marked_by_log(layers: Sequence[Layer], ran: Iterable[Execution]) -> list[Layer]:
    """Layers of the CPU, held against the log of one inference.

    Kernels' names don't tell there, but every layer that oneDNN runs leaves a line of its kind.
    """
    left = Counter(execution.kind for execution in ran)
    return [replace(layer, is_onednn=_take(layer, left)) for layer in layers]


def marked_by_kind(layers: Sequence[Layer], kinds: Collection[str]) -> list[Layer]:
    """Layers of the CPU, held against the kinds of primitives that were created for them.

    That is less exact: layers that are alike share what was created.
    """
    return [replace(layer, is_onednn=_is_of(layer, kinds)) for layer in layers]


def _is_of(layer: Layer, kinds: Collection[str]) -> bool:
    return layer.executed and any(kind in kinds for kind in _KINDS.get(layer.node_type, ()))


def _take(layer: Layer, left: Counter[str]) -> bool:
    kind = next((kind for kind in _KINDS.get(layer.node_type, ()) if left[kind]), None)
    if kind is None or not layer.executed:
        return False
    left[kind] -= 1
    return True
