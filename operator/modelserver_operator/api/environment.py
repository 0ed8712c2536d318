"""Environment variables of the server's container, written as in any container."""

# ruff: noqa: N815 - Kubernetes' own spelling
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from modelserver_operator.api.block import Block
from modelserver_operator.api.fields import ALLOWED, field, keyed_by, required
from modelserver_operator.api.rules import Rule
from modelserver_operator.api.values import DataKey, EnvName, ObjectName


class KeyReference(Block):
    """One key of a Secret or ConfigMap in the ModelServer's namespace."""

    name: ObjectName = required("Name of the Secret or ConfigMap.", "minio-credentials")
    key: DataKey = required("Key in its data.", "secret_access_key")
    optional: bool | None = field("Start the pod even where the object or key is missing.", True)


class ValueSource(Block):
    """Where a variable's value comes from."""

    secretKeyRef: KeyReference | None = field(
        "A key of a Secret.", "{name: minio-credentials, key: secret_access_key}"
    )
    configMapKeyRef: KeyReference | None = field(
        "A key of a ConfigMap.", "{name: site-settings, key: proxy}"
    )

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            field="secretKeyRef",
            must="given exactly when configMapKeyRef is not",
            cel="has(self.secretKeyRef) != has(self.configMapKeyRef)",
            holds=lambda source: (source.secretKeyRef is None) != (source.configMapKeyRef is None),
        ),
    )


class EnvVar(Block):
    """One environment variable."""

    name: EnvName = required("Name of the variable.", "OPENVINO_LOG_LEVEL")
    value: Annotated[str, Field(max_length=16_384)] | None = field(
        "Its value; quote numbers and booleans.", '"2"'
    )
    valueFrom: ValueSource | None = field(
        "Where its value comes from, instead of `value`.",
        "{secretKeyRef: {name: minio-credentials, key: secret_access_key}}",
    )

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            field="value",
            must="given exactly when valueFrom is not",
            cel="has(self.value) != has(self.valueFrom)",
            holds=lambda env: (env.value is None) != (env.valueFrom is None),
        ),
    )


def _unique_names(env: list[EnvVar]) -> list[EnvVar]:
    """Server-side apply refuses a container that names a variable twice."""
    if len({variable.name for variable in env}) < len(env):
        raise ValueError("a name is given twice")
    return env


Environment = Annotated[
    list[EnvVar],
    AfterValidator(_unique_names),
    Field(
        max_length=64,
        json_schema_extra=keyed_by("name")
        | {ALLOWED: "a list of at most 64 variables, each name once"},
    ),
]
