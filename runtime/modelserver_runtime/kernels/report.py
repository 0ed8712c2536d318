"""A profile as a JSON document and as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from modelserver_runtime.kernels.layers import Layer, onednn_ms, total_ms
from modelserver_runtime.kernels.onednn import Primitive

_LAYERS: Final = ("layer", "node type", "exec type", "precision", "oneDNN", "time (ms)")
_PRIMITIVES: Final = ("primitive", "implementation", "count", "time (ms)")


@dataclass(frozen=True, slots=True)
class Profile:
    """What one inference did.

    Attributes:
        devices: those that it ran on.
        layers: in the order in which they are to be shown.
        primitives: what oneDNN's own log says; empty where there is none.
        onednn: oneDNN's version, where its log was read.
    """

    devices: tuple[str, ...]
    layers: Sequence[Layer]
    primitives: Sequence[Primitive] = ()
    onednn: str | None = None


def document(profile: Profile) -> dict[str, object]:
    """The profile in JSON's types."""
    return {
        "devices": profile.devices,
        "total_ms": total_ms(profile.layers),
        "onednn_ms": onednn_ms(profile.layers),
        "onednn_version": profile.onednn,
        "layers": [{**asdict(layer), "precision": layer.precision} for layer in profile.layers],
        "onednn_primitives": [asdict(primitive) for primitive in profile.primitives],
    }


def text(profile: Profile) -> str:
    """The profile as tables for a terminal."""
    return "\n".join(_lines(profile))


def _lines(profile: Profile) -> Iterator[str]:
    yield from table(_LAYERS, [_row(layer) for layer in profile.layers])
    yield ""
    yield f"{total_ms(profile.layers):.3f} ms on {', '.join(profile.devices)}, {_share(profile)}"
    if profile.primitives:
        yield ""
        yield f"oneDNN {profile.onednn or ''}".rstrip()
        yield from table(
            _PRIMITIVES, [_primitive_row(primitive) for primitive in profile.primitives]
        )


def _share(profile: Profile) -> str:
    inside = onednn_ms(profile.layers)
    if inside is None:
        return "how much of it in oneDNN kernels is not known"
    return f"{inside:.3f} ms of it in oneDNN kernels"


def _row(layer: Layer) -> tuple[str, ...]:
    answers = {True: "yes", False: "-", None: "?"}
    return (
        layer.name,
        layer.node_type,
        layer.exec_type if layer.executed else "not run",
        layer.precision if layer.executed else "-",
        answers[layer.is_onednn],
        f"{layer.milliseconds:.3f}",
    )


def _primitive_row(primitive: Primitive) -> tuple[str, ...]:
    return (
        primitive.kind,
        primitive.implementation,
        str(primitive.count),
        f"{primitive.milliseconds:.3f}",
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines of columns as wide as their widest entry."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()
