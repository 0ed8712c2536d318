"""Whole plays, with the real runtime: what users do, and what their clients see of it."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import tritonclient.grpc.aio as grpc_client
import yaml

from modelserver_operator.local import picture
from modelserver_operator.local.options import Options
from modelserver_operator.local.stage import Stage, stage

Eventually = Callable[..., Awaitable[None]]
DRAINED_WITHIN = 150.0  # gRPC connections live for a minute

UPSTREAM = Path(__file__).parents[2] / "data" / "intel-operator"
ASKED = np.array([[1, 2, 3, 4]], dtype=np.float32)
INFER = "/v2/models/double/infer"
BODY = {
    "inputs": [{"name": "x", "shape": [1, 4], "datatype": "FP32", "data": ASKED.ravel().tolist()}]
}


class Manifest:
    """The manifest of a ModelServer `demo` in a file that can be edited."""

    def __init__(self, file: Path, models: Path, ports: dict[str, int]) -> None:
        self.file = file
        self.content: dict[str, Any] = {
            "apiVersion": "intel.com/v1alpha1",
            "kind": "ModelServer",
            "metadata": {"name": "demo"},
            "spec": {
                "models_repository": {"models_host_path": str(models)},
                "models_settings": {"model_name": "double", "model_path": "/models/double"},
                "service_parameters": {"grpc_port": ports["grpc"], "rest_port": ports["rest"]},
                "deployment_parameters": {"replicas": 1},
            },
        }
        self.edit()

    def edit(self, block: str = "", **fields: object) -> None:
        """Set fields of a block of the spec."""
        if block:
            self.content["spec"].setdefault(block, {}).update(fields)
        self.file.write_text(yaml.safe_dump(self.content))


@pytest.fixture
def manifest(tmp_path: Path, models: Path, ports: dict[str, int]) -> Manifest:
    return Manifest(tmp_path / "demo.yaml", models, ports)


@asynccontextmanager
async def playing(manifest: Manifest, **options: object) -> AsyncIterator[Stage]:
    """The manifest at play, its first replicas ready."""
    given = Options([str(manifest.file)], **options)  # type: ignore[arg-type]
    async with stage(given) as there:
        async with asyncio.timeout(30):
            while not is_settled(there):
                await asyncio.sleep(0.05)
        yield there


def is_settled(there: Stage) -> bool:
    """Whether exactly the wanted replicas are there, and ready."""
    deployment = there.servers["demo"].deployment
    return len(deployment.ready) == len(deployment.replicas) == deployment.desired


def names(there: Stage) -> set[str]:
    return {replica.identity.name for replica in there.servers["demo"].deployment.replicas}


def texts(there: Stage) -> str:
    return "\n".join(event.text for event in there.timeline.events)


class Clients:
    """Clients that ask again and again over REST and gRPC, each over a connection that it keeps."""

    def __init__(self, there: Stage) -> None:
        self.service = there.servers["demo"].service
        self.answered = {"rest": 0, "grpc": 0}
        self._stop = asyncio.Event()

    @asynccontextmanager
    async def asking(self, each: int = 3) -> AsyncIterator[None]:
        """Any request that fails fails the block."""
        async with asyncio.TaskGroup() as group:
            for _ in range(each):
                group.create_task(self._rest())
                group.create_task(self._grpc())
            yield
            self._stop.set()

    async def _rest(self) -> None:
        async with httpx.AsyncClient(base_url=self.service.url("rest"), timeout=20) as client:
            while not self._stop.is_set():
                answer = await client.post(INFER, json=BODY)
                assert answer.status_code == 200, answer.text
                assert answer.json()["outputs"][0]["data"] == [2, 4, 6, 8]
                self.answered["rest"] += 1

    async def _grpc(self) -> None:
        tensor = grpc_client.InferInput("x", [1, 4], "FP32")
        tensor.set_data_from_numpy(ASKED)
        async with grpc_client.InferenceServerClient(self.service.url("grpc")) as client:
            while not self._stop.is_set():
                answer = await client.infer("double", [tensor])
                assert (answer.as_numpy("y") == 2 * ASKED).all()
                self.answered["grpc"] += 1


@pytest.mark.timeout(240)
async def test_replacing_replicas_and_scaling_down_loses_no_request(
    manifest: Manifest, eventually: Eventually
) -> None:
    manifest.edit("deployment_parameters", replicas=2)
    async with playing(manifest) as there, (clients := Clients(there)).asking():
        await eventually(lambda: min(clients.answered.values()) > 50)
        manifest.content["spec"]["deployment_parameters"]["replicas"] = 1
        manifest.edit("models_settings", nireq=2)
        await eventually(lambda: names(there) == {"demo-ovms-3"}, DRAINED_WITHIN)
        before = dict(clients.answered)
        await eventually(lambda: all(clients.answered[key] > before[key] for key in before))


async def test_load_scales_up_and_its_end_scales_down(
    manifest: Manifest, eventually: Eventually, tmp_path: Path
) -> None:
    manifest.edit("monitoring", service_monitor={"enabled": True, "interval": "1s"})
    manifest.edit(
        "autoscaling",
        enabled=True,
        max_replicas=2,
        target_ratio="10m",
        window="3s",
        scale_down_stabilization_seconds=1,
    )
    async with playing(manifest, hpa_sync_seconds=0.5) as there:
        async with Clients(there).asking():
            await eventually(lambda: len(there.servers["demo"].deployment.ready) == 2)
        await eventually(lambda: there.servers["demo"].deployment.desired == 1)
        await eventually(lambda: is_settled(there))
        picture.write(there.timeline, tmp_path / "timeline.svg")
    assert [event.mark for event in there.timeline.events if event.mark] == ["1 → 2", "2 → 1"]
    latest = there.timeline.moments["demo"]
    assert max(moment.traffic.requests_per_second for moment in latest) > 0
    assert "1 → 2" in (tmp_path / "timeline.svg").read_text()


async def test_a_crashed_replica_is_mended(manifest: Manifest, eventually: Eventually) -> None:
    async with playing(manifest) as there:
        there.servers["demo"].deployment.kill()
        await eventually(lambda: "demo-ovms-1 ended by SIGKILL, again at once" in texts(there))
        async with httpx.AsyncClient(base_url=there.servers["demo"].service.url("rest")) as client:
            assert (await client.post(INFER, json=BODY)).status_code == 200


async def test_an_edit_that_cannot_be_played_changes_nothing_and_says_why(
    manifest: Manifest, eventually: Eventually
) -> None:
    async with playing(manifest) as there:
        manifest.edit("models_settings", nireq=-1)
        await eventually(lambda: "edit not taken: " in texts(there))
        assert "spec.models_settings.nireq" in texts(there)
        assert is_settled(there)
        assert names(there) == {"demo-ovms-1"}


async def test_model_servers_come_and_go_with_an_edit(
    manifest: Manifest, eventually: Eventually
) -> None:
    async with playing(manifest) as there:
        manifest.content["metadata"]["name"] = "other"
        manifest.edit()
        await eventually(lambda: "other" in there.servers)
        await eventually(lambda: len(there.servers["other"].deployment.ready) == 1)
        assert there.servers.keys() == {"other"}


async def test_the_cpu_limit_reaches_the_runtime(
    manifest: Manifest, children: Callable[[int], list[int]]
) -> None:
    manifest.edit("deployment_parameters", resources={"limits": {"cpu": "1500m"}})
    async with playing(manifest):
        environments = map(environment_of, children(os.getpid()))
        assert any(b"MODELSERVER_CPU_LIMIT=1.500" in each for each in environments)


def environment_of(process: int) -> list[bytes]:
    return Path(f"/proc/{process}/environ").read_bytes().split(b"\0")


async def test_upstreams_manifests_play_together(
    tmp_path: Path, models: Path, ports: dict[str, int], eventually: Eventually
) -> None:
    changes = {
        "openvino/model_server:2022.2": "openvino/model_server:2026.3",
        "gs://<bucket_name>/<model_dir>": str(models / "double"),
        # so that tests can run beside whatever else uses these
        "grpc_port: 8080": f"grpc_port: {ports['grpc']}",
        "rest_port: 8081": f"rest_port: {ports['rest']}",
    }
    files = []
    for name in ("ovms_config.yaml", "ovms.yaml", "ovms_hpa.yaml"):
        text = (UPSTREAM / name).read_text()
        for old, new in changes.items():
            text = text.replace(old, new)
        files.append(tmp_path / name)
        files[-1].write_text(text)
    async with stage(Options([str(file) for file in files])) as there:
        demo = there.servers["demo"]
        await eventually(lambda: len(demo.deployment.ready) == 1)
        async with httpx.AsyncClient(base_url=demo.service.url("rest")) as client:
            answer = await client.post(INFER.replace("double", "resnet50-int8"), json=BODY)
            assert answer.json()["outputs"][0]["data"] == [2, 4, 6, 8]
            assert "ovms_streams" in (await client.get("/metrics")).text
    assert demo.plan.autoscaler is not None
    assert demo.plan.autoscaler.max_replicas == 3
