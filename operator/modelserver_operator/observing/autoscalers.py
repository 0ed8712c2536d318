"""Autoscalers, from their manifests."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from modelserver_operator.api.modelserver import KIND
from modelserver_operator.autoscaling.quantity import parse_quantity
from modelserver_operator.autoscaling.ratio import METRIC_NAME
from modelserver_operator.cluster.kinds import AUTOSCALER, SCALED_OBJECT
from modelserver_operator.observing.workload import conditions
from modelserver_operator.status.observed import Autoscaler

Manifest = Mapping[str, Any]

_RATIO_IN_QUERY = "ovms_streams"
"""By this series a trigger of KEDA's is known to ask for the ratio."""


def read_autoscalers(manifests: Sequence[Manifest], uid: str) -> tuple[Autoscaler, ...]:
    """The autoscalers of the ModelServer with this uid."""
    ours = {manifest["metadata"].get("uid") for manifest in manifests if _is_owned(manifest, uid)}
    by_keda = {
        manifest["metadata"].get("uid")
        for manifest in manifests
        if manifest["kind"] == SCALED_OBJECT.kind and _asks_for_ratio(manifest)
    }
    return tuple(
        Autoscaler(
            kind=manifest["kind"],
            name=manifest["metadata"]["name"],
            ours=manifest["metadata"].get("uid") in ours or _is_owned(manifest, *ours),
            targets_deployment=manifest["spec"].get("scaleTargetRef", {}).get("kind") != KIND,
            desired=manifest.get("status", {}).get("desiredReplicas"),
            reads_ratio=_reads_ratio(manifest) or _is_owned(manifest, *by_keda),
            ratio=_ratio(manifest, by_keda),
            conditions=conditions(manifest),
        )
        for manifest in manifests
    )


def _is_owned(manifest: Manifest, *uids: object) -> bool:
    owners = manifest["metadata"].get("ownerReferences", ())
    return any(owner.get("controller") and owner["uid"] in uids for owner in owners)


def _reads_ratio(manifest: Manifest) -> bool:
    if manifest["kind"] == SCALED_OBJECT.kind:
        return _asks_for_ratio(manifest)
    names = (
        metric.get("pods", {}).get("metric", {}).get("name")
        for metric in manifest["spec"].get("metrics") or ()
    )
    return METRIC_NAME in names


def _asks_for_ratio(scaled_object: Manifest) -> bool:
    triggers = scaled_object["spec"].get("triggers") or ()
    return any(
        _RATIO_IN_QUERY in trigger.get("metadata", {}).get("query", "") for trigger in triggers
    )


def _ratio(manifest: Manifest, by_keda: set[object]) -> Decimal | None:
    """The value that an HPA read last; one of KEDA's has it as an external metric."""
    if manifest["kind"] != AUTOSCALER.kind:
        return None
    kind = "external" if _is_owned(manifest, *by_keda) else "pods"
    return next(_averages(manifest, kind), None)


def _averages(manifest: Manifest, kind: str) -> Iterator[Decimal]:
    for metric in manifest.get("status", {}).get("currentMetrics") or ():
        own = metric.get(kind, {})
        is_ratio = kind == "external" or own.get("metric", {}).get("name") == METRIC_NAME
        value = own.get("current", {}).get("averageValue")
        if is_ratio and value is not None:
            yield parse_quantity(value)
