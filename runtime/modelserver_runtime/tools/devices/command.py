"""The command itself: flags in, tables or JSON out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

import orjson

from modelserver_runtime.engine.auto_choice import Choice
from modelserver_runtime.flag_parser import Parser
from modelserver_runtime.kernels.report import table
from modelserver_runtime.tools.devices.survey import Found, Survey, choose, survey
from modelserver_runtime.tools.model_flags import add_model_flags, find_model, model_settings


def run(arguments: Sequence[str]) -> int:
    """Run the command line; its exit code.

    Raises:
        SettingsError: a flag or the model is not in order.
    """
    given = _parser().parse_args(arguments)
    settings = model_settings(given)
    choice = choose(find_model(given.model_path), settings) if given.model_path else None
    seen = survey(given.device_plugins)
    if given.json:
        print(orjson.dumps(_document(seen, choice), option=orjson.OPT_INDENT_2).decode())
    else:
        print("\n".join(_lines(seen, choice)))
    return 0


def _parser() -> Parser:
    parser = Parser(
        prog="modelserver-runtime devices",
        description="Show the devices, and for a model which of them AUTO takes.",
        allow_abbrev=False,
    )
    add_model_flags(parser, required=False, device="AUTO")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _document(seen: Survey, choice: Choice | None) -> Mapping[str, object]:
    found = [
        {
            **asdict(entry.device),
            "has_systolic_array": entry.device.has_systolic_array,
            "features": entry.features,
            "onednn_version": entry.onednn,
        }
        for entry in seen.found
    ]
    auto = {} if choice is None else {"auto": asdict(choice)}
    return {"devices": found, "missing": seen.missing, **auto}


def _lines(seen: Survey, choice: Choice | None) -> Iterator[str]:
    for entry in seen.found:
        yield from table((entry.device.name, entry.device.full_name), list(_rows(entry)))
        yield ""
    for name, reason in seen.missing.items():
        yield f"{name} is not there: {reason}"
    if choice is not None:
        yield ""
        yield (
            f"AUTO for this {choice.precision} model: {choice.chosen}, "
            f"optimal infer requests: {choice.requests}"
        )
        yield from table(("order", "reason"), list(choice.reasons.items()))


def _rows(entry: Found) -> Iterator[tuple[str, str]]:
    device = entry.device
    yield "  capabilities", " ".join(device.capabilities)
    yield "  systolic array", "yes" if device.has_systolic_array else "no"
    if entry.features:
        yield "  features", " ".join(entry.features)
    yield "  oneDNN", entry.onednn or "not used"
    yield "  plugin", device.plugin
    yield "  infer requests", "least {}, most {}, step {}".format(*device.requests)
    for name, value in device.properties.items():
        yield f"  {name}", str(value)
