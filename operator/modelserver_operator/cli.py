"""The command line of the operator: one sub-command for each thing it can do."""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from importlib.metadata import version

from modelserver_operator.commands import crd, local, monitoring, render, run
from modelserver_operator.manifests.errors import UserError

_COMMANDS = (
    run.COMMAND,
    render.COMMAND,
    crd.COMMAND,
    local.COMMAND,
    monitoring.COMMAND,
)
_USAGE_ERROR = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run a sub-command; 2 says that the user's input cannot be used, on one line per mistake."""
    arguments = _parser().parse_args(argv)
    try:
        code: int = arguments.run(arguments)
    except UserError as error:
        print(*error.lines, sep="\n", file=sys.stderr)
        return _USAGE_ERROR
    return code


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="modelserver-operator",
        description="Turns ModelServer resources into autoscaled OpenVINO model services.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('modelserver')}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in _COMMANDS:
        subparser = subparsers.add_parser(
            command.name, help=command.help, description=command.help[0].upper() + command.help[1:]
        )
        command.configure(subparser)
        subparser.set_defaults(run=command.run)
    return parser
