"""The timeline of a play, drawn."""

from modelserver_operator.local.picture.drawing import check, draw, write

__all__ = ["check", "draw", "write"]
