"""A Prometheus that shows a certificate and wants to know who is asking."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from aiohttp import web

from control_plane.certificates import Authority
from modelserver_operator.observing.http import Unanswered
from modelserver_operator.observing.prometheus import Access, PrometheusApi

RESULT = {"result": [{"metric": {}, "value": [0, "1"]}]}


async def query(request: web.Request) -> web.Response:
    if request.headers.get("Authorization") != "Bearer let-me-in":
        return web.Response(status=401, text="who are you")
    return web.json_response({"status": "success", "data": RESULT})


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
async def url(authority: Authority) -> AsyncIterator[str]:
    pair = authority.issue("prometheus")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pair.certificate, pair.key)
    app = web.Application()
    app.router.add_get("/api/v1/query", query)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    yield f"https://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture
def token(tmp_path: Path) -> Path:
    file = tmp_path / "token"
    hold(file, "let-me-in\n")
    return file


def hold(file: Path, text: str) -> None:
    file.write_text(text)


async def test_who_shows_the_token_and_knows_the_authority_is_answered(
    url: str, token: Path, authority: Authority
) -> None:
    access = Access(str(token), str(authority.pair.certificate))
    assert await PrometheusApi(url, access).query("up") == [Decimal(1)]


async def test_without_a_check_of_the_certificate_any_will_do(url: str, token: Path) -> None:
    access = Access(str(token), insecure=True)
    assert await PrometheusApi(url, access).query("up") == [Decimal(1)]


async def test_a_token_that_is_replaced_is_shown_from_then_on(
    url: str, token: Path, authority: Authority
) -> None:
    prometheus = PrometheusApi(url, Access(str(token), str(authority.pair.certificate)))
    hold(token, "an old one")
    with pytest.raises(Unanswered, match="401"):
        await prometheus.query("up")
    hold(token, "let-me-in")
    assert await prometheus.query("up") == [Decimal(1)]


async def test_a_certificate_of_nobodys_is_not_trusted(url: str, token: Path) -> None:
    with pytest.raises(Unanswered, match="certificate"):
        await PrometheusApi(url, Access(str(token))).query("up")


async def test_a_token_that_is_gone_is_no_answer(url: str) -> None:
    with pytest.raises(Unanswered, match="/nowhere/token"):
        await PrometheusApi(url, Access("/nowhere/token")).query("up")
