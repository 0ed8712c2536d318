"""What no single field can say: rules between the fields of one block.

A rule carries its CEL text for the API server and its Python predicate for `parse` in one
place, so that the cluster and the command line never disagree.
"""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition on one block, blamed on one of its fields.

    `must` completes the sentence "<field> must be …". `cel` guards every field with has(),
    because fields are optional; `holds` gets the block and sees absent fields as None.
    """

    field: str
    must: str
    cel: str
    holds: Callable[[Any], bool]

    @property
    def message(self) -> str:
        """What the API server answers when the rule is broken."""
        return f"{self.field} must be {self.must}"

    def value(self, block: object) -> object:
        """The value that the rule blames."""
        return attrgetter(self.field)(block)

    def validation(self) -> dict[str, str]:
        """The rule as an item of x-kubernetes-validations."""
        return {"rule": self.cel, "message": self.message}
