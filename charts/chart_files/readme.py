"""The table of values in the chart's README."""

import json
from collections.abc import Iterable

from chart_files.values import Value

_START = "<!-- values: from values.yaml, by make generate -->\n"
_END = "<!-- end of values -->"


def with_table(readme: str, values: Iterable[Value]) -> str:
    """The README with the table between its two marks made anew."""
    before, _, rest = readme.partition(_START)
    _, _, after = rest.partition(_END)
    leaves = [leaf for value in values for leaf in value.leaves()]
    rows = "".join(f"{_row(leaf)}\n" for leaf in leaves)
    return f"{before}{_START}| value | default | what it is |\n|---|---|---|\n{rows}{_END}{after}"


def _row(value: Value) -> str:
    allowed = value.constraints.get("enum")
    choice = f" One of {', '.join(map(_code, allowed))}." if allowed else ""
    name = ".".join(value.path)
    return f"| `{name}` | {_default(value.default)} | {value.description}{choice} |"


def _default(default: object) -> str:
    return "" if default in (None, "", [], {}) else _code(default)


def _code(value: object) -> str:
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"
