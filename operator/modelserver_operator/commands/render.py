"""`modelserver-operator render`: what the operator would apply, as YAML, without a cluster."""

from argparse import ArgumentParser, Namespace

from modelserver_operator.commands.command import Command
from modelserver_operator.manifests.errors import UserError


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="*",
        help="manifests of ModelServers and of the ConfigMaps they name; - reads standard input",
    )
    parser.add_argument(
        "--adapter-rule",
        choices=("config", "helm"),
        help="print instead the rule for prometheus-adapter, one for the whole cluster: as the"
        " adapter's own config or as values of its Helm chart",
    )


def _run(arguments: Namespace) -> int:
    from modelserver_operator.commands.rendering import print_adapter_rule, print_objects

    if bool(arguments.files) == bool(arguments.adapter_rule):
        raise UserError("modelserver-operator render: give FILE or --adapter-rule, and not both")
    if arguments.adapter_rule:
        print_adapter_rule(arguments.adapter_rule)
    else:
        print_objects(arguments.files)
    return 0


COMMAND = Command("render", "print the objects that ModelServers become", _configure, _run)
