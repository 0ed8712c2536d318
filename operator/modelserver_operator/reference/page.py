"""The reference as Markdown, made from what the CustomResourceDefinition is made from."""

import json
from collections.abc import Iterator

from modelserver_operator.api.crd import custom_resource_definition
from modelserver_operator.api.fields import ALLOWED
from modelserver_operator.api.modelserver import Spec
from modelserver_operator.api.schema import Schema, structural
from modelserver_operator.api.status import Status
from modelserver_operator.api.wording import allowed
from modelserver_operator.reference.defaults import VALUES, WORDS

_HEAD = """\
# ModelServer

`intel.com/v1alpha1`, generated from the operator's own models; `kubectl explain modelserver.spec`
says the same on a cluster. Fields without a default have no effect where they are left out. How
these fields differ from those of Intel's operator: there are more of them, and none has gone.
"""
_TABLE = """
| field | value | default | meaning |
|---|---|---|---|
"""
_EXAMPLE = " Example: "


def reference() -> str:
    """The whole page."""
    spec = structural(Spec, keep=frozenset({ALLOWED}))
    status = structural(Status, keep=frozenset({ALLOWED}))
    sections = (*_sections("spec", spec), *_sections("status", status))
    return "\n".join((_HEAD, *_columns(), *sections))


def _columns() -> Iterator[str]:
    """What `kubectl get` shows."""
    [version] = custom_resource_definition()["spec"]["versions"]
    names = [column["name"] for column in version["additionalPrinterColumns"]]
    yield f"`kubectl get modelservers` (short: `ms`) shows {', '.join(names)}.\n"


def _sections(path: str, block: Schema) -> Iterator[str]:
    """A block's section, then those of the blocks in it."""
    rows = "\n".join(_row(path, name, block) for name in block["properties"])
    meaning, _ = _meaning(block)
    yield f"## `{path}`\n\n{meaning}\n{_TABLE}{rows}\n{_rules(path, block)}"
    for name, node in block["properties"].items():
        items = node.get("items", {})
        if "properties" in node:
            yield from _sections(f"{path}.{name}", node)
        elif "properties" in items:
            yield from _sections(f"{path}.{name}[]", items)


def _row(path: str, name: str, block: Schema) -> str:
    node = block["properties"][name]
    meaning, example = _meaning(node)
    if example:
        meaning += f"<br>e.g. `{example}`"
    default = _default(f"{path}.{name}".removeprefix("spec."))
    if name in block.get("required", ()):
        default = "required"
    cells = (f"`{name}`", _value(node), default, meaning)
    return "| {} |".format(" | ".join(cell.replace("|", "\\|") for cell in cells))


def _value(node: Schema) -> str:
    """The type of a field's values, and what more is asked of them."""
    kind, words = _type(node), allowed(node).removeprefix("an ").removeprefix("a ")
    if "properties" in node or kind == "boolean":
        return kind
    return words if words.startswith(kind) else f"{kind}: {words}"


def _type(node: Schema) -> str:
    if "x-kubernetes-int-or-string" in node:
        return "integer or string"
    if "items" in node:
        return f"list of {_type(node['items'])}"
    return str(node["type"])


def _default(path: str) -> str:
    if path not in VALUES:
        return WORDS.get(path, "")
    value = VALUES[path]
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"


def _meaning(node: Schema) -> tuple[str, str]:
    """A description without its example, and the example."""
    text, _, example = node.get("description", "").partition(_EXAMPLE)
    return text, example


def _rules(path: str, block: Schema) -> str:
    rules = block.get("x-kubernetes-validations", ())
    return "".join(f"\n`{path}.{rule['message'].replace(' ', '` ', 1)}.\n" for rule in rules)
