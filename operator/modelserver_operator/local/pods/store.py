"""What the pods of one namespace may refer to: ConfigMaps, Secrets and volume claims."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from modelserver_operator.local.errors import CannotPlayError

Contents = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Store:
    """Contents of ConfigMaps and Secrets by name, and the folders that stand for claims."""

    config_maps: Mapping[str, Contents] = field(default_factory=dict)
    secrets: Mapping[str, Contents] = field(default_factory=dict)
    claims: Mapping[str, Path] = field(default_factory=dict)

    def config_map(self, name: str, *, optional: bool = False) -> Contents:
        """The ConfigMap's contents. Raises CannotPlayError where it is needed and missing."""
        return _found("ConfigMap", name, self.config_maps, optional=optional)

    def secret(self, name: str, *, optional: bool = False) -> Contents:
        """The Secret's contents. Raises CannotPlayError where it is needed and missing."""
        return _found("Secret", name, self.secrets, optional=optional)

    def claim(self, name: str) -> Path:
        """The folder that stands for the claim. Raises CannotPlayError where none does."""
        if name not in self.claims:
            raise CannotPlayError(
                f"volume claim {name}: no folder stands for it; add --claim {name}=DIR"
            )
        return self.claims[name]


def _found(kind: str, name: str, there: Mapping[str, Contents], *, optional: bool) -> Contents:
    if name in there:
        return there[name]
    if optional:
        return {}
    raise CannotPlayError(f"{kind} {name} is needed and not among the files; add its file")
