"""What a platform team has on its clusters: DNS, Prometheus, the adapter, KEDA, metrics-server.

Each is a file of manifests, of this folder or its makers' own, with images built here in place of a
registry's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Any

import yaml

from programs import KUSTOMIZATIONS, crds, kustomized
from real_cluster.images import of_program
from real_cluster.node import DNS_ADDRESS

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Addon:
    """A program that others provide, as objects.

    Attributes:
        file: Its manifests; in this folder, or as programs.kustomized names them.
        programs: Those whose images its pods name.
        workloads: What has to be rolled out before it serves: namespace and kind/name.
        definitions: Names of CustomResourceDefinitions that come with it.
        values: What its manifests leave open.
    """

    file: str
    programs: Sequence[str]
    workloads: Sequence[tuple[str, str]]
    definitions: Sequence[str] = ()
    values: Mapping[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """Its manifests, with the images' names and the cluster's addresses filled in."""
        files = [file for name in self.definitions for file in crds(name)]
        return "\n---\n".join([*(file.read_text() for file in files), self._own_manifests()])

    def _own_manifests(self) -> str:
        if self.file in KUSTOMIZATIONS:
            documents = yaml.safe_load_all(kustomized(self.file).read_text())
            return yaml.safe_dump_all(map(with_own_images, documents))
        images = {name.replace("-", "_"): of_program(name).reference for name in self.programs}
        filled_in = {**images, **self.values, "dns": DNS_ADDRESS}
        return Template((_FOLDER / self.file).read_text()).substitute(filled_in)


def with_own_images(manifest: dict[str, Any]) -> dict[str, Any]:
    """A manifest whose containers run the program of the same name as the Deployment."""
    if manifest["kind"] == "Deployment":
        image = of_program(manifest["metadata"]["name"])
        for container in manifest["spec"]["template"]["spec"]["containers"]:
            container["image"] = image.reference
            container["imagePullPolicy"] = "Never"
            container["command"] = [f"/bin/{image.name}"]
    return manifest


def adapter(namespace: str, *flags: str) -> Addon:
    """prometheus-adapter as its chart starts it with rules.existing=adapter-config.

    Args:
        namespace: where it is, beside Prometheus and its ConfigMap.
        flags: those that differ from one installation to another.
    """
    prometheus = f"--prometheus-url=http://prometheus-operated.{namespace}.svc:9090"
    return Addon(
        "prometheus-adapter.yaml",
        ["prometheus-adapter"],
        [(namespace, "deployment/prometheus-adapter")],
        values={"namespace": namespace, "flags": ", ".join((prometheus, *flags))},
    )


DNS = Addon("coredns.yaml", ["coredns"], [("kube-system", "deployment/coredns")])
PROMETHEUS_OPERATOR = Addon(
    "prometheus-operator.yaml",
    ["prometheus-operator", "prometheus-config-reloader", "prometheus"],
    [("monitoring", "deployment/prometheus-operator")],
    ["prometheus-operator-crds"],
)
PROMETHEUS = Addon("prometheus.yaml", [], [("monitoring", "statefulset/prometheus-cluster")])
ADAPTER = adapter("monitoring", "--metrics-relist-interval=5s", "--metrics-max-age=10m")
METRICS_SERVER = Addon(
    "metrics-server.yaml", ["metrics-server"], [("kube-system", "deployment/metrics-server")]
)
KEDA = Addon(
    "keda-manifests",
    ["keda-operator", "keda-metrics-apiserver", "keda-admission"],
    [("keda", f"deployment/{name}") for name in ("keda-operator", "keda-metrics-apiserver")],
)

ADDONS = (DNS, PROMETHEUS_OPERATOR, PROMETHEUS, ADAPTER, METRICS_SERVER, KEDA)
"""All of them."""
