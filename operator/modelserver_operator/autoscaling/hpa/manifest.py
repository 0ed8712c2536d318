"""From a HorizontalPodAutoscaler manifest (autoscaling/v2) to the `Spec` that `decide` takes.

Fields, bounds and defaults are those of the API server. One thing is narrower than the API: there
has to be exactly one metric, of type Pods, without a selector.
"""

import re
import reprlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from modelserver_operator.autoscaling.hpa.types import (
    DEFAULT_SCALE_DOWN,
    DEFAULT_SCALE_UP,
    Behavior,
    Policy,
    PolicyType,
    ScalingRules,
    SelectPolicy,
    Spec,
)
from modelserver_operator.autoscaling.quantity import milli, parse_quantity


class InvalidAutoscalerError(ValueError):
    """A manifest says what an autoscaler here cannot follow.

    Attributes:
        path: the field, such as `spec.metrics[0].type`.
        given: what the manifest has there; None if nothing.
        allowed: what may stand there, in words.
    """

    def __init__(self, path: str, given: object, allowed: str) -> None:
        what = "missing" if given is None else f"{reprlib.repr(given)} given"
        super().__init__(f"{path}: {what}, allowed: {allowed}")
        self.path, self.given, self.allowed = path, given, allowed


class _Block(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True)


_Count = Annotated[int, Field(strict=True, ge=1)]
_Period = Annotated[int, Field(strict=True, ge=1, le=1800)]
_Window = Annotated[int, Field(strict=True, ge=0, le=3600)]
_Milli = Annotated[int, BeforeValidator(lambda value: milli(parse_quantity(value)))]
_Number = Annotated[float, BeforeValidator(lambda value: float(parse_quantity(value)))]


class _Policy(_Block):
    type: PolicyType
    value: _Count
    period_seconds: _Period


class _Rules(_Block):
    stabilization_window_seconds: _Window | None = None
    policies: Annotated[list[_Policy], Field(min_length=1)] | None = None
    select_policy: SelectPolicy | None = None
    tolerance: Annotated[_Number, Field(ge=0)] | None = None


class _Behavior(_Block):
    scale_up: _Rules | None = None
    scale_down: _Rules | None = None


class _Target(_Block):
    type: Literal["AverageValue"]
    average_value: Annotated[_Milli, Field(gt=0)]


class _Metric(_Block):
    name: Annotated[str, Field(min_length=1)]
    selector: None = None


class _Pods(_Block):
    metric: _Metric
    target: _Target


class _PodsMetric(_Block):
    type: Literal["Pods"]
    pods: _Pods


class _Spec(_Block):
    scale_target_ref: dict[str, Any]
    min_replicas: _Count | None = None
    max_replicas: _Count
    metrics: Annotated[list[_PodsMetric], Field(min_length=1, max_length=1)]
    behavior: _Behavior | None = None


class _Autoscaler(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)

    api_version: Literal["autoscaling/v2"]
    kind: Literal["HorizontalPodAutoscaler"]
    spec: _Spec


def parse(manifest: Mapping[str, Any]) -> Spec:
    """The autoscaler that a manifest describes, with Kubernetes' defaults filled in.

    Raises:
        InvalidAutoscalerError: names the first field that cannot stand.
    """
    try:
        spec = _Autoscaler.model_validate(manifest).spec
    except ValidationError as error:
        raise _first_of(error) from None
    minimum = 1 if spec.min_replicas is None else spec.min_replicas
    if spec.max_replicas < minimum:
        allowed = f"at least minReplicas, which is {minimum}"
        raise InvalidAutoscalerError("spec.maxReplicas", spec.max_replicas, allowed)
    pods = spec.metrics[0].pods
    return Spec(
        min_replicas=minimum,
        max_replicas=spec.max_replicas,
        target_milli=pods.target.average_value,
        metric=pods.metric.name,
        behavior=None if spec.behavior is None else _behavior(spec.behavior),
    )


def _behavior(given: _Behavior) -> Behavior:
    """The behavior, whole: as soon as one field is written, all others take their defaults."""
    return Behavior(
        _rules(given.scale_up or _Rules(), DEFAULT_SCALE_UP),
        _rules(given.scale_down or _Rules(), DEFAULT_SCALE_DOWN),
    )


def _rules(given: _Rules, default: ScalingRules) -> ScalingRules:
    """The default rules under those given; a list of policies replaces the default list."""
    written = {name: value for name, value in given if value is not None}
    if given.policies is not None:
        written["policies"] = tuple(Policy(**dict(policy)) for policy in given.policies)
    return replace(default, **written)


def _first_of(error: ValidationError) -> InvalidAutoscalerError:
    first = error.errors()[0]
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in first["loc"])
    given = None if first["type"] == "missing" else first["input"]
    return InvalidAutoscalerError(path.removeprefix("."), given, _allowed(first))


def _allowed(error: ErrorDetails) -> str:
    match error["type"]:
        case "missing":
            return "a value, which is required"
        case "model_type" | "dict_type":
            return "an object with fields"
        case "extra_forbidden":
            return "no field of this name"
        case "none_required":
            return "nothing, as selecting series is not supported"
        case "too_short" | "too_long":
            return "exactly one metric" if error["loc"][-1] == "metrics" else "one or more"
        case "value_error":
            return str(error["ctx"]["error"])
        case _:
            return re.sub(r"^\w+ should (be|have) ", "", error["msg"])
