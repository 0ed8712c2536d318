"""`spec.models_settings`: which model is served, and how OpenVINO runs it."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from modelserver_operator.api.block import Block
from modelserver_operator.api.fields import field, text
from modelserver_operator.api.rules import Rule
from modelserver_operator.api.values import (
    AbsolutePath,
    BatchSize,
    Count,
    Fraction,
    JsonText,
    Library,
    Line,
    ObjectNameOrEmpty,
    PerChannel,
    Streams,
    UInt32,
)

Device = Annotated[
    str,
    text(r"^([A-Z][-A-Za-z0-9_.:,() ]*)?$", "an OpenVINO device such as CPU or AUTO:GPU,CPU", 256),
]
_COLORS = "(RGB|BGR|GRAY|NV12|NV12_2|I420|I420_3)"
ColorFormat = Annotated[
    str, text(rf"^({_COLORS}:{_COLORS})?$", "two color formats such as RGB:BGR", 32)
]
_TYPES = "(BF16|FP16|FP32|FP64|U?INT(8|16|32|64))"
Precision = Annotated[str, text(rf"^({_TYPES}:{_TYPES})?$", "two datatypes such as UINT8:FP32", 32)]
PluginName = Annotated[
    str, text(r"^[A-Z][A-Z0-9_]*$", "a device's name in capitals such as NVIDIA", 63)
]
DevicePlugins = Annotated[dict[PluginName, Library], Field(max_length=16)]


def _config_map_is_named(models: "ModelsSettings") -> bool:
    return models.single_model_mode is not False or bool(models.config_configmap_name)


def _priority_has_auto(models: "ModelsSettings") -> bool:
    device = (models.target_device or "").partition(":")[0]
    return models.model_priority is None or device == "AUTO"


class ModelsSettings(Block):
    """Which model is served, and how OpenVINO runs it."""

    single_model_mode: bool | None = field(
        "True serves the one model described here; false serves what a config.json lists.", True
    )
    config_configmap_name: ObjectNameOrEmpty | None = field(
        "ConfigMap that holds the config.json, mounted at /config.", "ovms-config"
    )
    config_path: AbsolutePath | None = field(
        "Path of the config.json in the container.", "/config/config.json"
    )
    model_name: Line | None = field("Name under which clients ask for the model.", "resnet")
    model_path: Line | None = field(
        "Folder with the model's versions: a path in the container or a cloud URL.",
        "s3://models/resnet50",
    )
    model_version_policy: JsonText | None = field(
        "Which versions are served, as JSON.", '{"latest": {"num_versions": 1}}'
    )
    target_device: Device | None = field("OpenVINO device that runs the model.", "AUTO:GPU,CPU")
    plugin_config: JsonText | None = field(
        "OpenVINO device settings, as JSON; a key given here wins over its typed field.",
        '{"NUM_STREAMS": "4"}',
    )
    performance_hint: Literal["LATENCY", "THROUGHPUT", "CUMULATIVE_THROUGHPUT"] | None = field(
        "What OpenVINO tunes the model for.", "THROUGHPUT"
    )
    num_streams: Streams | None = field(
        "Execution streams, that is, requests run at the same time: AUTO or a number.", 4
    )
    model_priority: Literal["LOW", "MEDIUM", "HIGH"] | None = field(
        "Which model gets the better device; only with target_device AUTO.", "HIGH"
    )
    inference_precision: Literal["f32", "bf16", "f16"] | None = field(
        "Precision that the device may compute in.", "bf16"
    )
    sparse_weights_rate: Fraction | None = field(
        "From which share of zeros on the CPU unpacks sparse weights on the fly, 0 to 1.", '"0.8"'
    )
    auto_batching: bool | None = field("Let the device gather requests into batches.", True)
    auto_batch_size: Count | None = field("Requests per gathered batch.", 8)
    auto_batch_timeout: UInt32 | None = field(
        "Milliseconds to wait for a batch to fill before it runs as it is.", 100
    )
    nireq: UInt32 | None = field(
        "Inference requests kept ready; 0 leaves the number to OpenVINO.", 8
    )
    shape: Line | None = field(
        "Shape of the inputs: auto, one shape, or JSON per input; wins over batch_size.",
        "(1,3,224,224)",
    )
    batch_size: BatchSize | None = field(
        "Batch size of the model: a number, a range, or auto.", "auto"
    )
    layout: Line | None = field("Layout of inputs and outputs, client:model.", "NHWC:NCHW")
    color_format: ColorFormat | None = field(
        "Color format of image inputs, model:client.", "RGB:BGR"
    )
    precision: Precision | None = field("Datatype of the inputs, client:model.", "UINT8:FP32")
    mean: PerChannel | None = field(
        "Number to subtract from the inputs, or one for each channel.", '"[104,117,123]"'
    )
    scale: PerChannel | None = field(
        "Number to divide the inputs by after that, or one for each channel.", '"127.5"'
    )
    max_queue_size: UInt32 | None = field(
        "Requests that may wait for the model; 0 sets no bound.", 1000
    )
    device_plugins: DevicePlugins | None = field(
        "Libraries of further devices, by the device's name; they have to be in the image.",
        "{NVIDIA: /opt/plugins/libopenvino_nvidia_gpu_plugin.so}",
    )
    is_stateful: bool | None = field("Whether the model keeps state between requests.", False)
    idle_sequence_cleanup: bool | None = field(
        "Whether idle sequences of a stateful model are dropped.", True
    )
    low_latency_transformation: bool | None = field(
        "Whether a stateful model gets OpenVINO's low-latency transformation.", False
    )
    max_sequence_number: UInt32 | None = field(
        "Most sequences of a stateful model at a time; 0 leaves it to the server.", 500
    )

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            field="config_configmap_name",
            must="given where single_model_mode is false",
            cel="!has(self.single_model_mode) || self.single_model_mode"
            " || (has(self.config_configmap_name) && self.config_configmap_name != '')",
            holds=_config_map_is_named,
        ),
        Rule(
            field="model_priority",
            must="left out unless target_device is AUTO",
            cel="!has(self.model_priority) || (has(self.target_device)"
            " && (self.target_device == 'AUTO' || self.target_device.startsWith('AUTO:')))",
            holds=_priority_has_auto,
        ),
    )
