"""What `modelserver-operator run` can be told: by a flag, or by an environment variable.

One table makes the flags, their help and the variables. It imports little, since `--help` of every
command passes here.
"""

from argparse import ArgumentParser
from collections.abc import Mapping
from dataclasses import dataclass

from modelserver_operator.controller import option_values
from modelserver_operator.controller.option_values import Parse
from modelserver_operator.manifests.errors import UserError

PREFIX = "MODELSERVER_OPERATOR_"


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that can be set.

    Attributes:
        name: as the settings call it; the flag and the variable are made from it.
        default: as it would be typed; empty where the help says what holds then.
    """

    name: str
    metavar: str
    parse: Parse
    default: str
    help: str

    @property
    def flag(self) -> str:
        return f"--{self.name.replace('_', '-')}"

    @property
    def variable(self) -> str:
        return PREFIX + self.name.upper()


def add_flags(parser: ArgumentParser) -> None:
    """The flags of all options."""
    parser.epilog = (
        "Each flag can be given as an environment variable too: --log-level as"
        f" {PREFIX}LOG_LEVEL. A flag wins; an empty variable counts as not set."
    )
    for option in OPTIONS:
        default = f" (default: {option.default})" if option.default else ""
        text = (option.help + default).replace("%", "%%")
        parser.add_argument(option.flag, metavar=option.metavar, help=text)


def read(flags: Mapping[str, str | None], environment: Mapping[str, str]) -> dict[str, object]:
    """The value of each option that is set or has a default, by name.

    Raises:
        UserError: with a line for each value that can't be used.
    """
    values, mistakes = dict[str, object](), list[str]()
    for option in OPTIONS:
        source, text = _given(option, flags, environment)
        if not text:
            continue
        try:
            values[option.name] = option.parse(text)
        except ValueError as allowed:
            mistakes.append(f"{source}: must be {allowed}, not {text}")
    if mistakes:
        raise UserError(*mistakes)
    return values


def _given(
    option: Option, flags: Mapping[str, str | None], environment: Mapping[str, str]
) -> tuple[str, str]:
    flag = flags.get(option.name)
    if flag is not None:
        return option.flag, flag
    return option.variable, environment.get(option.variable) or option.default


OPTIONS = (
    Option(
        "namespaces",
        "NAME,...",
        option_values.namespaces,
        "",
        "namespaces whose ModelServers are looked after; all of them if not given",
    ),
    Option(
        "runtime_image",
        "IMAGE",
        option_values.matching(option_values.IMAGE, "the name of an image"),
        "",
        "image of a ModelServer that names none; the runtime of this version if not given",
    ),
    Option(
        "runtime_user",
        "UID",
        option_values.user,
        "5000",
        "user and group of the runtime's pods; none leaves them to the platform, as OpenShift"
        " wants it",
    ),
    Option(
        "service_monitor_labels",
        "KEY=VALUE,...",
        option_values.labels,
        "",
        "labels by which Prometheus finds ServiceMonitors, such as release=prometheus",
    ),
    Option(
        "dashboard_labels",
        "KEY=VALUE,...",
        option_values.labels,
        "grafana_dashboard=1",
        "labels by which Grafana finds the dashboards of ModelServers",
    ),
    Option(
        "prometheus_url",
        "URL",
        option_values.matching(option_values.URL, "an http or https URL"),
        "",
        "where Prometheus answers, for KEDA and for the condition MetricsAvailable; the"
        " prometheus-operated Service if not given",
    ),
    Option(
        "prometheus_token_file",
        "FILE",
        option_values.file,
        "",
        "bearer token for Prometheus, read anew at each question",
    ),
    Option(
        "prometheus_ca_file",
        "FILE",
        option_values.file,
        "",
        "authorities that may have signed Prometheus's certificate; the usual ones if not given",
    ),
    Option(
        "prometheus_insecure",
        "true|false",
        option_values.yes_or_no,
        "false",
        "whether any certificate of Prometheus's is taken, by the operator and by KEDA",
    ),
    Option(
        "keda_authentication",
        "NAME",
        option_values.matching(option_values.NAMESPACE, "a name for an object"),
        "",
        "ClusterTriggerAuthentication with which KEDA asks Prometheus; none if not given",
    ),
    Option(
        "adapter_window",
        "DURATION",
        option_values.window,
        "1m",
        "window of the cluster's rule for prometheus-adapter; none where each ModelServer's own"
        " window is obeyed",
    ),
    Option(
        "allow_host_path_cache",
        "true|false",
        option_values.yes_or_no,
        "false",
        "whether a model cache may lie in a folder of the node",
    ),
    Option(
        "operator_pods",
        "NAMESPACE/KEY=VALUE,...",
        option_values.pods,
        "",
        "pods of the operator, which NetworkPolicies let in; those of its own namespace with"
        " app.kubernetes.io/name=modelserver-operator if not given",
    ),
    Option(
        "prometheus_pods",
        "NAMESPACE/KEY=VALUE,...",
        option_values.pods,
        "monitoring/app.kubernetes.io/name=prometheus",
        "pods of Prometheus, which NetworkPolicies let in",
    ),
    Option(
        "workers",
        "NUMBER",
        option_values.number(1, 100),
        "8",
        "ModelServers worked on at the same time",
    ),
    Option(
        "leader_election",
        "true|false",
        option_values.yes_or_no,
        "true",
        "whether one of several operators is elected to work, by the Lease; without, it works at"
        " once, whoever holds that",
    ),
    Option(
        "lease_name",
        "NAME",
        option_values.matching(option_values.NAMESPACE, "a name for an object"),
        "modelserver-operator",
        "name of the Lease",
    ),
    Option(
        "port",
        "NUMBER",
        option_values.number(1, 65535),
        "8080",
        "port of /healthz, /readyz and /metrics",
    ),
    Option(
        "log_format",
        "json|text",
        option_values.one_of("json", "text"),
        "text",
        "how log lines look",
    ),
    Option(
        "log_level",
        "LEVEL",
        option_values.one_of("debug", "info", "warning", "error"),
        "info",
        "what is logged: debug, info, warning or error",
    ),
)
