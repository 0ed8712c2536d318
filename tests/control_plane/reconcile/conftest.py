"""Passes made by the test, as a user who may do everything."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from control_plane import ControlPlane
from control_plane.passes import Passes, passes


@pytest.fixture
async def reconcile(control_plane: ControlPlane, namespace: str) -> AsyncIterator[Passes]:
    """`await reconcile()` makes one pass over the ModelServer `demo`."""
    async with passes(control_plane.admin, namespace) as made:
        yield made
