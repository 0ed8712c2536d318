"""`python -m real_cluster …`: what a cluster needs, commands in its sandbox, a cluster that stays.

prepare              build the programs and images
run COMMAND…         run a command in fresh namespaces (as root)
start FOLDER         a cluster with everything installed, until it is stopped
stop FOLDER          end it, and remove the folder
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from programs import BuildFailed, crds, kustomized, program
from real_cluster import Cluster, background, images, packages, sandbox
from real_cluster.addons import ADDONS
from real_cluster.product import install_everything

_PROGRAMS = (
    *("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"),
    *("kubelet", "kube-proxy", "kubectl", "helm"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 1 where something could not be built or did not come up."""
    given = _parser().parse_args(arguments)
    try:
        return int(given.command(given))
    except BuildFailed as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="real_cluster",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("prepare").set_defaults(command=lambda _: _prepare())
    run = commands.add_parser("run")
    run.add_argument("words", nargs=argparse.REMAINDER)
    run.set_defaults(command=lambda given: sandbox.run(given.words))
    for name, act in (("start", background.start), ("stop", background.stop), ("up", _up)):
        command = commands.add_parser(name)
        command.add_argument("folder", type=Path)
        command.set_defaults(command=lambda given, act=act: act(given.folder.absolute()))
    return parser


def _prepare() -> int:
    packages.install()
    for name in _PROGRAMS:
        program(name)
    crds("prometheus-operator-crds")
    kustomized("keda-manifests")
    for addon in ADDONS:
        for name in addon.programs:
            images.archive(images.of_program(name))
    for image in (images.PAUSE, images.RUNTIME, images.OPERATOR):
        images.archive(image)
    return 0


def _up(folder: Path) -> int:
    with Cluster() as cluster:
        install_everything(cluster)
        background.ready(folder, cluster.plane.admin)
        signal.sigwait({signal.SIGTERM, signal.SIGINT})
    return 0


if __name__ == "__main__":
    sys.exit(main())
