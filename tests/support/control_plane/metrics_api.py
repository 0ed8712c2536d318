"""custom.metrics.k8s.io as a test plays it: one metric, the same number for every pod."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections.abc import Iterator
from typing import Any, Self

from aiohttp import web

from control_plane.background import BackgroundServer
from control_plane.plane import ControlPlane

GROUP, VERSION = "custom.metrics.k8s.io", "v1beta2"
_SERVICE = {"name": "custom-metrics", "namespace": "kube-system"}
_QUERY = re.compile(rf"/apis/{GROUP}/{VERSION}/namespaces/([^/]+)/pods/\*/([^/]+)")


class MetricsApi:
    """An aggregated API server.

    Attributes:
        value: What every pod has, a quantity such as "1500m"; None where nothing is known.
    """

    def __init__(self, plane: ControlPlane, metric: str) -> None:
        self.value: str | None = None
        self._metric = metric
        self._client = plane.client()
        self._server = BackgroundServer(self._handle, plane.serving_tls("custom-metrics"))

    def __enter__(self) -> Self:
        """Serve, and register with the API server."""
        self._server.__enter__()
        for path, manifest in registration(self._server.port):
            self._client.post(path, json=manifest).raise_for_status()
        return self

    def __exit__(self, *_: object) -> None:
        """Take the registration back, and stop."""
        for path, manifest in registration(self._server.port):
            self._client.delete(f"{path}/{manifest['metadata']['name']}").raise_for_status()
        self._server.__exit__()
        self._client.close()

    async def _handle(self, request: web.Request) -> web.Response:
        if request.path == f"/apis/{GROUP}/{VERSION}":
            return web.json_response(self._resources())
        query = _QUERY.fullmatch(request.path)
        if not query or query[2] != self._metric or self.value is None:
            raise web.HTTPNotFound
        selector = request.query.get("labelSelector", "")
        pods = await asyncio.to_thread(self._pods, query[1], selector)
        items = [self._item(pod, self.value) for pod in pods]
        return web.json_response(
            {"kind": "MetricValueList", "apiVersion": f"{GROUP}/{VERSION}", "items": items}
        )

    def _resources(self) -> dict[str, Any]:
        resource = {
            "name": f"pods/{self._metric}",
            "singularName": "",
            "namespaced": True,
            "kind": "MetricValueList",
            "verbs": ["get"],
        }
        return {
            "kind": "APIResourceList",
            "apiVersion": "v1",
            "groupVersion": f"{GROUP}/{VERSION}",
            "resources": [resource],
        }

    def _pods(self, namespace: str, selector: str) -> list[dict[str, Any]]:
        answer = self._client.get(
            f"/api/v1/namespaces/{namespace}/pods", params={"labelSelector": selector}
        )
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    def _item(self, pod: dict[str, Any], value: str) -> dict[str, Any]:
        names = {key: pod["metadata"][key] for key in ("name", "namespace")}
        return {
            "describedObject": {"kind": "Pod", "apiVersion": "/v1", **names},
            "metric": {"name": self._metric},
            "timestamp": dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "value": value,
        }


def registration(port: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """The Service that leads to this machine, and the API behind it; each with where it belongs.

    A Service of another type would need endpoints, and these can't be of the loopback interface.
    """
    yield (
        "/api/v1/namespaces/kube-system/services",
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": _SERVICE,
            "spec": {
                "type": "ExternalName",
                "externalName": "localhost",
                "ports": [{"port": port}],
            },
        },
    )
    yield (
        "/apis/apiregistration.k8s.io/v1/apiservices",
        {
            "apiVersion": "apiregistration.k8s.io/v1",
            "kind": "APIService",
            "metadata": {"name": f"{VERSION}.{GROUP}"},
            "spec": {
                "group": GROUP,
                "version": VERSION,
                "service": {**_SERVICE, "port": port},
                "insecureSkipTLSVerify": True,
                "groupPriorityMinimum": 100,
                "versionPriority": 100,
            },
        },
    )
