"""`spec.deployment_parameters`: how many pods there are, where they run, and with what."""

from typing import Annotated, ClassVar

from pydantic import Field

from modelserver_operator.api.block import Block
from modelserver_operator.api.environment import Environment
from modelserver_operator.api.fields import block, field
from modelserver_operator.api.rules import Rule
from modelserver_operator.api.values import (
    AnnotationMap,
    DeviceName,
    DeviceQuantity,
    FreeForm,
    FreeFormList,
    Int32,
    LabelMap,
    ObjectName,
    ObjectNameOrEmpty,
    Quantity,
    Replicas,
    Seconds,
    Unavailable,
)

SELECTOR_LABELS = ("app", "release")


class ResourceList(Block):
    """Amounts of what a pod may use or is promised."""

    cpu: Quantity | None = field("CPU cores.", '"4"')
    memory: Quantity | None = field("Memory.", '"8Gi"')
    xpu_device: DeviceName | None = field(
        "Accelerator, as the resource that its device plugin offers.", "gpu.intel.com/i915"
    )
    xpu_device_quantity: DeviceQuantity | None = field("Number of accelerators.", '"1"')


class Resources(Block):
    """The container's compute resources."""

    limits: ResourceList = block(
        ResourceList, "The most that a pod may use.", '{cpu: "4", memory: 8Gi}'
    )
    requests: ResourceList = block(
        ResourceList, "What the scheduler sets aside for a pod.", '{cpu: "2", memory: 4Gi}'
    )


class PodDisruptionBudget(Block):
    """How many pods a node drain may take at a time."""

    enabled: bool | None = field("Whether to make a PodDisruptionBudget.", True)
    max_unavailable: Unavailable | None = field(
        "How many pods may be down at once for a voluntary disruption.", 1
    )


class DeploymentParameters(Block):
    """How many pods there are, where they run, and with what."""

    replicas: Replicas | None = field(
        "Number of pods; 0 pauses the service. Leave it out where an autoscaler decides.", 2
    )
    openshift_service_mesh: bool | None = field(
        "Let OpenShift Service Mesh inject its sidecar into the pods.", False
    )
    resources: Resources = block(
        Resources,
        "Compute resources of the server's container.",
        '{limits: {cpu: "4"}, requests: {cpu: "2"}}',
    )
    env: Environment | None = field(
        "Environment variables, written as in a container.",
        '[{name: OPENVINO_LOG_LEVEL, value: "2"}]',
    )
    extra_envs_secret: ObjectNameOrEmpty | None = field(
        "Secret whose keys all become environment variables.", "site-secrets"
    )
    extra_envs_configmap: ObjectNameOrEmpty | None = field(
        "ConfigMap whose keys all become environment variables.", "site-settings"
    )
    labels: LabelMap | None = field("Labels added to the pods.", "{team: vision}")
    annotations: AnnotationMap | None = field(
        "Annotations added to the pods.", '{cluster-autoscaler.kubernetes.io/safe-to-evict: "true"}'
    )
    node_selector: LabelMap | None = field(
        "Labels that a node must have.", "{kubernetes.io/arch: amd64}"
    )
    node_affinity: FreeForm | None = field(
        "Node affinity, as in a pod's spec.affinity.nodeAffinity.",
        "{requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [...]}}",
    )
    pod_affinity: FreeForm | None = field(
        "Pod affinity, as in a pod's spec.affinity.podAffinity.",
        "{preferredDuringSchedulingIgnoredDuringExecution: [...]}",
    )
    pod_antiaffinity: FreeForm | None = field(
        "Pod anti-affinity, as in a pod's spec.affinity.podAntiAffinity.",
        "{preferredDuringSchedulingIgnoredDuringExecution: [...]}",
    )
    tolerations: FreeFormList | None = field(
        "Tolerations, as in a pod's spec.tolerations.",
        "[{key: gpu, operator: Exists, effect: NoSchedule}]",
    )
    topology_spread: FreeFormList | None = field(
        "Spread over zones or nodes, as in a pod's spec.topologySpreadConstraints.",
        "[{maxSkew: 1, topologyKey: topology.kubernetes.io/zone, "
        "whenUnsatisfiable: ScheduleAnyway}]",
    )
    update_strategy: FreeForm | None = field(
        "How pods are replaced, as in a Deployment's spec.strategy.", "{type: Recreate}"
    )
    supplemental_groups: Annotated[list[Int32], Field(max_length=64)] | None = field(
        "Extra group ids of the server's process, such as the group of a render device.", [109]
    )
    runtime_class: ObjectName | None = field("RuntimeClass of the pods.", "kata")
    service_account: ObjectName | None = field("ServiceAccount of the pods.", "model-reader")
    priority_class: ObjectName | None = field("PriorityClass of the pods.", "online-serving")
    image_pull_secrets: Annotated[list[ObjectName], Field(max_length=64)] | None = field(
        "Names of the Secrets to pull the image with.", "[registry-credentials]"
    )
    termination_grace_seconds: Seconds | None = field(
        "How long a pod may take to finish its requests before it is killed.", 60
    )
    pod_disruption_budget: PodDisruptionBudget = block(
        PodDisruptionBudget,
        "Protection against losing all pods to a node drain.",
        "{enabled: true, max_unavailable: 1}",
    )

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            field="labels",
            must="without app and release, by which the Service finds the pods",
            cel="!has(self.labels) || !('app' in self.labels || 'release' in self.labels)",
            holds=lambda given: not set(SELECTOR_LABELS) & set(given.labels or ()),
        ),
    )
