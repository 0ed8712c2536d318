"""What the work queue holds: not events and not objects, only which ModelServer to look at."""

from typing import NamedTuple


class Key(NamedTuple):
    """A ModelServer by name; what it says is read anew by each pass."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"
