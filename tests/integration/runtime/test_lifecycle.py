"""What is served follows the repository and the config, with real models and a real OpenVINO."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import pytest_asyncio

from modelserver_runtime import config_file
from modelserver_runtime.engine.compiler import Compiled, load
from modelserver_runtime.engine.core import create_core
from modelserver_runtime.engine.launch import Launcher
from modelserver_runtime.engine.registry import Registry, State, VersionState
from modelserver_runtime.engine.slot import Slot
from modelserver_runtime.engine.version import LiveVersion
from modelserver_runtime.lifecycle import Lifecycle
from modelserver_runtime.metrics import Metrics
from modelserver_runtime.repository.local import LocalSource
from modelserver_runtime.repository.opening import open_source
from modelserver_runtime.settings import AllVersions, ConfigFile, Latest, ModelSettings
from modelserver_runtime.tensors import Datatype

# isort: split
import openvino as ov
from openvino import opset13 as ops

if TYPE_CHECKING:
    from conftest import Repository

ONES = np.ones((1, 10), np.float32)


class WatchedRegistry(Registry):
    """Asks a version ten things just before it is withdrawn."""

    before_withdrawal: Callable[[LiveVersion], asyncio.Future[State]] | None = None
    answers: list[asyncio.Future[State]]

    def withdraw(self, name: str, version: int) -> LiveVersion:
        if self.before_withdrawal is not None:
            live = self.live_versions(name)[version]
            self.answers = [self.before_withdrawal(live) for _ in range(10)]
        return super().withdraw(name, version)


@dataclass
class House:
    """A lifecycle and all it writes to; a test changes ``models`` and ``load`` as it likes."""

    registry: WatchedRegistry
    metrics: Metrics
    load: Callable[[Path, ModelSettings], Compiled]
    downloads: Path
    models: list[ModelSettings] = field(default_factory=list)

    def __post_init__(self) -> None:
        launcher = Launcher(self.metrics, asyncio.get_running_loop())
        self.lifecycle = Lifecycle(
            lambda: self.models,
            self.registry,
            lambda path, settings: self.load(path, settings),
            launcher.launch,
            partial(open_source, downloads=self.downloads),
        )

    async def one_pass(self) -> None:
        await self.lifecycle.start_passes()
        await self.lifecycle.idle()

    async def poll(self) -> None:
        """A pass as polls make them."""
        await self.lifecycle.start_passes(patient=True)
        await self.lifecycle.idle()

    def live(self, name: str = "tiny") -> list[int]:
        return list(self.registry.live_versions(name))

    def state(self, version: int, name: str = "tiny") -> VersionState:
        return self.registry.states(name)[version]


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    compile_model = partial(load, create_core(), threads=1)
    house = House(WatchedRegistry(), Metrics(), compile_model, tmp_path / "downloads")
    yield house
    await house.lifecycle.idle()


@pytest.fixture
def tiny(repository: Repository) -> ModelSettings:
    return ModelSettings("tiny", str(repository.base_path("tiny")))


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


def living(kind: type) -> list[object]:
    gc.collect()
    return [thing for thing in gc.get_objects() if type(thing) is kind]


async def add_ones(house: House, version: int | None = None) -> list[float]:
    live = house.registry.find("tiny", version)
    return await live.infer([ONES, ONES], lambda outputs, _: outputs[0].ravel().tolist())


async def test_the_newest_version_answers(
    house: House, repository: Repository, tiny: ModelSettings, tiny_model: ov.Model
) -> None:
    for version in (1, 2, 10):
        repository.add("tiny", version, tiny_model)
    house.models = [tiny]

    await house.one_pass()

    assert house.live() == [10]
    assert house.state(10) == VersionState(State.AVAILABLE)
    assert await add_ones(house) == [2.0] * 10


async def test_a_broken_newest_version_gives_way_to_the_next(
    house: House, repository: Repository, tiny: ModelSettings, tiny_model: ov.Model
) -> None:
    repository.add("tiny", 1, tiny_model)
    repository.add_broken("tiny", 2)
    house.models = [tiny]

    await house.one_pass()

    assert house.live() == [1]
    assert house.state(2).state is State.LOADING
    assert house.state(2).error_code == "UNKNOWN"
    assert "Unable to read the model" in house.state(2).error_message
    assert "\n" not in house.state(2).error_message


async def test_what_could_not_be_loaded_is_tried_again(
    house: House, repository: Repository, tiny: ModelSettings, tiny_model: ov.Model
) -> None:
    repository.add("tiny", 1, tiny_model)
    repository.add_broken("tiny", 2)
    house.models = [tiny]
    await house.one_pass()

    repository.remove("tiny", 2)
    repository.add("tiny", 2, tiny_model)
    await house.one_pass()

    assert house.live() == [2]
    assert house.state(1) == VersionState(State.END)


async def test_a_new_version_answers_before_the_old_one_goes(
    house: House, repository: Repository, tiny: ModelSettings, tiny_model: ov.Model
) -> None:
    repository.add("tiny", 1, tiny_model)
    house.models = [tiny]
    await house.one_pass()
    repository.add("tiny", 2, tiny_model)

    await house.lifecycle.start_passes()
    seen = set()
    while house.lifecycle.is_busy:
        seen.add(tuple(house.live()))
        await asyncio.sleep(0)

    assert seen <= {(1,), (1, 2), (2,)}
    assert house.live() == [2]


async def test_requests_in_flight_are_answered_before_their_version_is_gone(
    house: House, repository: Repository, tiny: ModelSettings, tiny_model: ov.Model
) -> None:
    def ask(live: LiveVersion) -> asyncio.Future[State]:
        return live.executor.submit([ONES, ONES], lambda *_: house.state(1).state)

    repository.add("tiny", 1, tiny_model)
    house.models = [tiny]
    await house.one_pass()
    house.registry.before_withdrawal = ask

    repository.add("tiny", 2, tiny_model)
    await house.one_pass()

    assert [answer.result() for answer in house.registry.answers] == [State.UNLOADING] * 10
    assert house.state(1) == VersionState(State.END)


async def test_no_request_is_lost_while_versions_come_and_go(
    house: House, repository: Repository, tiny: ModelSettings, tiny_model: ov.Model
) -> None:
    async def keep_asking() -> None:
        while house.live() != [5]:
            assert await add_ones(house) == [2.0] * 10

    repository.add("tiny", 1, tiny_model)
    house.models = [tiny]
    await house.one_pass()
    asking = asyncio.create_task(keep_asking())

    for version in (2, 3, 4, 5):
        repository.add("tiny", version, tiny_model)
        await house.one_pass()

    await asking


async def test_versions_that_are_gone_are_retired(
    house: House, repository: Repository, tiny: ModelSettings, tiny_model: ov.Model
) -> None:
    for version in (1, 2):
        repository.add("tiny", version, tiny_model)
    house.models = [replace(tiny, version_policy=AllVersions())]
    await house.one_pass()
    assert house.live() == [1, 2]

    repository.remove("tiny", 1)
    await house.one_pass()

    assert house.live() == [2]
    assert house.state(1) == VersionState(State.END)
    assert house.metrics.version("tiny", 1).streams == 0


async def test_a_retired_version_gives_its_memory_back(
    house: House, repository: Repository, tiny: ModelSettings, tiny_model: ov.Model
) -> None:
    def load_for_openvinos_own_threads(path: Path, settings: ModelSettings) -> Compiled:
        return replace(compile_model(path, settings), may_run_inline=False)

    compile_model, house.load = house.load, load_for_openvinos_own_threads
    repository.add("tiny", 1, tiny_model)
    house.models = [tiny]
    await house.one_pass()
    await add_ones(house)

    house.models = []
    await house.one_pass()

    await until(lambda: not living(Slot))


async def test_what_was_compiled_for_requests_is_freed_with_its_version(
    house: House, repository: Repository, tiny: ModelSettings, tiny_model: ov.Model
) -> None:
    repository.add("tiny", 1, tiny_model)
    house.models = [replace(tiny, batch_size="auto")]
    await house.one_pass()
    for rows in (1, 2, 3):
        arrays = [np.ones((rows, 10), np.float32)] * 2
        live = house.registry.find("tiny", None)
        assert await live.infer(arrays, lambda outputs, _: outputs[0].shape) == (rows, 10)
    del live

    house.models = []
    await house.one_pass()

    await until(lambda: not living(Slot))


async def test_a_model_that_loads_for_long_keeps_no_other_waiting(
    house: House, repository: Repository, tiny: ModelSettings, tiny_model: ov.Model
) -> None:
    def load_slowly(path: Path, settings: ModelSettings) -> Compiled:
        if settings.name == "slow":
            assert go_on.wait(5)
        return compile_model(path, settings)

    go_on = threading.Event()
    compile_model, house.load = house.load, load_slowly
    for name in ("slow", "tiny"):
        repository.add(name, 1, tiny_model)
    house.models = [ModelSettings("slow", str(repository.base_path("slow"))), tiny]
    running = asyncio.create_task(house.lifecycle.run(poll_seconds=0.01))
    try:
        await until(lambda: house.registry.knows("tiny") and house.live("tiny"))

        assert house.state(1, "slow").state is State.LOADING
        assert not house.lifecycle.first_pass_done
    finally:
        go_on.set()
        await until(lambda: house.lifecycle.first_pass_done)
        running.cancel()
    assert house.live("slow") == [1]


async def test_a_model_that_is_not_there_keeps_no_other_waiting(
    house: House, repository: Repository, tiny: ModelSettings, tiny_model: ov.Model
) -> None:
    repository.add("tiny", 1, tiny_model)
    house.models = [ModelSettings("missing", "/nowhere"), tiny]

    await house.one_pass()

    assert house.live("missing") == []
    assert house.live("tiny") == [1]


async def test_polls_find_new_versions(
    house: House, repository: Repository, tiny: ModelSettings, tiny_model: ov.Model
) -> None:
    repository.add("tiny", 1, tiny_model)
    house.models = [tiny]
    running = asyncio.create_task(house.lifecycle.run(poll_seconds=0.01))
    await until(lambda: house.lifecycle.first_pass_done)

    repository.add("tiny", 2, tiny_model)
    await until(lambda: house.live() == [2])
    running.cancel()


async def test_without_polling_one_pass_is_all(
    house: House, repository: Repository, tiny: ModelSettings, tiny_model: ov.Model
) -> None:
    repository.add("tiny", 1, tiny_model)
    house.models = [tiny]

    await house.lifecycle.run(poll_seconds=0)

    assert house.lifecycle.first_pass_done
    assert house.live() == [1]


async def test_a_changed_setting_loads_the_version_anew(
    house: House, repository: Repository, tiny: ModelSettings, tiny_model: ov.Model
) -> None:
    repository.add("tiny", 1, tiny_model)
    house.models = [tiny]
    await house.one_pass()

    house.models = [replace(tiny, nireq=3)]
    await house.one_pass()

    assert house.state(1) == VersionState(State.AVAILABLE)
    assert house.metrics.version("tiny", 1).nireq == 3
    assert await add_ones(house) == [2.0] * 10


async def test_a_failed_reload_takes_nothing_away(
    house: House, repository: Repository, tiny: ModelSettings, tiny_model: ov.Model
) -> None:
    repository.add("tiny", 1, tiny_model)
    house.models = [tiny]
    await house.one_pass()

    house.models = [replace(tiny, plugin_config={"NO_SUCH_PROPERTY": 1})]
    await house.one_pass()

    assert house.state(1).state is State.AVAILABLE
    assert "its change failed" in house.state(1).error_message
    assert "NO_SUCH_PROPERTY" in house.state(1).error_message
    assert await add_ones(house) == [2.0] * 10


async def test_a_model_that_is_no_longer_asked_for_is_forgotten(
    house: House, repository: Repository, tiny: ModelSettings, tiny_model: ov.Model
) -> None:
    repository.add("tiny", 1, tiny_model)
    house.models = [tiny]
    await house.one_pass()

    house.models = []
    await house.one_pass()

    assert not house.registry.knows("tiny")


async def test_more_versions_are_served_where_the_policy_says_so(
    house: House, repository: Repository, tiny: ModelSettings, tiny_model: ov.Model
) -> None:
    for version in (1, 2, 3):
        repository.add("tiny", version, tiny_model)
    house.models = [replace(tiny, version_policy=Latest(2))]

    await house.one_pass()

    assert house.live() == [2, 3]


async def test_an_invalid_config_changes_nothing_and_says_why_once(
    repository: Repository, tiny_model: ov.Model, caplog: pytest.LogCaptureFixture
) -> None:
    repository.add("tiny", 1, tiny_model)
    config = repository.config("tiny")
    registry = Registry()
    lifecycle = Lifecycle(
        lambda: config_file.read(ConfigFile(str(config))).models,
        registry,
        partial(load, create_core(), threads=1),
        Launcher(Metrics(), asyncio.get_running_loop()).launch,
        lambda _, base_path: LocalSource(base_path),
    )
    await lifecycle.run(poll_seconds=0)

    config.write_text(json.dumps({"models": []}))
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            await lifecycle.start_passes()
            await lifecycle.idle()

    assert list(registry.live_versions("tiny")) == [1]
    assert caplog.messages == [f"nothing is changed: {config}: models: unknown key"]


async def test_a_changed_file_loads_its_version_anew(
    house: House,
    repository: Repository,
    tiny: ModelSettings,
    tiny_model: ov.Model,
    identity_model: Callable[[Datatype], ov.Model],
) -> None:
    repository.add("tiny", 1, tiny_model)
    house.models = [tiny]
    await house.one_pass()

    repository.remove("tiny", 1)
    repository.add("tiny", 1, identity_model(Datatype.FP32))
    await house.one_pass()

    assert [spec.name for spec in house.registry.find("tiny", 1).inputs] == ["x"]


async def test_nothing_is_loaded_twice_while_nothing_changes(
    house: House, repository: Repository, tiny: ModelSettings, tiny_model: ov.Model
) -> None:
    repository.add("tiny", 1, tiny_model)
    house.models = [tiny]
    await house.one_pass()
    live = house.registry.find("tiny", 1)

    await house.one_pass()

    assert house.registry.find("tiny", 1) is live


async def test_a_poll_leaves_files_alone_until_they_hold_still(
    house: House, repository: Repository, tiny: ModelSettings, tiny_model: ov.Model
) -> None:
    repository.add("tiny", 1, tiny_model)
    house.models = [tiny]
    await house.one_pass()
    repository.add("tiny", 2, tiny_model)
    weights = repository.base_path("tiny") / "2" / "model.bin"

    for size in (10, 20):
        weights.write_bytes(bytes(size))
        await house.poll()
        assert house.live() == [1]
        assert house.state(2).state is State.START
        assert "still changing" in house.state(2).error_message

    await house.poll()
    assert house.live() == [2]


async def test_a_version_that_serves_goes_on_while_its_files_are_written_over(
    house: House, repository: Repository, tiny: ModelSettings, tiny_model: ov.Model
) -> None:
    repository.add("tiny", 1, tiny_model)
    house.models = [tiny]
    await house.one_pass()
    model = repository.base_path("tiny") / "1" / "model.xml"

    model.write_text(model.read_text()[:100])
    await house.poll()
    assert house.state(1) == VersionState(State.AVAILABLE)
    await house.poll()

    assert "its change failed" in house.state(1).error_message
    assert await add_ones(house) == [2.0] * 10


@pytest.mark.parametrize(
    ("missing", "reason"),
    [("model.bin", "its weights in model.bin are not"), ("model.xml", "no model found")],
)
async def test_a_version_of_which_half_is_missing_says_so_and_stops_no_other(
    house: House,
    repository: Repository,
    tiny: ModelSettings,
    tiny_model: ov.Model,
    missing: str,
    reason: str,
) -> None:
    for version in (1, 2):
        repository.add("tiny", version, tiny_model)
    (repository.base_path("tiny") / "2" / missing).unlink()
    house.models = [tiny]

    await house.one_pass()

    assert house.live() == [1]
    assert reason in house.state(2).error_message


async def test_a_version_that_never_served_leaves_no_trace(
    house: House, repository: Repository, tiny: ModelSettings, tiny_model: ov.Model
) -> None:
    repository.add("tiny", 1, tiny_model)
    repository.add_broken("tiny", 2)
    house.models = [tiny]
    await house.one_pass()

    repository.remove("tiny", 2)
    await house.one_pass()

    assert house.registry.states("tiny").keys() == {1}


async def test_what_was_unloaded_stays_so_until_it_is_loaded_again(
    house: House, repository: Repository, tiny: ModelSettings, tiny_model: ov.Model
) -> None:
    repository.add("tiny", 1, tiny_model)
    house.models = [tiny]
    await house.one_pass()

    await house.lifecycle.unload("tiny")
    repository.add("tiny", 2, tiny_model)
    await house.one_pass()
    assert house.live() == []
    assert house.state(1) == VersionState(State.END)

    await house.lifecycle.load("tiny")
    assert house.live() == [2]


async def test_a_model_dropped_and_named_again_is_no_longer_unloaded(
    house: House, repository: Repository, tiny: ModelSettings, tiny_model: ov.Model
) -> None:
    repository.add("tiny", 1, tiny_model)
    house.models = [tiny]
    await house.one_pass()
    await house.lifecycle.unload("tiny")

    for models in ([], [tiny]):
        house.models = models
        await house.one_pass()

    assert house.live() == [1]


async def test_a_reload_tells_whether_it_changed_anything(
    house: House, repository: Repository, tiny: ModelSettings, tiny_model: ov.Model
) -> None:
    repository.add("tiny", 1, tiny_model)
    house.models = [tiny]
    assert await house.lifecycle.reload()
    assert not await house.lifecycle.reload()

    repository.add("tiny", 2, tiny_model)
    assert await house.lifecycle.reload()
    assert house.live() == [2]


async def test_loads_and_unloads_at_once_are_done_one_after_the_other(
    house: House, repository: Repository, tiny: ModelSettings, tiny_model: ov.Model
) -> None:
    repository.add("tiny", 1, tiny_model)
    house.models = [tiny]
    await asyncio.gather(house.one_pass(), house.lifecycle.load("tiny"), house.lifecycle.reload())
    await asyncio.gather(house.lifecycle.unload("tiny"), house.lifecycle.load("tiny"))

    assert house.live() == [1]


async def test_weights_written_over_take_nobody_down(
    house: House, repository: Repository, tiny: ModelSettings
) -> None:
    repository.add("tiny", 1, lookup_model())
    house.models = [tiny]
    await house.one_pass()
    (repository.base_path("tiny") / "1" / "model.bin").write_bytes(b"")

    live = house.registry.find("tiny", 1)
    rows = np.arange(8, dtype=np.int32) * 10_000
    answer = await live.infer([rows], lambda outputs, _: outputs[0].copy())

    assert answer.shape == (8, 16)


def lookup_model() -> ov.Model:
    """Gives rows of a table, which stays in the weights file where that is mapped."""
    rows = ops.parameter([8], ov.Type.i32, name="rows")
    table = ops.constant(np.ones((100_000, 16), np.float32))
    found = ops.gather(table, rows, ops.constant(0))
    return ov.Model([found], [rows], "lookup")
