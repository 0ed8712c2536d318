"""`modelserver-operator run`: the operator at work on a cluster."""

import os
from argparse import ArgumentParser, Namespace

from modelserver_operator.commands.command import Command
from modelserver_operator.controller import options


def _configure(parser: ArgumentParser) -> None:
    options.add_flags(parser)


def _run(arguments: Namespace) -> int:
    values = options.read(vars(arguments), os.environ)

    import asyncio

    from modelserver_operator.controller.app import run
    from modelserver_operator.controller.settings import run_settings

    return asyncio.run(run(run_settings(values, os.environ)))


COMMAND = Command("run", "look after the ModelServers of a cluster", _configure, _run)
