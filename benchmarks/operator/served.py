"""The servers in the pods that kwok plays: one for all of their addresses."""

from __future__ import annotations

import ipaddress
from itertools import islice

from aiohttp import web

from control_plane.background import BackgroundServer
from modelserver_operator.render.names import REST_PORT

PODS = ipaddress.ip_network("127.1.0.0/16")

_VERSION = {
    "version": "1",
    "state": "AVAILABLE",
    "status": {"error_code": "OK", "error_message": "OK"},
    "execution_devices": ["CPU"],
}
_CONFIG = {"resnet": {"model_version_status": [_VERSION]}}
_METRICS = "ovms_streams 1\novms_request_time_us_sum 1\n"


def model_servers(pods: int) -> BackgroundServer:
    """What listens at the first addresses of the pods' network and has loaded its model."""
    hosts = [str(address) for address in islice(PODS, pods)]
    return BackgroundServer(_answer, hosts=hosts, port=REST_PORT)


async def _answer(request: web.Request) -> web.Response:
    if request.path == "/metrics":
        return web.Response(text=_METRICS)
    return web.json_response(_CONFIG)
