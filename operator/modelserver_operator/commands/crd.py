"""`modelserver-operator crd`: the CustomResourceDefinition, ready for `kubectl apply`."""

import sys
from argparse import ArgumentParser, Namespace

from modelserver_operator.commands.command import Command


def _configure(_parser: ArgumentParser) -> None:
    """It takes no arguments: there is one definition."""


def _run(_arguments: Namespace) -> int:
    from modelserver_operator.api import custom_resource_definition
    from modelserver_operator.manifests.documents import as_yaml

    sys.stdout.write(as_yaml([custom_resource_definition()]))
    return 0


COMMAND = Command("crd", "print the CustomResourceDefinition of ModelServer", _configure, _run)
