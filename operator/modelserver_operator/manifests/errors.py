"""Mistakes in what a user handed in."""


class UserError(Exception):
    """Input that cannot be used, one line per mistake: where, what was given, what is allowed."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines
