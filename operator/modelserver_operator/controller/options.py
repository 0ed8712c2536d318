"""What `modelserver-operator run` can be told: by a flag, or by an environment variable.

One table makes the flags, their help and the variables. It imports little, since `--help` of every
command passes here.
"""

import re
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from modelserver_operator.manifests.errors import UserError

PREFIX = "MODELSERVER_OPERATOR_"

_NAMESPACE = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_LABEL = r"([-a-zA-Z0-9_./]+)=([-a-zA-Z0-9_.]*)"
_DURATION = r"([0-9]+(ms|[smhdwy]))+"
_IMAGE = r"[^\s]+"
_URL = r"https?://[^\s/]+\S*"

Parse = Callable[[str], object]
"""From text to a value; a ValueError says what is allowed."""


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


def _matching(pattern: str, allowed: str) -> Parse:
    def parse(text: str) -> str:
        if re.fullmatch(pattern, text) is None:
            raise ValueError(allowed)
        return text

    return parse


def _one_of(*allowed: str) -> Parse:
    return _matching("|".join(allowed), f"one of {', '.join(allowed)}")


def _number(lowest: int, highest: int) -> Parse:
    def parse(text: str) -> int:
        if not text.isdecimal() or not lowest <= int(text) <= highest:
            raise ValueError(f"a whole number from {lowest} to {highest}")
        return int(text)

    return parse


def _yes_or_no(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("true or false")
    return text == "true"


def _user(text: str) -> int | None:
    if text == "none":
        return None
    if not text.isdecimal():
        raise ValueError("a user id, or none")
    return int(text)


def _window(text: str) -> str | None:
    if text != "none" and re.fullmatch(_DURATION, text) is None:
        raise ValueError("a duration such as 30s or 1m, or none")
    return None if text == "none" else text


def _namespaces(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    if not all(re.fullmatch(_NAMESPACE, name) for name in names):
        raise ValueError("names of namespaces, separated by commas")
    return tuple(dict.fromkeys(names))


def _pods(text: str) -> tuple[str, dict[str, str]]:
    namespace, _, labels = text.partition("/")
    try:
        return namespace, _labels(labels)
    except ValueError:
        raise ValueError("a namespace and labels, as in monitoring/app=prometheus") from None


def _labels(text: str) -> dict[str, str]:
    pairs = [re.fullmatch(_LABEL, pair.strip()) for pair in text.split(",")]
    if not all(pairs):
        raise ValueError("labels such as release=prometheus,team=ml")
    return {pair[1]: pair[2] for pair in pairs if pair}


OPTIONS = (
    Option(
        "namespaces",
        "NAME,...",
        _namespaces,
        "",
        "namespaces whose ModelServers are looked after; all of them if not given",
    ),
    Option(
        "runtime_image",
        "IMAGE",
        _matching(_IMAGE, "the name of an image"),
        "",
        "image of a ModelServer that names none; the runtime of this version if not given",
    ),
    Option(
        "runtime_user",
        "UID",
        _user,
        "5000",
        "user and group of the runtime's pods; none leaves them to the platform, as OpenShift"
        " wants it",
    ),
    Option(
        "service_monitor_labels",
        "KEY=VALUE,...",
        _labels,
        "",
        "labels by which Prometheus finds ServiceMonitors, such as release=prometheus",
    ),
    Option(
        "dashboard_labels",
        "KEY=VALUE,...",
        _labels,
        "grafana_dashboard=1",
        "labels by which Grafana finds the dashboards of ModelServers",
    ),
    Option(
        "prometheus_url",
        "URL",
        _matching(_URL, "an http or https URL"),
        "",
        "where Prometheus answers, for KEDA and for the condition MetricsAvailable; the"
        " prometheus-operated Service if not given",
    ),
    Option(
        "adapter_window",
        "DURATION",
        _window,
        "1m",
        "window of the cluster's rule for prometheus-adapter; none where each ModelServer's own"
        " window is obeyed",
    ),
    Option(
        "allow_host_path_cache",
        "true|false",
        _yes_or_no,
        "false",
        "whether a model cache may lie in a folder of the node",
    ),
    Option(
        "operator_pods",
        "NAMESPACE/KEY=VALUE,...",
        _pods,
        "",
        "pods of the operator, which NetworkPolicies let in; those of its own namespace with"
        " app.kubernetes.io/name=modelserver-operator if not given",
    ),
    Option(
        "prometheus_pods",
        "NAMESPACE/KEY=VALUE,...",
        _pods,
        "monitoring/app.kubernetes.io/name=prometheus",
        "pods of Prometheus, which NetworkPolicies let in",
    ),
    Option("workers", "NUMBER", _number(1, 100), "8", "ModelServers worked on at the same time"),
    Option(
        "leader_election",
        "true|false",
        _yes_or_no,
        "true",
        "whether one of several operators is elected to work, by a Lease",
    ),
    Option(
        "lease_name",
        "NAME",
        _matching(_NAMESPACE, "a name for an object"),
        "modelserver-operator",
        "name of the Lease",
    ),
    Option(
        "port",
        "NUMBER",
        _number(1, 65535),
        "8080",
        "port of /healthz, /readyz and /metrics",
    ),
    Option("log_format", "json|text", _one_of("json", "text"), "text", "how log lines look"),
    Option(
        "log_level",
        "LEVEL",
        _one_of("debug", "info", "warning", "error"),
        "info",
        "what is logged: debug, info, warning or error",
    ),
)
