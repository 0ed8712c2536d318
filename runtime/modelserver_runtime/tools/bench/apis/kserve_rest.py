"""KServe v2 over REST, its tensors as JSON or as binary data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

import orjson

from modelserver_runtime.contents import to_raw
from modelserver_runtime.tensors import Datatype, OutputTensor
from modelserver_runtime.tools.bench.apis.port import ModelInput, datatype
from modelserver_runtime.tools.bench.apis.rest import RestClient, RestServer

_BINARY_ONLY: Final = frozenset({Datatype.BYTES, Datatype.FP16, Datatype.BF16})
"""JSON has no form for the last two, and none for bytes that are not text."""


class KserveRest:
    """A model behind ``/v2``.

    Args:
        binary: whether tensors travel behind the JSON document rather than in it, both ways.
    """

    def __init__(
        self, server: RestServer, model: str, version: int | None, *, binary: bool
    ) -> None:
        self._server = server
        self._path = f"/v2/models/{quote(model, safe='')}"
        if version is not None:
            self._path += f"/versions/{version}"
        self._binary = binary

    async def inputs(self) -> Sequence[ModelInput]:
        metadata = await self._server.get(self._path)
        return tuple(
            ModelInput(
                entry["name"], datatype(entry["datatype"], entry["name"]), tuple(entry["shape"])
            )
            for entry in metadata["inputs"]
        )

    def encode(self, tensors: Sequence[OutputTensor]) -> bytes:
        tail: list[bytes] = []
        document: dict[str, Any] = {"inputs": [self._input(tensor, tail) for tensor in tensors]}
        if self._binary:
            document["parameters"] = {"binary_data_output": True}
        head = orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)
        headers = {"Content-Type": "application/json"}
        if tail:
            headers = {
                "Content-Type": "application/octet-stream",
                "Inference-Header-Content-Length": str(len(head)),
            }
        return self._server.post(f"{self._path}/infer", b"".join([head, *tail]), headers)

    def client(self) -> RestClient:
        return self._server.client()

    def _input(self, tensor: OutputTensor, tail: list[bytes]) -> dict[str, Any]:
        described: dict[str, Any] = {
            "name": tensor.name,
            "datatype": tensor.datatype.value,
            "shape": tensor.array.shape,
        }
        if self._binary or tensor.datatype in _BINARY_ONLY:
            tail.append(to_raw(tensor))
            return described | {"parameters": {"binary_data_size": len(tail[-1])}}
        return described | {"data": tensor.array.ravel()}
