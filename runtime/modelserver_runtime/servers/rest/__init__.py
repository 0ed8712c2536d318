"""The REST API: a table of endpoints for each protocol, and one front door for them all."""

from modelserver_runtime.servers.rest.server import RestApi

__all__ = ["RestApi"]
