"""What is to be played, and how."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HPA_SYNC_SECONDS = 15.0
"""kube-controller-manager's --horizontal-pod-autoscaler-sync-period, as clusters have it."""


@dataclass(frozen=True, slots=True)
class Options:
    """What `local` is told.

    Attributes:
        files: the manifests.
        claims: the folder that stands for each volume claim.
        hpa_sync_seconds: the time between two looks of an autoscaler.
    """

    files: Sequence[str]
    claims: Mapping[str, Path] = field(default_factory=dict)
    hpa_sync_seconds: float = HPA_SYNC_SECONDS
