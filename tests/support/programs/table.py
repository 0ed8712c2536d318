"""Which programs there are, from which modules: the one place to add another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

KUBERNETES = "v1.35.4"


@dataclass(frozen=True, slots=True)
class Program:
    """A main package of a Go module.

    Attributes:
        staging: The version of Kubernetes' staging modules. k8s.io/kubernetes requires them at
            v0.0.0, which exists nowhere, and replaces them by folders of its own repository.
        stamps: Variables that the linker sets, by their full names.
    """

    name: str
    module: str
    version: str
    package: str
    staging: str = ""
    stamps: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Crds:
    """A folder of CustomResourceDefinitions in a Go module."""

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
    Program("kwok", "sigs.k8s.io/kwok", "v0.7.0", "sigs.k8s.io/kwok/cmd/kwok"),
)

_CRDS = (
    Crds(
        "prometheus-operator-crds",
        "github.com/prometheus-operator/prometheus-operator",
        "v0.85.0",
        "example/prometheus-operator-crd",
    ),
    Crds("keda-crds", "github.com/kedacore/keda/v2", "v2.20.2", "config/crd/bases"),
)

PROGRAMS: Mapping[str, Program] = MappingProxyType({each.name: each for each in _PROGRAMS})
CRDS: Mapping[str, Crds] = MappingProxyType({each.name: each for each in _CRDS})
