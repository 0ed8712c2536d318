"""Print the OpenAPI document, as ``make generate`` keeps it in the documentation."""

from __future__ import annotations

import sys
from typing import cast

import orjson

from modelserver_runtime.administration import Administration, Keeper
from modelserver_runtime.dataplane import Dataplane
from modelserver_runtime.engine.registry import Registry
from modelserver_runtime.metrics import Metrics
from modelserver_runtime.servers.rest.openapi import describe
from modelserver_runtime.servers.rest.server import RestApi

if __name__ == "__main__":
    metrics = Metrics()
    registry = Registry()
    # Nothing is asked of the models here, so nobody needs to keep any.
    administration = Administration(registry, cast("Keeper", None))
    api = RestApi(Dataplane(registry, metrics, lambda: False), metrics, None, administration)
    written = orjson.dumps(
        describe(api.endpoints), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    )
    sys.stdout.buffer.write(written)
