"""From a manifest to a ModelServer: typed, checked against the rules, its surprises named."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from pydantic import ValidationError

from modelserver_operator.api import wording
from modelserver_operator.api.modelserver import ModelServer
from modelserver_operator.api.problems import InvalidManifest, Problem


@dataclass(frozen=True, slots=True)
class Parsed:
    """A ModelServer, and what its author should know about the manifest.

    `unknown_fields` are the dotted paths of fields that no one reads; `warnings` say the same
    in a line each, with the field that was probably meant.
    """

    server: ModelServer
    warnings: tuple[str, ...]
    unknown_fields: tuple[str, ...]


def parse(document: object) -> Parsed:
    """The ModelServer that a manifest describes.

    Raises:
        InvalidManifest: a value is not allowed, or values contradict each other.
    """
    try:
        server = ModelServer.model_validate(_plain(document))
    except ValidationError as error:
        raise InvalidManifest(wording.problems(error)) from None
    if broken := tuple(_broken_rules(server)):
        raise InvalidManifest(broken)
    unknown = dict(_unknown_fields(server))
    return Parsed(server, warnings=tuple(unknown.values()), unknown_fields=tuple(unknown))


def _plain(document: object) -> object:
    """A mapping of any kind, such as kopf's views, as the dict that strict typing asks for."""
    return dict(document) if isinstance(document, Mapping) else document


def _broken_rules(server: ModelServer) -> Iterator[Problem]:
    """One problem for each rule that a block of the server breaks."""
    for path, block in server.blocks():
        for rule in block.rules:
            if not rule.holds(block):
                value = rule.value(block)
                given = None if value is None else wording.shown(value)
                yield Problem(f"{path}.{rule.field}".removeprefix("."), given, rule.must)


def _unknown_fields(server: ModelServer) -> Iterator[tuple[str, str]]:
    """The path of each field that no block knows, and a warning about it."""
    for path, block in server.blocks():
        for key in block.model_extra or ():
            unknown = f"{path}.{key}".removeprefix(".")
            close = get_close_matches(key, type(block).model_fields, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            yield unknown, f"{unknown}: unknown field, it has no effect{hint}"
