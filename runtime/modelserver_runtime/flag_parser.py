"""The flags themselves: their names, their values' types, their help."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Final, NoReturn, TypeVar

from modelserver_runtime import option_values, preprocess_values
from modelserver_runtime.settings import MAX_QUEUE_SIZE, SettingsError

T = TypeVar("T")

LOG_LEVELS: Final = ("TRACE", "DEBUG", "INFO", "WARNING", "ERROR")
WITHOUT_EFFECT: Final = (
    "allowed_headers",
    "allowed_methods",
    "allowed_origins",
    "cpu_extension",
    "grpc_channel_arguments",
    "grpc_max_threads",
    "grpc_memory_quota",
    "grpc_workers",
    "idle_sequence_cleanup",
    "low_latency_transformation",
    "max_sequence_number",
    "rest_workers",
    "sequence_cleaner_poll_wait_minutes",
    "stateful",
)


class Parser(argparse.ArgumentParser):
    """Leaves the last word to its caller, where argparse would print and exit."""

    def error(self, message: str) -> NoReturn:
        raise SettingsError(message)


def build_parser(cache_dir: str | None) -> argparse.ArgumentParser:
    """The parser; it raises SettingsError where it can't parse. ``cache_dir`` is a default."""
    parser = Parser(
        prog="modelserver-runtime",
        usage="%(prog)s (--model_name NAME --model_path PATH | --config_path FILE) "
        "(--port PORT | --rest_port PORT) [more flags]",
        description="Serve OpenVINO models over KServe v2 REST and gRPC.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="store_true", help="print the versions and exit")
    _add_server(parser.add_argument_group("server"))
    _add_models(parser.add_argument_group("models"), cache_dir)
    _add_one_model(parser.add_argument_group("one model, in place of config_path"))
    ignored = parser.add_argument_group("accepted for compatibility, without effect")
    for name in WITHOUT_EFFECT:
        ignored.add_argument(f"--{name}", nargs="?", const="", metavar="VALUE")
    return parser


def _add_server(group: argparse._ArgumentGroup) -> None:
    port = checked(_number(0, 65535))
    group.add_argument("--port", type=port, default=0, help="gRPC port; 0 is off (default)")
    group.add_argument("--rest_port", type=port, default=0, help="REST port; 0 is off (default)")
    for name in ("grpc_bind_address", "rest_bind_address"):
        group.add_argument(f"--{name}", default="0.0.0.0", metavar="ADDRESS", help="%(default)s")
    group.add_argument(
        "--grpc_max_connection_age_seconds",
        type=checked(_number(1, 3600)),
        default=60,
        metavar="SECONDS",
        help="after which a gRPC client is sent to find its replica anew (default: 60)",
    )
    group.add_argument(
        "--metrics_enable",
        type=checked(_switch),
        nargs="?",
        const=True,
        default=False,
        metavar="true|false",
        help="answer /metrics on the REST port",
    )
    group.add_argument(
        "--metrics_list", metavar="NAMES", help="comma separated, for the default set"
    )
    group.add_argument(
        "--profile_enable",
        type=checked(_switch),
        nargs="?",
        const=True,
        default=False,
        metavar="true|false",
        help="answer /v2/models/NAME/profile on the REST port; costs every inference a little",
    )
    group.add_argument("--log_level", default="INFO", metavar="|".join(LOG_LEVELS))
    group.add_argument("--log_path", metavar="FILE", help="log here as well as to stderr")


def _add_models(group: argparse._ArgumentGroup, cache_dir: str | None) -> None:
    group.add_argument("--config_path", metavar="FILE", help="config.json with the models")
    group.add_argument(
        "--file_system_poll_wait_seconds",
        type=checked(_number(0)),
        default=1,
        metavar="SECONDS",
        help="how often to look for changes; 0 is never (default: 1)",
    )
    group.add_argument(
        "--cache_dir",
        default=cache_dir,
        metavar="FOLDER",
        help="keep compiled models here (default: /opt/cache, if it is there)",
    )
    group.add_argument(
        "--device_plugins",
        type=checked(option_values.device_plugins),
        default={},
        metavar="JSON",
        help='libraries of further devices, such as {"NVIDIA": "/opt/libnvidia_plugin.so"}',
    )


def _add_one_model(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--model_name", metavar="NAME")
    group.add_argument("--model_path", metavar="FOLDER", help="holds a subfolder for each version")
    group.add_argument("--target_device", metavar="DEVICE", help="CPU (default), GPU, AUTO, …")
    json_flags = (
        ("plugin_config", option_values.plugin_config, 'such as {"NUM_STREAMS": 4}'),
        ("model_version_policy", option_values.version_policy, 'such as {"all": {}}'),
    )
    for name, parser, text in json_flags:
        group.add_argument(f"--{name}", type=checked(parser), metavar="JSON", help=text)
    group.add_argument(
        "--shape", type=checked(option_values.shapes), help="such as (1,3,-1,-1), or auto"
    )
    group.add_argument(
        "--batch_size",
        type=checked(option_values.batch_size),
        metavar="SIZE",
        help="a size, a range, -1 or auto; 0 keeps the model's own (default)",
    )
    group.add_argument(
        "--nireq",
        type=checked(_number(0)),
        metavar="COUNT",
        help="infer requests; 0 is automatic (default)",
    )
    group.add_argument(
        "--max_queue_size",
        type=checked(_number(0)),
        metavar="COUNT",
        help=f"requests that may wait; 0 sets no bound (default: {MAX_QUEUE_SIZE})",
    )
    _add_preprocessing(group)


def _add_preprocessing(group: argparse._ArgumentGroup) -> None:
    conversions = (
        ("layout", preprocess_values.layouts, "CLIENT:MODEL", "such as NHWC:NCHW"),
        ("color_format", preprocess_values.color_format, "MODEL:CLIENT", "such as RGB:BGR"),
        ("precision", preprocess_values.precision, "CLIENT:MODEL", "such as UINT8:FP32"),
        ("mean", preprocess_values.per_channel, "NUMBERS", "subtracted: a number, or [1,2,3]"),
        ("scale", preprocess_values.per_channel, "NUMBERS", "divided by, after mean"),
    )
    for name, parser, metavar, text in conversions:
        group.add_argument(f"--{name}", type=checked(parser), metavar=metavar, help=text)


def checked(parser: Callable[[str], T]) -> Callable[[str], T]:
    """A parser whose SettingsError argparse reports under the flag's name."""

    def parse_flag(text: str) -> T:
        try:
            return parser(text)
        except SettingsError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return parse_flag


def _number(least: int, most: int | None = None) -> Callable[[str], int]:
    allowed = f"of at least {least}" if most is None else f"from {least} to {most}"

    def parse_number(text: str) -> int:
        number = int(text) if text.isdecimal() else least - 1
        if number < least or (most is not None and number > most):
            raise SettingsError(f"{text!r} is not a whole number {allowed}")
        return number

    return parse_number


def _switch(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise SettingsError(f"{text!r} is not true or false")
    return text.lower() == "true"
