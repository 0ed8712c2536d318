"""How a field is declared: its text for `kubectl explain`, its constraint, and both in words."""

import json
import math
import re
from dataclasses import dataclass
from typing import Any

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.config import JsonDict
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

ALLOWED = "x-allowed"
"""The schema key that tells people what a field accepts; it never reaches the CRD."""

PRESERVE: JsonDict = {"x-kubernetes-preserve-unknown-fields": True}
"""The schema keys of an object whose fields Kubernetes keeps without knowing them."""

_MAX_DIGITS = 63


def field(description: str, example: object, default: object = None, **options: Any) -> Any:  # noqa: ANN401 - as pydantic's own Field
    """A field of a block with its text for `kubectl explain`."""
    shown = example if isinstance(example, str) else json.dumps(example)
    return Field(default=default, description=f"{description} Example: {shown}", **options)


def required(description: str, example: object, **options: Any) -> Any:  # noqa: ANN401 - as pydantic's own Field
    """A field that a block cannot do without."""
    return field(description, example, default=..., **options)


def block(model: type, description: str, example: str) -> Any:  # noqa: ANN401 - as pydantic's own Field
    """A nested block: absent in the manifest means present here and empty."""
    text = f"{description} Example: {example}"
    return Field(default_factory=model, description=text)


def keyed_by(key: str) -> JsonDict:
    """The schema keys of a list whose items are told apart by one of their fields."""
    return {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [key]}


def text(pattern: str, allowed: str, max_length: int) -> FieldInfo:
    """The constraint of a string: its pattern, and the same in words."""
    info: FieldInfo = Field(
        pattern=pattern, max_length=max_length, json_schema_extra={ALLOWED: allowed}
    )
    return info


@dataclass(frozen=True, slots=True)
class IntOrString:
    """The constraint of a value that YAML may spell as 1 or "1"; read as its text either way."""

    pattern: str
    allowed: str
    minimum: int = 0
    maximum: float = math.inf

    def __get_pydantic_core_schema__(
        self, _source: object, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """One function decides, so that a problem shows the value as it was given."""
        return core_schema.no_info_plain_validator_function(self._text)

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Kubernetes' own marker for such a value."""
        schema: JsonSchemaValue = {
            "x-kubernetes-int-or-string": True,
            "pattern": self.pattern,
            "maxLength": _MAX_DIGITS,
            "minimum": self.minimum,
            ALLOWED: self.allowed,
        }
        return schema if self.maximum == math.inf else schema | {"maximum": self.maximum}

    def _text(self, value: object) -> str:
        if type(value) is int and self.minimum <= value <= self.maximum:
            return str(value)
        if isinstance(value, str) and self._fits(value):
            return value
        raise ValueError(self.allowed)

    def _fits(self, text: str) -> bool:
        return len(text) <= _MAX_DIGITS and re.fullmatch(self.pattern, text) is not None
