"""The manifests that a command is given, sorted: ModelServers, what they refer to, and the rest."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from modelserver_operator.api import InvalidManifest, ModelServer, Problem, parse
from modelserver_operator.manifests.documents import Document
from modelserver_operator.manifests.errors import UserError
from modelserver_operator.render import Context
from modelserver_operator.render.pod_security import Level, enforced


@dataclass(frozen=True, slots=True)
class Source:
    """A ModelServer and the document that it was read from."""

    server: ModelServer
    document: Document

    def mistakes(self, problems: Iterable[Problem]) -> UserError:
        """The problems as an error, each with its file and line."""
        return _mistakes(self.document, problems)


@dataclass(frozen=True, slots=True)
class Manifests:
    """The manifests of all files.

    `config_maps` holds their data by namespace and name; `pod_security` is the Pod Security
    Standard of each namespace that is among them.
    """

    servers: list[Source] = field(default_factory=list)
    config_maps: dict[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)
    pod_security: dict[str, Level] = field(default_factory=dict)
    others: list[Document] = field(default_factory=list)

    def context_of(self, server: ModelServer) -> Context:
        """What the files tell of a ModelServer's surroundings."""
        namespace = server.metadata.namespace
        return Context(
            config_maps=self.config_maps_of(namespace),
            pod_security=self.pod_security.get(namespace, Level.PRIVILEGED),
        )

    def config_maps_of(self, namespace: str) -> dict[str, Mapping[str, str]]:
        """The data of the namespace's ConfigMaps, by name."""
        return {name: data for (home, name), data in self.config_maps.items() if home == namespace}


def sort_out(documents: Iterable[Document]) -> Manifests:
    """The documents by what they are, the ModelServers parsed.

    Raises:
        UserError: with a line for each mistake in any ModelServer.
    """
    manifests, mistakes = Manifests(), list[str]()
    for document in documents:
        try:
            _add(manifests, document)
        except UserError as error:
            mistakes.extend(error.lines)
    if mistakes:
        raise UserError(*mistakes)
    return manifests


def _add(manifests: Manifests, document: Document) -> None:
    match document.content:
        case {"kind": "ModelServer"}:
            manifests.servers.append(Source(_parse(document), document))
        case {"kind": "ConfigMap", "metadata": {"name": str(name), **metadata}, **content}:
            data, namespace = content.get("data"), str(metadata.get("namespace", "default"))
            manifests.config_maps[namespace, name] = data if isinstance(data, dict) else {}
        case {"kind": "Namespace", "metadata": {"name": str(name), **metadata}}:
            labels = metadata.get("labels")
            manifests.pod_security[name] = enforced(labels if isinstance(labels, dict) else {})
        case _:
            manifests.others.append(document)


def _parse(document: Document) -> ModelServer:
    """The ModelServer, strictly: a field that no one reads is a mistake here."""
    try:
        parsed = parse(document.content)
    except InvalidManifest as error:
        raise _mistakes(document, error.problems) from None
    if parsed.unknown_fields:
        pairs = zip(parsed.unknown_fields, parsed.warnings, strict=True)
        raise UserError(*(f"{document.place(path)}: {warning}" for path, warning in pairs))
    return parsed.server


def _mistakes(document: Document, problems: Iterable[Problem]) -> UserError:
    return UserError(*(f"{document.place(problem.path)}: {problem}" for problem in problems))
