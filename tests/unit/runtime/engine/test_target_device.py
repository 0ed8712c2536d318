"""Which physical devices a target device names."""

from __future__ import annotations

import pytest

from modelserver_runtime.engine.devices import members


@pytest.mark.parametrize(
    ("target", "named"),
    [
        ("CPU", ("CPU",)),
        ("GPU.1", ("GPU.1",)),
        ("AUTO", ()),
        ("AUTO:", ()),
        ("AUTO:GPU,CPU", ("GPU", "CPU")),
        ("AUTO:GPU.0, GPU.1,CPU", ("GPU.0", "GPU.1", "CPU")),
        ("AUTO:-GPU", ()),
        ("AUTO:-GPU,CPU", ("CPU",)),
        ("MULTI:GPU(4),CPU(2)", ("GPU", "CPU")),
        ("HETERO:GPU,CPU", ("GPU", "CPU")),
        ("BATCH:CPU(8)", ("CPU",)),
        ("BATCH:AUTO(4)", ()),
        ("NVIDIA", ("NVIDIA",)),
    ],
)
def test_members(target: str, named: tuple[str, ...]) -> None:
    assert members(target) == named
