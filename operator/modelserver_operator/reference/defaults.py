"""What a field that is left out means.

Defaults are decided by rendering and by the servers, not by the CustomResourceDefinition, so they
are written down here for people. A test holds `VALUES` against rendering: a ModelServer that says
such a value becomes what one becomes that leaves it out.
"""

from collections.abc import Mapping

VALUES: Mapping[str, object] = {
    "deployment_parameters.replicas": 1,
    "deployment_parameters.openshift_service_mesh": False,
    "deployment_parameters.resources.limits.xpu_device_quantity": "1",
    "deployment_parameters.resources.requests.xpu_device_quantity": "1",
    "deployment_parameters.topology_spread": [
        {
            "maxSkew": 1,
            "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "ScheduleAnyway",
        }
    ],
    "deployment_parameters.update_strategy": {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0},
    },
    "deployment_parameters.termination_grace_seconds": 40,
    "deployment_parameters.pod_disruption_budget.max_unavailable": 1,
    "service_parameters.grpc_port": 8080,
    "service_parameters.rest_port": 8081,
    "service_parameters.service_type": "ClusterIP",
    "models_settings.single_model_mode": True,
    "models_settings.config_path": "/config/config.json",
    "models_settings.target_device": "CPU",
    "models_settings.plugin_config": '{"PERFORMANCE_HINT":"LATENCY"}',
    "models_settings.performance_hint": "LATENCY",
    "models_settings.model_version_policy": '{"latest": { "num_versions":1 }}',
    "models_settings.nireq": 0,
    "models_settings.is_stateful": False,
    "models_settings.idle_sequence_cleanup": True,
    "models_settings.low_latency_transformation": False,
    "models_settings.max_sequence_number": 0,
    "server_settings.log_level": "INFO",
    "server_settings.file_system_poll_wait_seconds": 0,
    "server_settings.grpc_workers": 1,
    "server_settings.rest_workers": 0,
    "server_settings.sequence_cleaner_poll_wait_minutes": 5,
    "model_cache.enabled": False,
    "monitoring.service_monitor.enabled": False,
    "monitoring.service_monitor.interval": "5s",
    "monitoring.dashboard.enabled": False,
    "autoscaling.enabled": False,
    "autoscaling.provider": "hpa",
    "autoscaling.min_replicas": 1,
    "autoscaling.max_replicas": 3,
    "autoscaling.target_ratio": "1",
    "autoscaling.window": "1m",
    "network_policy.enabled": False,
    "network_policy.clients": [{"podSelector": {}}],
}

WORDS: Mapping[str, str] = {
    "image_name": "this project's runtime, of the operator's release",
    "server.kind": "told by the image's name",
    "server.version": "told by the image's tag; else the newest",
    "deployment_parameters.pod_disruption_budget.enabled": "as `autoscaling.enabled`",
    "monitoring.metrics_enable": "true where something reads them, else false",
    "models_settings.max_queue_size": "the server's own, 1024",
    "autoscaling.scale_up_stabilization_seconds": "Kubernetes' own, 0",
    "autoscaling.scale_down_stabilization_seconds": "Kubernetes' own, 300",
}
