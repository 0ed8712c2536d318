"""The shape of a ModelServer's status, as the CRD documents it."""

# ruff: noqa: N815 - Kubernetes' own spelling
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from modelserver_operator.api.fields import PRESERVE, field, keyed_by, required
from modelserver_operator.api.values import Int32

ShortText = Annotated[str, Field(max_length=253)]
LongText = Annotated[str, Field(max_length=32_768)]
Timestamp = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Generation = Annotated[int, Field(ge=0)]


class Endpoints(BaseModel):
    """Where clients inside the cluster reach the server."""

    grpc: ShortText | None = field("Address of the gRPC API.", "demo-ovms.default.svc:8080")
    rest: ShortText | None = field("Address of the REST API.", "http://demo-ovms.default.svc:8081")


class ServedModel(BaseModel):
    """One model, as the server reports it."""

    name: ShortText = required("Name under which clients ask for it.", "resnet")
    versions: Annotated[list[Int32], Field(max_length=64)] | None = field(
        "Versions that answer requests.", [1, 2]
    )
    state: ShortText | None = field(
        "State of its newest version, in the server's words; PENDING until it tells.", "AVAILABLE"
    )
    device: ShortText | None = field("Device that runs it.", "CPU")


class Condition(BaseModel):
    """One aspect of the state, as a metav1.Condition."""

    # no more than these two are required: the old operator left conditions without the rest
    type: Annotated[str, Field(max_length=316)] = required("The aspect.", "Ready")
    status: Literal["True", "False", "Unknown"] = required("Whether it holds.", '"True"')
    reason: Annotated[str, Field(max_length=1024)] | None = field(
        "Why, in one word for programs.", "ModelsLoaded"
    )
    message: LongText | None = field("Why, in words for people.", "all models are loaded")
    lastTransitionTime: Timestamp | None = field(
        "When the status last changed.", '"2026-01-31T12:00:00Z"'
    )
    observedGeneration: Generation | None = field("Generation of the spec that it speaks of.", 3)


Conditions = Annotated[list[Condition], Field(max_length=32, json_schema_extra=keyed_by("type"))]


class Status(BaseModel):
    """The service as it is."""

    model_config = ConfigDict(json_schema_extra=PRESERVE)

    observedGeneration: Generation | None = field(
        "Generation of the spec that this status speaks of.", 3
    )
    ready: Annotated[str, Field(max_length=32)] | None = field(
        "Ready pods of those wanted.", '"2/3"'
    )
    ratio: Annotated[str, Field(max_length=32)] | None = field(
        "Requests in progress per execution stream, averaged over the pods.", '"0.7"'
    )
    replicas: Int32 | None = field("Number of pods, ready or not.", 3)
    readyReplicas: Int32 | None = field("Number of pods that answer requests.", 2)
    desiredReplicas: Int32 | None = field("Number of pods that are wanted.", 3)
    labelSelector: Annotated[str, Field(max_length=1024)] | None = field(
        "Selector of the pods, for autoscalers.", "app=demo-ovms,release=demo"
    )
    endpoints: Endpoints | None = field(
        "Where clients inside the cluster reach the server.",
        "{grpc: demo-ovms.default.svc:8080}",
    )
    models: Annotated[list[ServedModel], Field(max_length=256)] | None = field(
        "The models served.", "[{name: resnet, versions: [1], state: AVAILABLE, device: CPU}]"
    )
    conditions: Conditions | None = field(
        "Aspects of the state.", '[{type: Ready, status: "True"}]'
    )
