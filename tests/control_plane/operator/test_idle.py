"""An operator with nothing to do does nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from control_plane import ControlPlane, eventually
from control_plane.operator import OperatorProcess


@pytest.mark.parametrize("everywhere", [False, True], ids=["one-namespace", "everywhere"])
def test_it_starts_and_writes_nothing_but_its_lease(
    everywhere: bool, control_plane: ControlPlane, start_operator: Callable[..., OperatorProcess]
) -> None:
    mark = control_plane.audit.mark()
    operator = start_operator(everywhere=everywhere)
    eventually(lambda: "leads" in operator.log.read_text())
    assert operator.stop() == 0
    written = {
        each.resource
        for each in control_plane.audit.since(mark)
        if each.user == operator.user and each.writes
    }
    assert written <= {"leases", "selfsubjectaccessreviews"}
