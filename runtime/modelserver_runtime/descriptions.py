"""What the server tells of itself and of its models, in no protocol's terms."""

from __future__ import annotations

from dataclasses import dataclass

from modelserver_runtime.tensors import TensorSpec


@dataclass(frozen=True, slots=True)
class ModelMetadata:
    """What a model says of itself.

    Attributes:
        version: the one that was asked.
        versions: all that answer.
    """

    name: str
    version: int
    versions: tuple[int, ...]
    platform: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """How a model is served.

    Attributes:
        devices: where it runs, as OpenVINO names them.
        streams: how many inferences run at a time.
    """

    name: str
    platform: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    devices: tuple[str, ...]
    streams: int


@dataclass(frozen=True, slots=True)
class ServerMetadata:
    """What the server says of itself."""

    name: str
    version: str
    extensions: tuple[str, ...]
