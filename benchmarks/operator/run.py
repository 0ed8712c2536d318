"""What the operator needs for many ModelServers, on a real API server.

    python benchmarks/operator/run.py [--servers 1000] [--runs 3] [--json FILE]

Control plane, scheduler, kwok's node, metrics and operator share this machine's cores. A figure is
the median of the runs, each of which has a cluster of its own.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from statistics import median

import cluster
import httpx
import measures

from control_plane import ControlPlane
from control_plane.operator import OperatorProcess

STEADY_SECONDS = 60
CHANGES = 31

UNITS = {
    "converged_seconds": "s until all have children and status",
    "converged_core_seconds": "s of processor time that the operator took for that",
    "peak_memory_mib": "MiB of memory at most",
    "steady_writes": "writes in a minute at rest",
    "steady_core_percent": "% of a core at rest",
    "reaction_seconds": "s from a change to its child, median, while others churn",
    "no_op_writes": "writes of a pass that finds nothing to do",
    "no_op_reads": "reads of such a pass",
}


def one_run(servers: int) -> dict[str, float]:
    """All figures, once."""
    with tempfile.TemporaryDirectory() as folder, cluster.cluster(Path(folder), servers) as plane:
        operator = OperatorProcess(plane, cluster.NAMESPACE, Path(folder), everywhere=True)
        try:
            with plane.client() as client:
                return measured(plane, client, operator, servers)
        finally:
            operator.stop()


def measured(
    plane: ControlPlane, client: httpx.Client, operator: OperatorProcess, servers: int
) -> dict[str, float]:
    """All figures, of an operator that is not started yet."""
    cluster.populate(client, servers)
    converged = measures.convergence(client, operator, servers)
    measures.wait_for_rest(plane, operator)
    steady = measures.steady_state(plane, operator, STEADY_SECONDS)
    no_op = measures.no_op(plane, client, operator)
    with measures.churn(plane, servers):
        reaction = measures.reaction(client, CHANGES)
    return {
        **converged,
        **steady,
        **no_op,
        "reaction_seconds": reaction,
        "peak_memory_mib": measures.peak_memory(operator),
    }


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--servers", type=int, default=1000, metavar="NUMBER")
    parser.add_argument("--runs", type=int, default=3, metavar="NUMBER")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write every run")
    arguments = parser.parse_args()
    runs = []
    for number in range(1, arguments.runs + 1):
        runs.append(one_run(arguments.servers))
        print(f"run {number}: {json.dumps(runs[-1])}", file=sys.stderr, flush=True)
    for figure, unit in UNITS.items():
        print(f"{median(run[figure] for run in runs):10.2f}  {unit}")
    if arguments.json:
        arguments.json.write_text(json.dumps(runs, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
