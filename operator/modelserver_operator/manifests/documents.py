"""YAML in and out: documents that know where they stand, so that a mistake can be pointed at."""

import re
import sys
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from modelserver_operator.manifests.errors import UserError

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file: what it says, and the nodes that it was read from."""

    file: str
    content: dict[str, Any]
    node: yaml.Node

    @property
    def title(self) -> str:
        """The object's kind and name, as far as it has them."""
        metadata = self.content.get("metadata")
        name = metadata.get("name") if isinstance(metadata, dict) else None
        return f"{self.content.get('kind', 'document without a kind')} {name or ''}".rstrip()

    def place(self, path: str = "") -> str:
        """The file and line of a field such as `spec.env[0].name`, or of what comes nearest."""
        mark, node = self.node.start_mark, self.node
        for step in re.findall(r"[^.\[\]]+", path):
            found = _child(node, step)
            if found is None:
                break
            mark, node = found
        return f"{self.file}:{mark.line + 1}"


def _child(node: yaml.Node, step: str) -> tuple[yaml.Mark, yaml.Node] | None:
    """Where a key or an item starts, and what it holds."""
    if isinstance(node, yaml.SequenceNode) and step.isdigit() and int(step) < len(node.value):
        item = node.value[int(step)]
        return item.start_mark, item
    if isinstance(node, yaml.MappingNode):
        return next(
            ((key.start_mark, value) for key, value in node.value if key.value == step), None
        )
    return None


def read(file: str) -> list[Document]:
    """The documents of a file, or of standard input for `-`.

    Raises:
        UserError: the file cannot be read, or is not YAML, or a document is not a mapping.
    """
    name = "standard input" if file == STDIN else file
    try:
        text = sys.stdin.read() if file == STDIN else Path(file).read_text(encoding="utf-8")
        return list(_documents(name, text))
    except OSError as error:
        raise UserError(f"{name}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{name}: not UTF-8 text: {error.reason}") from None
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise UserError(f"{name}{line}: not YAML: {error.problem}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise UserError(f"{name}: not YAML: {' '.join(str(error).split())}") from None


def as_yaml(documents: Iterable[object]) -> str:
    """The documents as a YAML stream, each field in the order that it was put in."""
    return yaml.dump_all(documents, Dumper=_Dumper, sort_keys=False, width=_NEVER_FOLD)


_NEVER_FOLD = 1_000_000


class _Dumper(yaml.SafeDumper):
    """Writes a value again wherever it occurs, since a reader does not expect anchors."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the base class asks
        return True


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    """Several lines, such as a file in a ConfigMap, stay several lines."""
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


class _Loader(yaml.SafeLoader):
    """Refuses a key that is given twice; YAML's own reader would silently take the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            name = str(key.value)
            if name in seen:
                problem, mark = f"the key {name} is given twice", key.start_mark
                raise yaml.constructor.ConstructorError(problem=problem, problem_mark=mark)
            seen.add(name)
        return super().construct_mapping(node, deep)


def _documents(name: str, text: str) -> Iterator[Document]:
    loader = _Loader(text)
    while loader.check_node() and (node := loader.get_node()):
        yield from _objects(name, loader.construct_document(node), node)


def _objects(name: str, content: object, node: yaml.Node) -> Iterator[Document]:
    """A document as it is, or the objects of a List, which is how kubectl prints several."""
    match content, _child(node, "items"):
        case {"kind": "List", "items": [*items]}, (_, yaml.SequenceNode(value=nodes)):
            for item, below in zip(items, nodes, strict=True):
                yield from _objects(name, item, below)
        case dict(), _:
            yield Document(name, content, node)
        case None, _:
            return
        case _:
            line = node.start_mark.line + 1
            raise UserError(f"{name}:{line}: a manifest is a mapping with apiVersion and kind")
