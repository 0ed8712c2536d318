"""One pass over one ModelServer: look up, render, decide, apply, prune, observe, report.

What is decided is decided by pure functions of what was read; the pass itself only asks and tells.
"""

from modelserver_operator.reconcile.outcome import Outcome, Verdict
from modelserver_operator.reconcile.reconciler import Reconciler

__all__ = ["Outcome", "Reconciler", "Verdict"]
