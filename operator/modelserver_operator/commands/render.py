"""`modelserver-operator render`: what the operator would apply, as YAML, without a cluster."""

from argparse import ArgumentParser, Namespace

from modelserver_operator.commands.command import Command


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="+",
        help="manifests of ModelServers and of the ConfigMaps they name; - reads standard input",
    )
    parser.add_argument(
        "--validate",
        action="store_true",
        help="hold every object, also those of other kinds in the files, against its published"
        " schema; CustomResourceDefinitions among the files give that of their kinds",
    )


def _run(arguments: Namespace) -> int:
    from modelserver_operator.commands.rendering import print_objects

    print_objects(arguments.files, validating=arguments.validate)
    return 0


COMMAND = Command("render", "print the objects that ModelServers become", _configure, _run)
