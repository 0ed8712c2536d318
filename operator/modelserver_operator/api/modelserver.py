"""The ModelServer resource, `intel.com/v1alpha1`: what a user asks for, as typed values."""

import re
from typing import ClassVar, Literal

from pydantic import ConfigDict, Field

from modelserver_operator.api.autoscaling import Autoscaling
from modelserver_operator.api.block import Block
from modelserver_operator.api.deployment import DeploymentParameters
from modelserver_operator.api.fields import PRESERVE, block, field
from modelserver_operator.api.models_settings import ModelsSettings
from modelserver_operator.api.monitoring import Monitoring
from modelserver_operator.api.repository import ModelCache, ModelsRepository
from modelserver_operator.api.rules import Rule
from modelserver_operator.api.server_settings import Server, ServerSettings
from modelserver_operator.api.service import NetworkPolicy, ServiceParameters
from modelserver_operator.api.values import Image

GROUP = "intel.com"
VERSION = "v1alpha1"
KIND = "ModelServer"

_NAME = "^[a-z]([-a-z0-9]*[a-z0-9])?$"


class Spec(Block):
    """The service that is wanted."""

    model_config = ConfigDict(json_schema_extra=PRESERVE)

    image_name: Image | None = field(
        "Image of the server; left out, this project's own runtime serves.",
        "openvino/model_server:2026.3",
    )
    server: Server = block(
        Server,
        "Which server the image holds, where its name and tag do not tell.",
        '{kind: ovms, version: "2026.3"}',
    )
    deployment_parameters: DeploymentParameters = block(
        DeploymentParameters,
        "How many pods there are, where they run, and with what.",
        '{replicas: 2, resources: {limits: {cpu: "4"}}}',
    )
    service_parameters: ServiceParameters = block(
        ServiceParameters,
        "The Service in front of the pods.",
        "{grpc_port: 8080, rest_port: 8081, service_type: ClusterIP}",
    )
    models_settings: ModelsSettings = block(
        ModelsSettings,
        "Which model is served, and how OpenVINO runs it.",
        "{model_name: resnet, model_path: s3://models/resnet50, target_device: CPU}",
    )
    server_settings: ServerSettings | None = field(
        "Options of the server itself.", "{log_level: INFO, file_system_poll_wait_seconds: 1}"
    )
    models_repository: ModelsRepository = block(
        ModelsRepository,
        "Where models come from, and with which rights they are read.",
        "{models_volume_claim: model-store}",
    )
    model_cache: ModelCache = block(
        ModelCache,
        "A folder for compiled models, so that a restart need not compile them again.",
        "{enabled: true, size_limit: 2Gi}",
    )
    monitoring: Monitoring = block(
        Monitoring,
        "Which metrics the server has, and who picks them up.",
        "{metrics_enable: true, service_monitor: {enabled: true}}",
    )
    autoscaling: Autoscaling = block(
        Autoscaling,
        "How many pods the load calls for.",
        '{enabled: true, min_replicas: 1, max_replicas: 3, target_ratio: "1"}',
    )
    network_policy: NetworkPolicy = block(
        NetworkPolicy, "Which traffic the pods accept.", "{enabled: true}"
    )


class Metadata(Block):
    """The part of the object's metadata that the operator reads."""

    model_config = ConfigDict(extra="ignore")

    name: str
    namespace: str = "default"
    labels: dict[str, str] = Field(default_factory=dict)
    annotations: dict[str, str] = Field(default_factory=dict)
    uid: str | None = None


def _name_leaves_room(server: "ModelServer") -> bool:
    name = server.metadata.name
    return len(name) <= (63 if "ovms" in name else 58)


class ModelServer(Block):
    """One OpenVINO model service.

    The status is what was last reported, as it came: the old operator left its own fields there.
    """

    apiVersion: Literal["intel.com/v1alpha1"]  # noqa: N815 - Kubernetes' own spelling
    kind: Literal["ModelServer"]
    metadata: Metadata
    spec: Spec
    status: dict[str, object] = Field(default_factory=dict)

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            field="metadata.name",
            must="lower-case letters, digits and '-', starting with a letter",
            cel=f"self.metadata.name.matches('{_NAME}')",
            holds=lambda server: re.fullmatch(_NAME, server.metadata.name) is not None,
        ),
        # the children are called <name>-ovms, or <name> where it contains ovms already
        Rule(
            field="metadata.name",
            must="at most 58 characters, or 63 where it contains ovms",
            cel="size(self.metadata.name) <= (self.metadata.name.contains('ovms') ? 63 : 58)",
            holds=_name_leaves_room,
        ),
    )
