"""OpenVINO's properties for the model, as the text that `--plugin_config` takes.

Each typed field of `models_settings` stands for one key. A key that the user wrote in
`plugin_config` outranks the typed field, since it is the more deliberate of the two.
"""

import json

from modelserver_operator.api.models_settings import ModelsSettings

DEFAULT = '{"PERFORMANCE_HINT":"LATENCY"}'

_KEYS = {
    "performance_hint": "PERFORMANCE_HINT",
    "num_streams": "NUM_STREAMS",
    "model_priority": "MODEL_PRIORITY",
    "auto_batching": "ALLOW_AUTO_BATCHING",
    "auto_batch_timeout": "AUTO_BATCH_TIMEOUT",
    "sparse_weights_rate": "CPU_SPARSE_WEIGHTS_DECOMPRESSION_RATE",
    "inference_precision": "INFERENCE_PRECISION_HINT",
}


def plugin_config(stored: ModelsSettings, written: ModelsSettings) -> str:
    """The value of `--plugin_config`; empty for none.

    `stored` are the settings as they stand in the object, `written` those that the user wrote
    rather than a default did. Without typed fields the stored text is passed on as it is. With
    them, the hint that the server would default to stands in the text as well, so that what runs
    can be read off the pod; a number of streams takes its place, as in OVMS itself.
    """
    typed = _typed(written)
    if not typed:
        return DEFAULT if stored.plugin_config is None else stored.plugin_config
    merged = {**typed, **_own_keys(written)}
    if not {"PERFORMANCE_HINT", "NUM_STREAMS"} & merged.keys():
        merged = {**json.loads(DEFAULT), **merged}
    return json.dumps(merged, separators=(",", ":"))


def conflicts(written: ModelsSettings) -> tuple[str, ...]:
    """A line for each typed field that says something else than the user's own key."""
    typed, own = _typed(written), _own_keys(written)
    return tuple(
        f"spec.models_settings.{name}: {typed[key]} is not used, since plugin_config says"
        f" {key}={_text(own[key])}"
        for name, key in _KEYS.items()
        if key in typed and key in own and _text(own[key]) != typed[key]
    )


def _typed(settings: ModelsSettings) -> dict[str, str]:
    values = {key: getattr(settings, name) for name, key in _KEYS.items()}
    return {key: _text(value) for key, value in values.items() if value is not None}


def _own_keys(settings: ModelsSettings) -> dict[str, object]:
    own: dict[str, object] = json.loads(settings.plugin_config or "{}")
    return own


def _text(value: object) -> str:
    """A property as text, which every release of OVMS takes; the old ones refuse a JSON boolean."""
    return ("YES" if value else "NO") if isinstance(value, bool) else str(value)
