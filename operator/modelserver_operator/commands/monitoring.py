"""`modelserver-operator monitoring`: what one cluster needs once, whatever it has of ModelServers.

The adapter's rule, the alerts and the dashboards, ready for `kubectl apply` or for their tool.
"""

import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace

from modelserver_operator.autoscaling.ratio import Basis
from modelserver_operator.commands.command import Command

_DURATION = r"(?=.*[1-9])([0-9]+h)?([0-9]+m)?([0-9]+s)?"


def _configure(parser: ArgumentParser) -> None:
    outputs = parser.add_subparsers(title="what to print", metavar="WHAT", required=True)
    for name, text, configure in (
        ("adapter-rule", "how prometheus-adapter serves the ratio", _configure_adapter_rule),
        ("alerts", "a PrometheusRule with alerts about ModelServers", _configure_alerts),
        ("dashboard", "a Grafana dashboard as JSON", _configure_dashboard),
    ):
        output = outputs.add_parser(name, help=text, description=text[0].upper() + text[1:])
        output.set_defaults(output=name)
        configure(output)


def _configure_adapter_rule(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--form",
        choices=("config", "helm-values", "config-map"),
        default="config",
        help="the adapter's own configuration (default), values of its Helm chart, or a ConfigMap"
        " for that chart's value rules.existing",
    )
    parser.add_argument(
        "--window",
        metavar="DURATION",
        type=_duration,
        default="1m",
        help="over how long the ratio is averaged (default: 1m)",
    )
    parser.add_argument(
        "--basis",
        choices=[str(basis) for basis in Basis],
        default=Basis.BUSIEST_MODEL,
        help="what the ratio of a pod is: that of its busiest model, from what its requests cost in"
        " time (default), or the mean of ovms_current_requests over its models, as in OpenVINO's"
        " blog post",
    )
    parser.add_argument("--name", default="adapter-config", help="name of the ConfigMap")
    parser.add_argument("--key", default="config.yaml", help="key in the ConfigMap")
    parser.add_argument("--namespace", help="namespace of the ConfigMap")


def _configure_alerts(parser: ArgumentParser) -> None:
    parser.add_argument("--name", default="modelserver-alerts", help="name of the PrometheusRule")
    parser.add_argument("--namespace", help="its namespace")
    parser.add_argument(
        "--label",
        metavar="KEY=VALUE",
        dest="labels",
        action="append",
        default=[],
        type=_label,
        help="a label by which Prometheus selects it, such as release=prometheus; may be given"
        " several times",
    )
    parser.add_argument(
        "--runbooks",
        metavar="URL",
        default="docs/runbooks",
        help="where the runbooks' pages are served (default: their folder in this project)",
    )


def _configure_dashboard(parser: ArgumentParser) -> None:
    parser.add_argument(
        "dashboard",
        choices=("fleet", "single"),
        help="all ModelServers beside each other, or one of them in depth",
    )


def _duration(text: str) -> str:
    if not re.fullmatch(_DURATION, text):
        raise ArgumentTypeError(f"must be a duration such as 30s or 1m, not {text}")
    return text


def _label(text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not (key and separator):
        raise ArgumentTypeError(f"must be KEY=VALUE, not {text}")
    return key, value


def _run(arguments: Namespace) -> int:
    from modelserver_operator.commands.monitors import PRINTERS

    PRINTERS[arguments.output](arguments)
    return 0


COMMAND = Command("monitoring", "print the adapter rule, alerts and dashboards", _configure, _run)
