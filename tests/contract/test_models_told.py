"""What the runtime tells of its models is what the operator's status reads."""

from __future__ import annotations

from collections.abc import Mapping

from modelserver_operator.observing.servers import served_versions
from modelserver_operator.status.observed import ServedVersion
from modelserver_runtime.administration import Administration, Serving
from modelserver_runtime.engine.registry import Registry, State, VersionState
from modelserver_runtime.protocols.admin_json import encode_config_status, encode_index


class Runtime:
    """The runtime's answers, without its sockets; version 1 of a model runs on the CPU."""

    def __init__(self, registry: Registry) -> None:
        self._administration = Administration(registry, keeper=None)

    async def ask(self, url: str, *, body: bytes | None = None) -> tuple[int, str]:
        if url.endswith("/v1/config"):
            states = self._administration.states()
            return 200, encode_config_status(states, self._serving).decode()
        assert (url.endswith("/v2/repository/index"), body) == (True, b"{}")
        return 200, encode_index(self._administration.index()).decode()

    def _serving(self, _model: str) -> Mapping[int, Serving]:
        return {1: Serving(("CPU",), 2, None)}


async def test_every_state_of_a_model_is_understood() -> None:
    registry = Registry()
    for name in ("resnet", "absent", "new"):
        registry.declare(name)
    registry.set_state("resnet", 1, VersionState(State.AVAILABLE))
    registry.set_state("resnet", 2, VersionState(State.LOADING, "UNKNOWN", "Cannot compile"))
    registry.set_model_problem("absent", "/m: No such file or directory")

    assert await served_versions(Runtime(registry), "http://runtime") == (
        ServedVersion("absent", 0, "UNAVAILABLE", "/m: No such file or directory"),
        ServedVersion("new", 0, "START"),
        ServedVersion("resnet", 1, "AVAILABLE", devices=("CPU",)),
        ServedVersion("resnet", 2, "LOADING", "Cannot compile"),
    )
