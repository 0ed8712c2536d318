"""Which programs there are, from which modules: the one place to add another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

KUBERNETES = "v1.35.4"
KEDA = "v2.20.2"


@dataclass(frozen=True, slots=True)
class Program:
    """A main package of a Go module.

    Attributes:
        staging: The version of Kubernetes' staging modules. k8s.io/kubernetes requires them at
            v0.0.0, which exists nowhere, and replaces them by folders of its own repository.
        requires: Other modules and their versions, for a module from before go.mod, which names
            none itself: the newest ones would come otherwise, others every time.
        replaces: Whether the module's own replacements of others have to be made, too.
        stamps: Variables that the linker sets, by their full names.
    """

    name: str
    module: str
    version: str
    package: str
    staging: str = ""
    requires: Mapping[str, str] = field(default_factory=dict)
    replaces: bool = False
    stamps: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Crds:
    """A folder of CustomResourceDefinitions in a Go module."""

    name: str
    module: str
    version: str
    folder: str


@dataclass(frozen=True, slots=True)
class Kustomization:
    """A folder of a Go module that kubectl makes manifests of."""

    name: str
    module: str
    version: str
    folder: str


def _kubernetes(name: str) -> Program:
    _, minor, _ = KUBERNETES.split(".")
    return Program(
        name,
        "k8s.io/kubernetes",
        KUBERNETES,
        f"k8s.io/kubernetes/cmd/{name}",
        staging=KUBERNETES.replace("v1.", "v0."),
        stamps={
            "k8s.io/component-base/version.gitVersion": KUBERNETES,
            "k8s.io/component-base/version.gitMajor": "1",
            "k8s.io/component-base/version.gitMinor": minor,
        },
    )


def _prometheus(name: str) -> Program:
    module = "github.com/prometheus/prometheus"
    return Program(name, module, "v0.305.0", f"{module}/cmd/{name}")  # Prometheus 3.5


def _prometheus_operator(command: str, name: str) -> Program:
    module = "github.com/prometheus-operator/prometheus-operator"
    return Program(name, module, "v0.85.0", f"{module}/cmd/{command}")


def _keda(command: str, name: str) -> Program:
    module = "github.com/kedacore/keda/v2"
    return Program(name, module, KEDA, f"{module}/cmd/{command}", replaces=True)


_PROGRAMS = (
    _kubernetes("kube-apiserver"),
    _kubernetes("kube-controller-manager"),
    _kubernetes("kube-scheduler"),
    _kubernetes("kubectl"),
    Program("etcd", "go.etcd.io/etcd/server/v3", "v3.6.5", "go.etcd.io/etcd/server/v3"),
    Program(
        "helm",
        "helm.sh/helm/v3",
        "v3.22.0",
        "helm.sh/helm/v3/cmd/helm",
        stamps={"helm.sh/helm/v3/internal/version.version": "v3.22.0"},
    ),
    Program(
        "helm4",
        "helm.sh/helm/v4",
        "v4.3.1",
        "helm.sh/helm/v4/cmd/helm",
        stamps={"helm.sh/helm/v4/internal/version.version": "v4.3.1"},
    ),
    _prometheus("prometheus"),
    _prometheus("promtool"),
    _kubernetes("kubelet"),
    _kubernetes("kube-proxy"),
    Program("coredns", "github.com/coredns/coredns", "v1.12.4", "github.com/coredns/coredns"),
    Program(
        "prometheus-adapter",
        "sigs.k8s.io/prometheus-adapter",
        "v0.12.0",
        "sigs.k8s.io/prometheus-adapter/cmd/adapter",
    ),
    _prometheus_operator("operator", "prometheus-operator"),
    _prometheus_operator("prometheus-config-reloader", "prometheus-config-reloader"),
    Program(
        "metrics-server",
        "sigs.k8s.io/metrics-server",
        "v0.7.2",
        "sigs.k8s.io/metrics-server/cmd/metrics-server",
    ),
    _keda("operator", "keda-operator"),
    _keda("adapter", "keda-metrics-apiserver"),
    _keda("webhooks", "keda-admission"),
    Program("kwok", "sigs.k8s.io/kwok", "v0.7.0", "sigs.k8s.io/kwok/cmd/kwok"),
    Program(
        "h2spec",
        "github.com/summerwind/h2spec",
        "v2.2.1+incompatible",
        "github.com/summerwind/h2spec/cmd/h2spec",
        requires={
            "github.com/fatih/color": "v1.19.0",
            "github.com/spf13/cobra": "v1.10.2",
            "golang.org/x/net": "v0.62.0",
        },
    ),
)

_CRDS = (
    Crds(
        "prometheus-operator-crds",
        "github.com/prometheus-operator/prometheus-operator",
        "v0.85.0",
        "example/prometheus-operator-crd",
    ),
    Crds("keda-crds", "github.com/kedacore/keda/v2", KEDA, "config/crd/bases"),
)

_KUSTOMIZATIONS = (
    Kustomization("keda-manifests", "github.com/kedacore/keda/v2", KEDA, "config/default"),
)

PROGRAMS: Mapping[str, Program] = MappingProxyType({each.name: each for each in _PROGRAMS})
CRDS: Mapping[str, Crds] = MappingProxyType({each.name: each for each in _CRDS})
KUSTOMIZATIONS: Mapping[str, Kustomization] = MappingProxyType(
    {each.name: each for each in _KUSTOMIZATIONS}
)
