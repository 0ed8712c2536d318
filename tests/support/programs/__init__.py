"""The programs of others that tests and benchmarks run: API servers, helm, promtool, …

No package index has them as binaries, so they are built from source, once for each version, and
kept in the user's cache folder, where every checkout finds them. `table.py` names them.
"""

from programs.errors import BuildFailed
from programs.obtain import crds, kustomized, program
from programs.table import CRDS, KUSTOMIZATIONS, PROGRAMS

__all__ = ["CRDS", "KUSTOMIZATIONS", "PROGRAMS", "BuildFailed", "crds", "kustomized", "program"]
