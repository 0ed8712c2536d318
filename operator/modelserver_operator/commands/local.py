"""`modelserver-operator local`: ModelServers at work on this machine, without Kubernetes."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path

from modelserver_operator.commands.command import Command
from modelserver_operator.local.options import HPA_SYNC_SECONDS, Options


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="+",
        type=_file,
        help="manifests of ModelServers, and of the ConfigMaps, Secrets and"
        " HorizontalPodAutoscalers that go with them; an edited file is played anew",
    )
    parser.add_argument(
        "--claim",
        metavar="NAME=DIR",
        action="append",
        default=[],
        type=_claim,
        help="the folder that stands for a volume claim; may be given several times",
    )
    parser.add_argument(
        "--hpa-sync-period",
        metavar="SECONDS",
        type=_seconds,
        default=HPA_SYNC_SECONDS,
        help="time between two looks of an autoscaler, as set for a whole cluster (default: 15)",
    )
    parser.add_argument(
        "--output",
        metavar="FILE",
        type=Path,
        help="leave the timeline as a picture, .svg or .html, at the end",
    )


def _run(arguments: Namespace) -> int:
    import asyncio

    from modelserver_operator.local.play import play

    options = Options(arguments.files, dict(arguments.claim), arguments.hpa_sync_period)
    return asyncio.run(play(options, arguments.output))


def _file(text: str) -> str:
    if text == "-":
        raise ArgumentTypeError("-: give files, since edits of standard input cannot be seen")
    return text


def _claim(text: str) -> tuple[str, Path]:
    name, separator, folder = text.partition("=")
    if not (name and separator and folder):
        raise ArgumentTypeError(f"must be NAME=DIR, not {text}")
    return name, Path(folder)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not seconds > 0:
        raise ArgumentTypeError(f"must be a number of seconds above 0, not {text}")
    return seconds


COMMAND = Command(
    "local", "play ModelServers on this machine, without Kubernetes", _configure, _run
)
