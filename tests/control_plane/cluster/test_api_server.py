"""What a real API server answers, as the port hands it on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from control_plane import ControlPlane, Kubectl
from control_plane.passes import connected_as
from modelserver_operator.cluster import Conflict, Forbidden, Kind, NotServed, Refused, Unreachable
from modelserver_operator.cluster.api_server import ApiServer
from modelserver_operator.cluster.kinds import CONFIG_MAP, DEPLOYMENT, SECRET


@pytest.fixture
async def cluster(control_plane: ControlPlane) -> AsyncIterator[ApiServer]:
    async with connected_as(control_plane.admin) as client:
        yield ApiServer(client)


def config_map(namespace: str, **data: str) -> dict[str, Any]:
    metadata = {"name": "site", "namespace": namespace}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


async def test_what_is_not_there_is_none(cluster: ApiServer, namespace: str) -> None:
    assert await cluster.get(CONFIG_MAP, namespace, "site") is None
    assert await cluster.get_metadata(SECRET, namespace, "site") is None
    assert await cluster.read("/apis/example.com/v1") is None


async def test_a_kind_that_is_not_installed_is_not_served(
    cluster: ApiServer, namespace: str
) -> None:
    unknown = Kind("example.com", "v1", "Thing", "things")
    with pytest.raises(NotServed):
        await cluster.get(unknown, namespace, "a")
    with pytest.raises(NotServed):
        await cluster.list_objects(unknown, namespace)
    assert not await cluster.served(unknown)
    assert await cluster.served(DEPLOYMENT)


async def test_an_object_is_made_applied_and_deleted(cluster: ApiServer, namespace: str) -> None:
    made = await cluster.create(config_map(namespace, a="1"))
    with pytest.raises(Conflict):
        await cluster.create(config_map(namespace))
    applied = await cluster.apply(config_map(namespace, a="2"))
    assert applied["data"] == {"a": "2"}
    await cluster.delete(CONFIG_MAP, namespace, "site", made["metadata"]["uid"])
    await cluster.delete(CONFIG_MAP, namespace, "site", made["metadata"]["uid"])
    assert await cluster.list_objects(CONFIG_MAP, namespace, {"none": "such"}) == []


async def test_only_the_very_object_is_changed_or_deleted(
    cluster: ApiServer, namespace: str
) -> None:
    made = await cluster.create(config_map(namespace))
    another = "00000000-0000-0000-0000-000000000000"
    changed = config_map(namespace)
    changed["metadata"]["uid"] = another
    with pytest.raises(Conflict):
        await cluster.apply(changed)
    with pytest.raises(Conflict):
        await cluster.delete(CONFIG_MAP, namespace, "site", another)
    found = await cluster.get(CONFIG_MAP, namespace, "site")
    assert found is not None
    assert found["metadata"]["uid"] == made["metadata"]["uid"]
    await cluster.delete(CONFIG_MAP, namespace, "site", made["metadata"]["uid"])
    with pytest.raises(Conflict):
        await cluster.apply(changed)


async def test_of_a_secret_only_the_metadata_comes_over(
    cluster: ApiServer, namespace: str, kubectl: Kubectl
) -> None:
    kubectl("create", "secret", "generic", "site", "--from-literal=a=b")
    found = await cluster.get_metadata(SECRET, namespace, "site")
    assert found is not None
    assert (found["kind"], "data" in found) == ("Secret", False)


async def test_what_is_not_valid_is_refused(cluster: ApiServer, namespace: str) -> None:
    wrong = config_map(namespace)
    wrong["metadata"]["name"] = "Not A Name"
    with pytest.raises(Refused, match="Invalid value"):
        await cluster.create(wrong)
    misspelt = config_map(namespace) | {"dat": {}}
    with pytest.raises(Refused, match=r"\.dat"):
        await cluster.apply(misspelt)


async def test_a_user_without_rights_is_told_so(
    control_plane: ControlPlane, namespace: str
) -> None:
    async with connected_as(control_plane.user("nobody")) as client:
        cluster = ApiServer(client)
        with pytest.raises(Forbidden, match="configmaps"):
            await cluster.get(CONFIG_MAP, namespace, "site")
        assert not await cluster.may("get", CONFIG_MAP, namespace)


async def test_a_server_that_is_not_there_is_unreachable(
    control_plane: ControlPlane, tmp_path: Path
) -> None:
    config = control_plane.admin.read_text().replace(control_plane.url, "https://localhost:1")
    nowhere = tmp_path / "kubeconfig"
    nowhere.write_text(config)
    async with connected_as(nowhere) as client:
        with pytest.raises(Unreachable, match="does not answer"):
            await ApiServer(client).get(CONFIG_MAP, "default", "site")
