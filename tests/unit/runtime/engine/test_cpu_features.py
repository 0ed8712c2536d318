"""What the flags in ``/proc/cpuinfo`` say."""

from __future__ import annotations

import pytest

from modelserver_runtime.engine.cpu_features import features


@pytest.mark.parametrize(
    ("flags", "found"),
    [
        ("fpu sse2", ()),
        ("avx_vnni", ("VNNI",)),
        ("avx512_vnni avx512_bf16", ("BF16", "VNNI")),
        ("amx_bf16 amx_tile amx_int8", ("AMX", "BF16")),
        ("amx_tile amx_int8", ()),
        ("amx_bf16 amx_tile", ("BF16",)),
    ],
)
def test_a_feature_is_there_with_all_of_its_instructions(
    flags: str, found: tuple[str, ...]
) -> None:
    text = f"processor\t: 0\nflags\t\t: {flags}\nbugs\t\t: amx_tile amx_int8 amx_bf16\n"
    assert features(text) == found


def test_another_processors_text_tells_of_none() -> None:
    assert features("processor : 0\nFeatures : fp asimd\n") == ()
