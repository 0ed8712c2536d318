"""The container of the server: image, command line, ports, resources."""

from modelserver_operator.api import ModelServer
from modelserver_operator.render.arguments import arguments
from modelserver_operator.render.context import Context, Settings
from modelserver_operator.render.environment import environment, environment_sources
from modelserver_operator.render.manifest import Manifest, given
from modelserver_operator.render.names import CONTAINER, GRPC_PORT, REST_PORT
from modelserver_operator.render.probes import probes
from modelserver_operator.render.resources import resources
from modelserver_operator.render.security import container_security
from modelserver_operator.render.server_kind import ServerKind
from modelserver_operator.render.shutdown import lifecycle
from modelserver_operator.render.volumes import volumes


def container(server: ModelServer, kind: ServerKind, context: Context) -> Manifest:
    """The pod's one container."""
    return given(
        name=CONTAINER,
        image=image(server, kind, context.settings),
        args=arguments(server, kind),
        ports=[
            {"containerPort": GRPC_PORT, "name": "grpc"},
            {"containerPort": REST_PORT, "name": "rest"},
        ],
        env=environment(server),
        envFrom=environment_sources(server),
        **probes(kind),
        lifecycle=lifecycle(server, kind),
        resources=resources(server),
        volumeMounts=[volume.mount() for volume in volumes(server, kind, context.settings)],
        securityContext=container_security(server, kind, context),
    )


def image(server: ModelServer, kind: ServerKind, settings: Settings) -> str:
    """The image, named by the user or the usual one of the server that is asked for."""
    if server.spec.image_name:
        return server.spec.image_name
    if kind.is_runtime:
        return settings.runtime_image
    return f"openvino/model_server:{server.spec.server.version or 'latest'}"
