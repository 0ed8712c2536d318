"""From typed fields and the user's JSON to the one plugin_config that the server gets."""

import json
from typing import Any

import pytest

from modelserver_operator.api.models_settings import ModelsSettings
from modelserver_operator.render.device import target_device
from modelserver_operator.render.plugin_config import conflicts, plugin_config

Spec = dict[str, Any]


def settings(**fields: object) -> ModelsSettings:
    return ModelsSettings.model_validate(fields)


def config(**fields: object) -> Spec:
    own = settings(**fields)
    merged: Spec = json.loads(plugin_config(stored=own, written=own))
    return merged


@pytest.mark.parametrize(
    ("field", "key", "value"),
    [
        ({"performance_hint": "THROUGHPUT"}, "PERFORMANCE_HINT", "THROUGHPUT"),
        ({"num_streams": 4}, "NUM_STREAMS", "4"),
        ({"num_streams": "AUTO"}, "NUM_STREAMS", "AUTO"),
        ({"model_priority": "HIGH"}, "MODEL_PRIORITY", "HIGH"),
        ({"auto_batching": True}, "ALLOW_AUTO_BATCHING", "YES"),
        ({"auto_batching": False}, "ALLOW_AUTO_BATCHING", "NO"),
        ({"auto_batch_timeout": 0}, "AUTO_BATCH_TIMEOUT", "0"),
        ({"sparse_weights_rate": "0.8"}, "CPU_SPARSE_WEIGHTS_DECOMPRESSION_RATE", "0.8"),
        ({"inference_precision": "bf16"}, "INFERENCE_PRECISION_HINT", "bf16"),
    ],
)
def test_a_typed_field_becomes_its_openvino_property_as_text(
    field: Spec, key: str, value: str
) -> None:
    assert config(**field)[key] == value


def test_without_any_field_the_old_operators_default_is_passed() -> None:
    assert plugin_config(settings(), settings()) == '{"PERFORMANCE_HINT":"LATENCY"}'


def test_without_typed_fields_the_users_text_is_passed_as_it_stands() -> None:
    own = settings(plugin_config='{ "NUM_STREAMS" : "2" }')
    assert plugin_config(own, own) == '{ "NUM_STREAMS" : "2" }'


def test_an_empty_text_turns_the_flag_off() -> None:
    assert plugin_config(stored=settings(plugin_config=""), written=settings()) == ""


def test_a_key_the_user_wrote_wins_over_the_typed_field() -> None:
    merged = config(num_streams=4, plugin_config='{"NUM_STREAMS": "2", "LOG_LEVEL": "LOG_INFO"}')
    assert merged == {"NUM_STREAMS": "2", "LOG_LEVEL": "LOG_INFO"}


def test_a_stored_default_does_not_beat_a_typed_field() -> None:
    stored = settings(plugin_config='{"PERFORMANCE_HINT":"LATENCY"}', performance_hint="THROUGHPUT")
    written = settings(performance_hint="THROUGHPUT")
    assert json.loads(plugin_config(stored, written)) == {"PERFORMANCE_HINT": "THROUGHPUT"}


def test_the_default_hint_is_written_out_beside_other_typed_fields() -> None:
    assert config(inference_precision="f32")["PERFORMANCE_HINT"] == "LATENCY"


def test_a_number_of_streams_takes_the_place_of_the_default_hint() -> None:
    assert "PERFORMANCE_HINT" not in config(num_streams=2)
    assert "PERFORMANCE_HINT" not in config(auto_batching=True, plugin_config='{"NUM_STREAMS": 2}')


def test_a_conflict_names_the_field_and_both_values() -> None:
    (line,) = conflicts(settings(num_streams=4, plugin_config='{"NUM_STREAMS": 2}'))
    assert line.startswith("spec.models_settings.num_streams: 4 is not used")
    assert line.endswith("NUM_STREAMS=2")


def test_the_same_value_said_twice_is_no_conflict() -> None:
    assert not conflicts(settings(num_streams=4, plugin_config='{"NUM_STREAMS": 4}'))
    assert not conflicts(
        settings(auto_batching=True, plugin_config='{"ALLOW_AUTO_BATCHING": true}')
    )


@pytest.mark.parametrize(
    ("fields", "device"),
    [
        ({}, "CPU"),
        ({"target_device": ""}, "CPU"),
        ({"target_device": "GPU.1"}, "GPU.1"),
        ({"auto_batch_size": 8}, "BATCH:CPU(8)"),
        ({"auto_batch_size": 4, "target_device": "GPU"}, "BATCH:GPU(4)"),
        ({"auto_batch_size": 4, "auto_batching": False}, "CPU"),
        ({"auto_batch_size": 4, "target_device": "AUTO:GPU,CPU"}, "AUTO:GPU,CPU"),
        ({"auto_batch_size": 4, "target_device": "BATCH:GPU(16)"}, "BATCH:GPU(16)"),
    ],
)
def test_a_batch_size_wraps_the_device_unless_it_is_composed(fields: Spec, device: str) -> None:
    assert target_device(settings(**fields)) == device
