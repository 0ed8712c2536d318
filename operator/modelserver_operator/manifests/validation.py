"""Everything in the files, and everything that is made of them, held against its schema."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from modelserver_operator.api import Problem
from modelserver_operator.api.modelserver import KIND
from modelserver_operator.manifests import schemas
from modelserver_operator.manifests.documents import Document
from modelserver_operator.manifests.errors import UserError
from modelserver_operator.manifests.sources import Source
from modelserver_operator.render import Manifest, Objects

_DEFINITION = "CustomResourceDefinition"


def validate(
    documents: Sequence[Document], made: Iterable[tuple[Source, Objects]]
) -> tuple[str, ...]:
    """Lines on kinds that could not be checked.

    Raises:
        UserError: with a line for each object that its cluster would refuse.
    """
    check = _Check(schemas.custom_schemas(_definitions(documents)))
    for document in documents:
        if document.content.get("kind") != KIND:
            check.document(document)
    for source, objects in made:
        for manifest in objects.manifests():
            check.rendered(source, manifest)
    if check.mistakes:
        raise UserError(*check.mistakes)
    return tuple(check.unknown)


def _definitions(documents: Iterable[Document]) -> Iterator[Manifest]:
    """The CustomResourceDefinitions, once they are known to be some."""
    for document in documents:
        if document.content.get("kind") == _DEFINITION:
            if problem := schemas.problem(document.content, custom={}):
                raise UserError(f"{document.place(problem.path)}: {problem}")
            yield document.content


class _Check:
    """What is found wrong, and which kinds nothing is known of, each in the order it is met."""

    def __init__(self, custom: schemas.CustomSchemas) -> None:
        self.mistakes: list[str] = []
        self.unknown: dict[str, None] = {}
        self._custom = custom

    def document(self, document: Document) -> None:
        """Hold a document against its schema."""
        if problem := self._problem(document.content):
            self.mistakes.append(f"{document.place(problem.path)}: {problem}")

    def rendered(self, source: Source, manifest: Manifest) -> None:
        """Hold an object that a ModelServer becomes against its schema."""
        if problem := self._problem(manifest):
            title = f"{manifest['kind']} {manifest['metadata']['name']}"
            named = replace(problem, path=f"{title}: {problem.path}")
            self.mistakes.append(f"{source.document.place()}: {named}")

    def _problem(self, manifest: Manifest) -> Problem | None:
        try:
            return schemas.problem(manifest, self._custom)
        except schemas.NoSchemaError:
            kind = f"{manifest['kind']} {manifest['apiVersion']}"
            self.unknown[f"{kind}: not checked, its {_DEFINITION} is not among the files"] = None
            return None
