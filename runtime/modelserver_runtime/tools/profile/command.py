"""The command itself: flags in, tables or JSON out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import orjson

from modelserver_runtime.flag_parser import Parser
from modelserver_runtime.kernels import report
from modelserver_runtime.kernels.layers import Sort
from modelserver_runtime.settings import ModelSettings
from modelserver_runtime.tools.model_flags import add_model_flags, find_model, model_settings
from modelserver_runtime.tools.profile import cold, kernels


def run(arguments: Sequence[str]) -> int:
    """Run the command line; its exit code.

    Raises:
        SettingsError: a flag, the model or the device is not in order.
    """
    given = _parser().parse_args(arguments)
    settings, path = model_settings(given), find_model(given.model_path)
    if given.cold:
        print(_cold(settings, path, as_json=given.json))
        return 0
    sort = Sort(given.sort)
    measured = kernels.measure(settings, path, sort, executed_only=given.executed_only)
    print(_json(report.document(measured)) if given.json else report.text(measured))
    return 0


def _cold(settings: ModelSettings, path: Path, *, as_json: bool) -> str:
    starts = cold.measure(settings, path)
    return _json(cold.document(starts)) if as_json else cold.text(starts)


def _json(document: object) -> str:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()


def _parser() -> Parser:
    parser = Parser(
        prog="modelserver-runtime profile",
        description="Run a model once and show each layer's kernel and time.",
        allow_abbrev=False,
    )
    add_model_flags(parser, required=True, device="CPU")
    group = parser.add_argument_group("output")
    group.add_argument(
        "--sort",
        choices=[str(sort) for sort in Sort],
        default=str(Sort.ORDER),
        help="by order of execution (default) or slowest first",
    )
    group.add_argument(
        "--executed-only", action="store_true", help="leave out layers that did not run"
    )
    group.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--cold",
        action="store_true",
        help="show load and first inference without a cache, with an empty one and a filled one",
    )
    return parser
