"""Which server an image is, and which flags that server is given."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelserver_operator.api import ModelServer
from modelserver_operator.render.server_kind import (
    NEWEST_OVMS,
    STATEFUL_FLAGS,
    Family,
    Release,
    ServerKind,
    server_kind,
)

_RED_HAT = "registry.connect.redhat.com/intel/openvino-model-server"


@pytest.mark.parametrize(
    ("image", "release"),
    [
        ("openvino/model_server:2022.2", (2022, 2)),
        ("openvino/model_server:2024.5-gpu", (2024, 5)),
        ("openvino/model_server:2025.2.1", (2025, 2)),
        ("docker.io/openvino/model_server:2026.3-py", (2026, 3)),
        ("openvino/model_server:2027.1", (2027, 1)),
        (f"{_RED_HAT}:2023.3", (2023, 3)),
        ("mirror.example.com:5000/openvino/model_server:2022.2@sha256:0a1b", (2022, 2)),
        ("openvino/model_server:latest", NEWEST_OVMS),
        ("openvino/model_server:latest-gpu", NEWEST_OVMS),
        ("openvino/model_server@sha256:0a1b", NEWEST_OVMS),
        ("openvino/model_server", NEWEST_OVMS),
        (f"{_RED_HAT}:latest", NEWEST_OVMS),
    ],
)
def test_a_known_repository_tells_the_release_of_ovms_by_its_tag(
    model_server: Callable[..., ModelServer], image: str, release: tuple[int, int]
) -> None:
    kind = server_kind(model_server({"image_name": image}))
    assert kind == ServerKind(Family.OVMS, Release(*release))


def test_an_unknown_image_is_the_newest_ovms_whatever_its_tag_says(
    model_server: Callable[..., ModelServer],
) -> None:
    kind = server_kind(model_server({"image_name": "example.com/team/serving:2022.1"}))
    assert kind == ServerKind(Family.OVMS, NEWEST_OVMS)


@pytest.mark.parametrize(
    "image", ["", "modelserver-runtime:1.0", "example.com/mirror/modelserver-runtime@sha256:0a"]
)
def test_no_image_and_our_own_image_are_the_runtime(
    model_server: Callable[..., ModelServer], image: str
) -> None:
    assert server_kind(model_server({"image_name": image})).is_runtime


def test_what_spec_server_says_outranks_the_image(model_server: Callable[..., ModelServer]) -> None:
    image = {"image_name": "openvino/model_server:2022.2"}
    assert server_kind(model_server({**image, "server": {"kind": "runtime"}})).is_runtime
    chosen = server_kind(model_server({**image, "server": {"kind": "ovms", "version": "2024.5"}}))
    assert chosen.release == Release(2024, 5)


def test_kind_ovms_without_a_version_takes_the_release_from_any_tag(
    model_server: Callable[..., ModelServer],
) -> None:
    spec = {"image_name": "example.com/team/serving:2023.1", "server": {"kind": "ovms"}}
    assert server_kind(model_server(spec)).release == Release(2023, 1)


# Read off the argument parser of each release: src/config.cpp, later src/cli_parser.cpp.
@pytest.mark.parametrize(
    ("release", "cache_dir", "metrics", "stateful"),
    [
        ((2021, 4), False, False, True),
        ((2022, 1), True, False, True),
        ((2022, 2), True, True, True),
        ((2024, 5), True, True, True),
        ((2026, 2), True, True, True),
        ((2026, 3), True, True, False),
        ((2027, 0), True, True, False),
    ],
)
def test_each_release_is_given_the_flags_that_it_has(
    release: tuple[int, int], cache_dir: bool, metrics: bool, stateful: bool
) -> None:
    kind = ServerKind(Family.OVMS, Release(*release))
    assert kind.knows("cache_dir") is cache_dir
    assert {kind.knows(flag) for flag in ("metrics_enable", "metrics_list")} == {metrics}
    assert {kind.knows(flag) for flag in STATEFUL_FLAGS} == {stateful}
    assert kind.knows("rest_port")


@given(st.text())
def test_any_text_is_a_release_or_none(text: str) -> None:
    release = Release.find(text)
    assert release is None or text.startswith(f"{release.year}.")
