"""What is wrong with a manifest, in one line per problem that its author can act on."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """A field whose value is not allowed; `given` is None where a value is missing."""

    path: str
    given: str | None
    allowed: str

    def __str__(self) -> str:
        verdict = "but is missing" if self.given is None else f"not {self.given}"
        return f"{self.path or 'the manifest'}: must be {self.allowed}, {verdict}"


class InvalidManifest(ValueError):
    """A manifest that no ModelServer can be made of, with every problem found in it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems
