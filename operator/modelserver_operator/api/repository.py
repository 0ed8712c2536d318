"""`spec.models_repository` and `spec.model_cache`: where models and compiled models lie."""

# ruff: noqa: N815 - the old operator's own spelling
from typing import ClassVar, Literal

from modelserver_operator.api.block import Block
from modelserver_operator.api.fields import field
from modelserver_operator.api.rules import Rule
from modelserver_operator.api.values import (
    AbsolutePath,
    Credential,
    Line,
    NumericId,
    ObjectName,
    ObjectNameOrEmpty,
    Quantity,
)


class ModelsRepository(Block):
    """Where models come from, and with which rights they are read."""

    storage_type: Literal["S3", "google", "azure", "cluster"] | None = field(
        "Kind of storage; a note for people, it changes nothing.", "S3"
    )
    models_host_path: AbsolutePath | None = field(
        "Folder of the node that is mounted at /models, read-only.", "/var/lib/models"
    )
    models_volume_claim: ObjectNameOrEmpty | None = field(
        "PersistentVolumeClaim that is mounted at /models, read-only.", "model-store"
    )
    runAsUser: NumericId | None = field("User id of the server's process.", '"5000"')
    runAsGroup: NumericId | None = field("Group id of the server's process.", '"5000"')
    aws_access_key_id: Line | None = field("Access key id for S3.", "AKIAIOSFODNN7EXAMPLE")
    aws_secret_access_key: Credential | None = field(
        "Secret access key for S3, in plain text: better named from a Secret with "
        "deployment_parameters.env.",
        "minio123",
        repr=False,
    )
    aws_region: Line | None = field("Region of the S3 bucket.", "eu-central-1")
    s3_compat_api_endpoint: Line | None = field(
        "Address of an S3-compatible store.", "http://minio.storage:9000"
    )
    gcp_creds_secret_name: ObjectNameOrEmpty | None = field(
        "Secret with the key gcp-creds.json for Google Cloud Storage.", "gcpcreds"
    )
    azure_storage_connection_string: Credential | None = field(
        "Connection string for Azure Blob Storage, in plain text: better named from a Secret "
        "with deployment_parameters.env.",
        "AccountName=models;AccountKey=...",
        repr=False,
    )
    http_proxy: Line | None = field("Proxy for HTTP to the storage.", "http://proxy:3128")
    https_proxy: Line | None = field("Proxy for HTTPS to the storage.", "http://proxy:3128")
    no_proxy: Line | None = field("Hosts reached without a proxy.", "localhost,.svc")


class ModelCache(Block):
    """A folder for compiled models, so that a restart need not compile them again."""

    enabled: bool | None = field("Whether compiled models are kept.", True)
    size_limit: Quantity | None = field("Size of a cache that lives as long as its pod.", "2Gi")
    volume_claim: ObjectName | None = field(
        "PersistentVolumeClaim for a cache that pods share.", "model-cache"
    )
    host_path: AbsolutePath | None = field(
        "Folder of the node for a cache that its pods share, where the platform allows it.",
        "/var/cache/models",
    )

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            field="size_limit",
            must="left out beside volume_claim or host_path",
            cel="!has(self.size_limit) || !(has(self.volume_claim) || has(self.host_path))",
            holds=lambda cache: (
                cache.size_limit is None or (cache.volume_claim is None and cache.host_path is None)
            ),
        ),
        Rule(
            field="host_path",
            must="left out beside volume_claim",
            cel="!has(self.host_path) || !has(self.volume_claim)",
            holds=lambda cache: cache.host_path is None or cache.volume_claim is None,
        ),
    )
