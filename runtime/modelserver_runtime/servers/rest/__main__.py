"""Print the OpenAPI document, as ``make generate`` keeps it in the documentation."""

from __future__ import annotations

import sys

import orjson

from modelserver_runtime.dataplane import Dataplane
from modelserver_runtime.engine.registry import Registry
from modelserver_runtime.metrics import Metrics
from modelserver_runtime.servers.rest.openapi import describe
from modelserver_runtime.servers.rest.server import RestApi

if __name__ == "__main__":
    metrics = Metrics()
    api = RestApi(Dataplane(Registry(), metrics, lambda: False), metrics, None)
    written = orjson.dumps(
        describe(api.endpoints), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    )
    sys.stdout.buffer.write(written)
