"""An operator with nothing to do does nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from control_plane import ControlPlane, Kubectl, eventually
from control_plane.operator import OperatorProcess


@pytest.mark.parametrize("everywhere", [False, True], ids=["one-namespace", "everywhere"])
def test_it_starts_and_writes_nothing_but_its_lease(
    everywhere: bool,
    control_plane: ControlPlane,
    start_operator: Callable[..., OperatorProcess],
    kubectl: Kubectl,
) -> None:
    mark = control_plane.audit.mark()
    operator = start_operator(everywhere=everywhere)
    eventually(lambda: "leads" in operator.log.read_text())
    assert operator.stop() == 0
    here = {"", kubectl.namespace}  # that of a test before may still be on its way out
    written = {
        each.resource
        for each in control_plane.audit.since(mark)
        if each.user == operator.user and each.writes and each.namespace in here
    }
    assert written <= {"leases", "selfsubjectaccessreviews"}
