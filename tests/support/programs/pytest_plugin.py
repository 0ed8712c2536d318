"""Programs for tests: each is a fixture of its name, built before the first test runs.

A build takes longer than a test may, and nobody would see what it waits for.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from programs import PROGRAMS, BuildFailed, crds, program

NEEDED_BY = {
    "helm": ("helm",),
    "helm4": ("helm4",),
    "kubectl": ("kubectl",),
    "h2spec": ("h2spec",),
    "prometheus": ("prometheus",),
    "promtool": ("promtool",),
    "prometheus_operator_crds": ("prometheus-operator-crds",),
    "keda_crds": ("keda-crds",),
    "control_plane_programs": (
        "etcd",
        "kube-apiserver",
        "kube-controller-manager",
        "kubectl",
        "prometheus-operator-crds",
        "keda-crds",
    ),
}


def pytest_collection_finish(session: pytest.Session) -> None:
    """Obtain what the fixtures of the tests that will run need."""
    if session.config.option.collectonly:
        return
    fixtures = {name for item in session.items for name in getattr(item, "fixturenames", ())}
    needed = [name for each, names in NEEDED_BY.items() if each in fixtures for name in names]
    try:
        for name in needed:
            program(name) if name in PROGRAMS else crds(name)
    except BuildFailed as error:  # the tests that need it fail, the others don't
        print(error, file=sys.stderr)


@pytest.fixture(scope="session")
def helm() -> Path:
    """Helm 3."""
    return program("helm")


@pytest.fixture(scope="session")
def helm4() -> Path:
    """Helm 4."""
    return program("helm4")


@pytest.fixture(scope="session")
def h2spec() -> Path:
    """h2spec, which tests servers of HTTP/2."""
    return program("h2spec")


@pytest.fixture(scope="session")
def prometheus() -> Path:
    """Prometheus 3."""
    return program("prometheus")


@pytest.fixture(scope="session")
def promtool() -> Path:
    """Prometheus' checker of rules."""
    return program("promtool")


@pytest.fixture(scope="session")
def control_plane_programs() -> None:
    """What a control plane consists of; the fixtures that start one ask for it."""


@pytest.fixture(scope="session")
def prometheus_operator_crds() -> list[Path]:
    """ServiceMonitor, PrometheusRule, and the others."""
    return crds("prometheus-operator-crds")


@pytest.fixture(scope="session")
def keda_crds() -> list[Path]:
    """ScaledObject, and the others."""
    return crds("keda-crds")
