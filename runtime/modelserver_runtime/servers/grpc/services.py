"""The gRPC services and their calls, as one table."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from google.protobuf.message import Message
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest

from modelserver_runtime.administration import Administration
from modelserver_runtime.dataplane import Dataplane
from modelserver_runtime.protocols.kserve_message import InferMessage
from modelserver_runtime.protocols.proto import grpc_health_pb2 as health
from modelserver_runtime.protocols.proto import grpc_predict_v2_pb2 as kserve
from modelserver_runtime.protocols.proto import tensorflow_serving_pb2 as tfs
from modelserver_runtime.servers.grpc.admin import GrpcAdminApi
from modelserver_runtime.servers.grpc.api import GrpcApi
from modelserver_runtime.servers.grpc.health import HealthApi
from modelserver_runtime.servers.grpc.reflection import SERVICE as REFLECTION
from modelserver_runtime.servers.grpc.reflection import ReflectionApi
from modelserver_runtime.servers.grpc.tfs import TfsApi

KSERVE: Final = "inference.GRPCInferenceService"
PREDICTION: Final = "tensorflow.serving.PredictionService"
MODEL: Final = "tensorflow.serving.ModelService"
HEALTH: Final = "grpc.health.v1.Health"


class Unary(NamedTuple):
    """A call with one answer: the message that it takes, and who answers."""

    request_type: type[Any]
    answer: Callable[[Any], Awaitable[Message]]


class Stream(NamedTuple):
    """A call with a stream of answers."""

    request_type: type[Any]
    answers: Callable[[Any], AsyncIterator[Message]]


class Conversation(NamedTuple):
    """A call with a stream of requests and an answer to each.

    Attributes:
        refuse: the answer to a request that failed; to None where it could not be read.
    """

    request_type: type[Any]
    answer: Callable[[Any], Awaitable[Message]]
    refuse: Callable[[Any | None, str], Message]


Services: TypeAlias = Mapping[str, Mapping[str, Unary | Stream | Conversation]]


def services(
    dataplane: Dataplane, administration: Administration | None, ending: asyncio.Event
) -> Services:
    """Every call by its service.

    Args:
        ending: set once the server ends, and its streams with it.
    """
    kserve_calls = {**_kserve(GrpcApi(dataplane)), **_repository(administration)}
    inference = {KSERVE: kserve_calls, **_tensorflow_serving(TfsApi(dataplane))}
    described = {**inference, **_health(HealthApi(dataplane, inference, ending))}
    return {**described, **_reflection(ReflectionApi(described))}


def _kserve(api: GrpcApi) -> Mapping[str, Unary | Conversation]:
    return {
        "ServerLive": Unary(kserve.ServerLiveRequest, api.server_live),
        "ServerReady": Unary(kserve.ServerReadyRequest, api.server_ready),
        "ServerMetadata": Unary(kserve.ServerMetadataRequest, api.server_metadata),
        "ModelReady": Unary(kserve.ModelReadyRequest, api.model_ready),
        "ModelMetadata": Unary(kserve.ModelMetadataRequest, api.model_metadata),
        "ModelInfer": Unary(InferMessage, api.model_infer),
        "ModelStreamInfer": Conversation(
            InferMessage, api.model_stream_infer, api.refuse_in_stream
        ),
        "ModelConfig": Unary(kserve.ModelConfigRequest, api.model_config),
        "ModelStatistics": Unary(kserve.ModelStatisticsRequest, api.model_statistics),
    }


def _repository(administration: Administration | None) -> Mapping[str, Unary]:
    if administration is None:
        return {}
    api = GrpcAdminApi(administration)
    return {
        "RepositoryIndex": Unary(kserve.RepositoryIndexRequest, api.index),
        "RepositoryModelLoad": Unary(kserve.RepositoryModelLoadRequest, api.load),
        "RepositoryModelUnload": Unary(kserve.RepositoryModelUnloadRequest, api.unload),
    }


def _tensorflow_serving(api: TfsApi) -> Services:
    return {
        PREDICTION: {
            "Predict": Unary(tfs.PredictRequest, api.predict),
            "GetModelMetadata": Unary(tfs.GetModelMetadataRequest, api.get_model_metadata),
        },
        MODEL: {"GetModelStatus": Unary(tfs.GetModelStatusRequest, api.get_model_status)},
    }


def _health(api: HealthApi) -> Services:
    return {
        HEALTH: {
            "Check": Unary(health.HealthCheckRequest, api.check),
            "Watch": Stream(health.HealthCheckRequest, api.watch),
        }
    }


def _reflection(api: ReflectionApi) -> Services:
    call = Conversation(ServerReflectionRequest, api.describe, api.refuse)
    return {REFLECTION: {"ServerReflectionInfo": call}}
