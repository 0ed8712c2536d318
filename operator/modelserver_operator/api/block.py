"""The base of every block of a ModelServer: how a piece of the manifest becomes a typed value."""

from collections.abc import Iterator
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from modelserver_operator.api.rules import Rule


class Block(BaseModel):
    """A mapping of the manifest, immutable, typed as strictly as the API server types it.

    A field that was not given is None; defaults belong to whoever uses the value. Unknown keys
    are set aside in `model_extra`, where `parse` finds and names them.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="allow", protected_namespaces=())

    rules: ClassVar[tuple[Rule, ...]] = ()

    @model_validator(mode="before")
    @classmethod
    def _drop_nulls(cls, data: object) -> object:
        """A key without a value is a key not given: the API server prunes nulls as well."""
        if not isinstance(data, dict):
            return data
        return {key: value for key, value in data.items() if value is not None}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Carry the block's rules to the very node of the schema that they belong to."""
        schema = handler.resolve_ref_schema(handler(core_schema))
        if cls.rules:
            schema["x-kubernetes-validations"] = [rule.validation() for rule in cls.rules]
        return schema

    def blocks(self, path: str = "") -> Iterator[tuple[str, "Block"]]:
        """This block and all below it, each with its dotted path such as `spec.server`."""
        yield path, self
        for name in type(self).model_fields:
            for step, child in _children(getattr(self, name)):
                yield from child.blocks(f"{path}.{name}{step}".removeprefix("."))


def _children(value: object) -> Iterator[tuple[str, Block]]:
    """The blocks that a field holds: itself, or the items of its list."""
    items = enumerate(value) if isinstance(value, list) else [(None, value)]
    for index, item in items:
        if isinstance(item, Block):
            yield ("" if index is None else f"[{index}]"), item
