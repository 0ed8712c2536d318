"""Announcements as Kubernetes Events (events.k8s.io/v1)."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from modelserver_operator.api.modelserver import GROUP, KIND, VERSION
from modelserver_operator.status.announcements import Announcement
from modelserver_operator.status.conditions import shortened

_REPORTER = "modelserver-operator"
_ACTION = "Reconcile"
_AGAIN_AFTER = timedelta(minutes=10)


def event(metadata: Mapping[str, Any], announcement: Announcement, now: datetime) -> dict[str, Any]:
    """The Event that tells it of a ModelServer.

    What is told twice within ten minutes has the same name both times, so the API server refuses
    the second one, and a fight with somebody else makes no flood.
    """
    return {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {
            "name": f"{metadata['name']}.{_fingerprint(metadata, announcement, now)}",
            "namespace": metadata["namespace"],
        },
        "eventTime": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "type": str(announcement.severity),
        "reason": announcement.reason,
        "note": shortened(announcement.note),
        "action": _ACTION,
        "reportingController": _REPORTER,
        "reportingInstance": _REPORTER,
        "regarding": {
            "apiVersion": f"{GROUP}/{VERSION}",
            "kind": KIND,
            "namespace": metadata["namespace"],
            "name": metadata["name"],
            "uid": metadata["uid"],
        },
    }


def _fingerprint(metadata: Mapping[str, Any], announcement: Announcement, now: datetime) -> str:
    period = int(now.timestamp() // _AGAIN_AFTER.total_seconds())
    told = (metadata["uid"], announcement.severity, announcement.reason, announcement.note, period)
    return sha256(repr(tuple(map(str, told))).encode()).hexdigest()[:16]
