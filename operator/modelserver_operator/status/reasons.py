"""The types of the conditions, and every reason of ours that they can have.

docs/guides/troubleshooting.md has a section for each reason; a test holds it to that. An
autoscaler's own reasons are handed on as they are and stand in Kubernetes' documentation.
"""

from enum import StrEnum


class ConditionType(StrEnum):
    """An aspect of a ModelServer's state."""

    READY = "Ready"
    RECONCILING = "Reconciling"
    STALLED = "Stalled"
    PROGRESSING = "Progressing"
    DEGRADED = "Degraded"
    SCALING_ACTIVE = "ScalingActive"
    METRICS_AVAILABLE = "MetricsAvailable"
    RATIO_CAPPED = "RatioCapped"
    HAS_WARNINGS = "HasWarnings"


class Reason(StrEnum):
    """Why a condition is as it is."""

    # nothing is wrong
    AS_EXPECTED = "AsExpected"
    MODELS_ANSWER = "ModelsAnswer"
    COMPLETE = "Complete"
    PAUSED = "Paused"

    # at work
    STARTING = "Starting"
    LOADING_MODELS = "LoadingModels"
    ROLLING_OUT = "RollingOut"
    SCALING = "Scaling"
    RETRYING = "Retrying"

    # waiting for a user
    NEWER_RENDERING_WAITS = "NewerRenderingWaits"
    SPEC_WARNINGS = "SpecWarnings"

    # the spec cannot be put into effect
    INVALID_SPEC = "InvalidSpec"
    REFUSED = "Refused"
    NAME_COLLISION = "NameCollision"
    FOREIGN_CONTROLLER = "ForeignController"
    FORBIDDEN = "Forbidden"
    DENIED = "Denied"

    # pods that do not come to be
    POD_SECURITY_REFUSED = "PodSecurityRefused"
    HOST_PATH_REFUSED = "HostPathRefused"
    QUOTA_EXCEEDED = "QuotaExceeded"
    PODS_REFUSED = "PodsRefused"
    DEVICE_UNAVAILABLE = "DeviceUnavailable"
    UNSCHEDULABLE = "Unschedulable"
    PROGRESS_DEADLINE_EXCEEDED = "ProgressDeadlineExceeded"

    # pods that do not serve
    INVALID_IMAGE_NAME = "InvalidImageName"
    IMAGE_PULL_FAILED = "ImagePullFailed"
    REFERENCE_MISSING = "ReferenceMissing"
    VOLUME_NOT_MOUNTED = "VolumeNotMounted"
    CONTAINER_CRASHED = "ContainerCrashed"
    MODEL_NOT_LOADED = "ModelNotLoaded"
    MODEL_VERSION_FAILED = "ModelVersionFailed"
    SERVER_UNREACHABLE = "ServerUnreachable"

    # objects that are left out, or not seen
    KIND_SKIPPED = "KindSkipped"
    OBJECT_NOT_OURS = "ObjectNotOurs"
    CHANGES_UNSEEN = "ChangesUnseen"

    # autoscaling
    NOT_AUTOSCALED = "NotAutoscaled"
    AUTOSCALER_STARTING = "AutoscalerStarting"
    AUTOSCALER_SKIPPED = "AutoscalerSkipped"
    FOREIGN_AUTOSCALER = "ForeignAutoscaler"
    SEVERAL_AUTOSCALERS = "SeveralAutoscalers"
    REQUESTS_WAIT_UNSEEN = "RequestsWaitUnseen"

    # the chain of the metrics
    METRICS_FLOW = "MetricsFlow"
    NOT_NEEDED = "NotNeeded"
    NOT_CHECKED = "NotChecked"
    SERIES_MISSING = "SeriesMissing"
    MONITOR_SKIPPED = "MonitorSkipped"
    MONITOR_MISSING = "MonitorMissing"
    MONITOR_NOT_SELECTED = "MonitorNotSelected"
    NOT_SCRAPED = "NotScraped"
    SCRAPE_FAILS = "ScrapeFails"
    NO_RATIO = "NoRatio"
    ADAPTER_MISSING = "AdapterMissing"
    METRIC_NOT_SERVED = "MetricNotServed"
    AUTOSCALER_READS_NOTHING = "AutoscalerReadsNothing"
