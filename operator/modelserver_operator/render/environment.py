"""The environment of the server's container: proxies, credentials, and what the user adds."""

from modelserver_operator.api import ModelServer
from modelserver_operator.api.environment import EnvVar, KeyReference
from modelserver_operator.render.manifest import Manifest, given
from modelserver_operator.render.secrets import secret_references
from modelserver_operator.render.volumes import GCP_PATH


def environment(server: ModelServer) -> list[Manifest]:
    """The items of `env`. The user's own variable takes the place of one of the same name."""
    own = [_variable(item) for item in server.spec.deployment_parameters.env or ()]
    names = {item["name"] for item in own}
    return [item for item in _repository(server) if item["name"] not in names] + own


def environment_sources(server: ModelServer) -> list[Manifest]:
    """The items of `envFrom`."""
    parameters = server.spec.deployment_parameters
    sources = {
        "secretRef": parameters.extra_envs_secret,
        "configMapRef": parameters.extra_envs_configmap,
    }
    return [{kind: {"name": name}} for kind, name in sources.items() if name]


def _repository(server: ModelServer) -> list[Manifest]:
    """How the server reaches the models' storage, in the order the old operator had."""
    repository, secret = server.spec.models_repository, secret_references(server)
    credentials = repository.gcp_creds_secret_name and f"{GCP_PATH}/gcp-creds.json"
    sources: dict[str, str | Manifest | None] = {
        "http_proxy": repository.http_proxy,
        "https_proxy": repository.https_proxy,
        "no_proxy": repository.no_proxy,
        "GOOGLE_APPLICATION_CREDENTIALS": credentials,
        "AWS_ACCESS_KEY_ID": repository.aws_access_key_id,
        "AWS_SECRET_ACCESS_KEY": secret.get("AWS_SECRET_ACCESS_KEY"),
        "AWS_REGION": repository.aws_region,
        "S3_ENDPOINT": repository.s3_compat_api_endpoint,
        "AZURE_STORAGE_CONNECTION_STRING": secret.get("AZURE_STORAGE_CONNECTION_STRING"),
    }
    return [
        {"name": name, "value" if isinstance(source, str) else "valueFrom": source}
        for name, source in sources.items()
        if source
    ]


def _variable(item: EnvVar) -> Manifest:
    source = item.valueFrom
    references = source and given(
        secretKeyRef=_key(source.secretKeyRef), configMapKeyRef=_key(source.configMapKeyRef)
    )
    return given(name=item.name, value=item.value, valueFrom=references)


def _key(reference: KeyReference | None) -> Manifest | None:
    if reference is None:
        return None
    return given(name=reference.name, key=reference.key, optional=reference.optional)
