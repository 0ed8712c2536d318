"""Where the API server is and who we are to it: inside a pod, or as a kubeconfig says."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from kubernetes.aio import config
from kubernetes.aio.client import ApiClient, Configuration

CONNECTIONS = 32
"""Requests at a time; more would only queue in the API server."""


async def configuration() -> Configuration:
    """What `kubectl` would find: KUBECONFIG, the pod, ~/.kube/config. Tokens are read anew.

    Raises:
        kubernetes.aio.config.ConfigException: none of them tells, or what they say is not usable.
    """
    found = Configuration()
    if "KUBECONFIG" not in os.environ and "KUBERNETES_SERVICE_HOST" in os.environ:
        config.load_incluster_config(client_configuration=found)
    else:
        await config.load_kube_config(client_configuration=found)
    return found


@asynccontextmanager
async def connected(user_agent: str) -> AsyncIterator[ApiClient]:
    """A client of the API server.

    Raises:
        kubernetes.aio.config.ConfigException: see `configuration`.
    """
    found = await configuration()
    found.connection_pool_maxsize = CONNECTIONS
    # else proxies and ~/.netrc are looked for anew, and in a thread, by each request
    found.client_session_kwargs = {"trust_env": False}
    async with ApiClient(found) as client:
        client.user_agent = user_agent
        yield client
