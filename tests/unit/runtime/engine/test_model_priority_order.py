"""Which models wait for which."""

from __future__ import annotations

import pytest

from modelserver_runtime.engine.model_priority import goes_before
from modelserver_runtime.settings import ModelSettings


def model(device: str, priority: str | None) -> ModelSettings:
    config = {} if priority is None else {"MODEL_PRIORITY": priority}
    return ModelSettings("m", "/models/m", target_device=device, plugin_config=config)


@pytest.mark.parametrize(
    ("one", "other", "waits"),
    [
        (model("AUTO", "HIGH"), model("AUTO", "MEDIUM"), True),
        (model("AUTO", "MEDIUM"), model("AUTO:GPU,CPU", "LOW"), True),
        (model("AUTO", "HIGH"), model("AUTO", None), True),
        (model("AUTO", None), model("BATCH:AUTO(4)", "LOW"), True),
        (model("AUTO", "HIGH"), model("AUTO", "HIGH"), False),
        (model("AUTO", None), model("AUTO", "MEDIUM"), False),
        (model("AUTO", "LOW"), model("AUTO", "HIGH"), False),
        (model("CPU", "HIGH"), model("AUTO", "LOW"), False),
        (model("AUTO", "HIGH"), model("MULTI:GPU,CPU", "LOW"), False),
    ],
)
def test_models_behind_auto_wait_for_those_of_higher_priority(
    one: ModelSettings, other: ModelSettings, waits: bool
) -> None:
    assert goes_before(one, other) is waits
