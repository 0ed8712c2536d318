"""Whether anybody is connected."""

from __future__ import annotations

import socket

import pytest

from modelserver_runtime.servers.connections import is_connected

FAMILIES = {"127.0.0.1": socket.AF_INET, "::1": socket.AF_INET6}


@pytest.mark.parametrize("address", FAMILIES)
def test_a_client_is_seen_from_its_coming_until_it_goes(address: str) -> None:
    with socket.create_server((address, 0), family=FAMILIES[address]) as server:
        port = server.getsockname()[1]
        assert not is_connected(port)
        with socket.create_connection((address, port)):
            assert is_connected(port)
        assert not is_connected(port)


def test_clients_of_another_port_are_none_of_ours() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as ours,
        socket.create_server(("127.0.0.1", 0)) as other,
        socket.create_connection(other.getsockname()),
    ):
        assert not is_connected(ours.getsockname()[1])
