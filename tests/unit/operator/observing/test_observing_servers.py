"""What servers say of their models, as OVMS and as our runtime say it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelserver_operator.observing.http import Http, Unanswered, Web
from modelserver_operator.observing.servers import address, parse_config_status, served_versions
from modelserver_operator.status.observed import ServedVersion

Serve = Callable[[Mapping[str, object]], Awaitable[str]]


@pytest.fixture
async def http() -> AsyncIterator[Web]:
    async with aiohttp.ClientSession() as session:
        yield Http(session)


def config(*versions: Mapping[str, object]) -> dict[str, object]:
    return {"resnet": {"model_version_status": list(versions)}}


FINE = {"error_code": "OK", "error_message": "OK"}


async def test_ovms_tells_versions_and_states(http: Web, serve: Serve) -> None:
    status = config({"version": "2", "state": "AVAILABLE", "status": FINE})

    versions = await served_versions(http, await serve({"/v1/config": status}))

    assert versions == (ServedVersion("resnet", 2, "AVAILABLE"),)


async def test_our_runtime_tells_devices_as_well(http: Web, serve: Serve) -> None:
    live = {"version": "1", "state": "AVAILABLE", "status": FINE, "execution_devices": ["CPU"]}

    versions = await served_versions(http, await serve({"/v1/config": config(live)}))

    assert versions == (ServedVersion("resnet", 1, "AVAILABLE", devices=("CPU",)),)


async def test_a_failed_load_keeps_the_servers_own_words(http: Web, serve: Serve) -> None:
    failed = {"error_code": "UNKNOWN", "error_message": "Cannot compile model"}
    status = config({"version": "1", "state": "LOADING", "status": failed})

    (version,) = await served_versions(http, await serve({"/v1/config": status}))

    assert version.error == "Cannot compile model"


@pytest.mark.parametrize(
    ("reason", "state", "error"),
    [
        (
            "/models/x: No such file or directory",
            "UNAVAILABLE",
            "/models/x: No such file or directory",
        ),
        ("not loaded yet", "START", ""),
    ],
)
async def test_why_a_model_has_no_version_stands_in_the_repository_index(
    http: Web, serve: Serve, reason: str, state: str, error: str
) -> None:
    index = [{"name": "resnet", "state": "UNAVAILABLE", "reason": reason}]
    server = await serve({"/v1/config": config(), "/v2/repository/index": index})

    assert await served_versions(http, server) == (ServedVersion("resnet", 0, state, error),)


async def test_a_server_without_an_index_is_no_worse_for_it(http: Web, serve: Serve) -> None:
    versions = await served_versions(http, await serve({"/v1/config": config()}))

    assert versions == (ServedVersion("resnet", 0, "UNAVAILABLE"),)


@pytest.mark.parametrize("answer", [503, "<html>", [], {"resnet": {}}, {"resnet": 1}])
async def test_what_is_no_state_of_models_is_no_answer(
    http: Web, serve: Serve, answer: object
) -> None:
    server = await serve({"/v1/config": answer})

    with pytest.raises(Unanswered, match="/v1/config"):
        await served_versions(http, server)


async def test_nobody_there_is_no_answer(http: Web) -> None:
    with pytest.raises(Unanswered):
        await served_versions(http, "http://127.0.0.1:1")


@given(st.text())
def test_any_text_is_an_answer_or_none(text: str) -> None:
    with suppress(Unanswered):
        parse_config_status(text)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_is_an_answer_or_none(document: object) -> None:
    with suppress(Unanswered):
        parse_config_status(json.dumps({"m": {"model_version_status": document}}))


def test_an_ipv6_address_stands_in_brackets() -> None:
    assert (address("10.0.0.1"), address("fd00::1")) == (
        "http://10.0.0.1:8081",
        "http://[fd00::1]:8081",
    )
