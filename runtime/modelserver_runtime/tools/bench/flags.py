"""The flags of ``bench``: those of OpenVINO Model Server's benchmark client, and a few more."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from typing import Final

from modelserver_runtime.flag_parser import Parser
from modelserver_runtime.tools.bench.options import ApiName, Arrivals

CLOSED_LOOP: Final = 1  # connections; one at a time shows a request's own latency
OPEN_LOOP: Final = 64  # connections; enough that the server, not their number, makes requests wait
COMPARISON: Final = 16  # connections; more than a laptop has streams, or THROUGHPUT has no chance


def build_parser() -> Parser:
    """The parser; it raises SettingsError where it can't parse."""
    parser = Parser(
        prog="modelserver-runtime bench",
        description="Send load to a model server and measure how it answers.",
        allow_abbrev=False,
    )
    _add_target(parser.add_argument_group("server"))
    _add_data(parser.add_argument_group("data"))
    _add_load(parser.add_argument_group("load"))
    _add_report(parser.add_argument_group("report"))
    return parser


def _add_target(group: argparse._ArgumentGroup) -> None:
    port = _number(int, 1, 65535)
    group.add_argument("-a", "--server_address", default="localhost", help="default: %(default)s")
    group.add_argument("-p", "--grpc_port", type=port, metavar="PORT")
    group.add_argument("-r", "--rest_port", type=port, metavar="PORT")
    group.add_argument("-m", "--model_name", metavar="NAME")
    group.add_argument("-v", "--model_version", type=_number(int, 1), metavar="VERSION")
    group.add_argument(
        "--api",
        choices=[*ApiName],
        help="KFS is KServe over gRPC (default with -p), REST is KServe over REST (default with "
        "-r alone), REST_BINARY sends its tensors as binary data, TFS and TFS_REST are TensorFlow "
        "Serving",
    )
    group.add_argument(
        "--step_timeout",
        type=_number(float, 0.001),
        default=30.0,
        metavar="SECONDS",
        help="what a request may take (default: 30)",
    )
    group.add_argument("-l", "--list_models", action="store_true", help="list what is served")
    group.add_argument(
        "--compare-hints",
        metavar="PATH",
        help="start a server of this model with LATENCY, THROUGHPUT and no hint, and compare them",
    )
    group.add_argument("--target_device", default="CPU", help="of --compare-hints; default: CPU")


def _add_data(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "-b",
        "--bs",
        type=_number(int, 1),
        nargs="+",
        default=[],
        metavar="SIZE",
        help="batch sizes, which take turns (default: the model's own)",
    )
    group.add_argument(
        "-s",
        "--shape",
        nargs="+",
        metavar="SIZE",
        help='sizes such as 1 3 224 224, or \'{"a": "(1,3)", "b": "(1,5)"}\'',
    )
    group.add_argument(
        "-d",
        "--data",
        nargs="+",
        default=[],
        metavar="FILE",
        help="send these in turn: .npy, .npz, .json, or images that the server decodes",
    )
    value = _number(float, -math.inf)
    group.add_argument("--min_value", type=value, default=0.0, help="of made-up data (default: 0)")
    group.add_argument(
        "--max_value", type=value, default=255.0, help="of made-up data (default: 255)"
    )


def _add_load(group: argparse._ArgumentGroup) -> None:
    seconds = _number(float, 0.0)
    group.add_argument(
        "-c",
        "--concurrency",
        type=_number(int, 1),
        metavar="COUNT",
        help=f"connections (default: {CLOSED_LOOP}, {OPEN_LOOP} with --rate, "
        f"{COMPARISON} with --compare-hints)",
    )
    group.add_argument(
        "-n",
        "--steps_number",
        type=_number(int, 1),
        metavar="COUNT",
        help="requests of each connection, or of all together with --rate",
    )
    group.add_argument("-t", "--duration", type=_number(float, 0.001), metavar="SECONDS")
    group.add_argument("-u", "--warmup", type=seconds, default=0.0, metavar="SECONDS")
    group.add_argument("-w", "--window", type=_number(float, 0.001), metavar="SECONDS")
    group.add_argument(
        "--rate",
        type=_number(float, 0.001),
        metavar="REQUESTS",
        help="send so many a second, whatever the answers do",
    )
    group.add_argument(
        "--arrivals",
        choices=[*Arrivals],
        default=Arrivals.POISSON,
        help="of --rate; default: poisson",
    )


def _add_report(group: argparse._ArgumentGroup) -> None:
    group.add_argument("-i", "--id", default="worker", help="in front of each figure")
    group.add_argument("--report_warmup", action="store_true", help="the warm-up's figures, too")
    group.add_argument("--print_all", action="store_true", help="print every figure")
    group.add_argument("-ps", "--print_summary", action="store_true", help="default")
    group.add_argument("-j", "--json", action="store_true", help="print a JSON object")
    group.add_argument(
        "--quantile_list",
        type=_number(float, 0.0, 1.0),
        nargs="+",
        default=[],
        metavar="SHARE",
        help="such as 0.5 0.99",
    )


def _number(
    kind: type[int | float], least: float, most: float = math.inf
) -> Callable[[str], float]:
    allowed = f"of at least {least:g}" if most == math.inf else f"from {least:g} to {most:g}"

    def parse_number(text: str) -> float:
        try:
            number = kind(text)
        except ValueError:
            number = math.nan
        if not least <= number <= most or math.isinf(number):
            noun = "a whole number" if kind is int else "a number"
            raise argparse.ArgumentTypeError(f"{text!r} is not {noun} {allowed}")
        return number

    return parse_number
