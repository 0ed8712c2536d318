"""TensorFlow Serving over REST, in column form."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import numpy as np
import orjson

from modelserver_runtime.settings import SettingsError
from modelserver_runtime.tensors import Array, Datatype, OutputTensor
from modelserver_runtime.tools.bench.apis.port import ModelInput, tfs_datatype
from modelserver_runtime.tools.bench.apis.rest import RestClient, RestServer


class TfsRest:
    """A model behind ``/v1``."""

    def __init__(self, server: RestServer, model: str, version: int | None) -> None:
        self._server = server
        self._path = f"/v1/models/{quote(model, safe='')}"
        if version is not None:
            self._path += f"/versions/{version}"

    async def inputs(self) -> Sequence[ModelInput]:
        metadata = await self._server.get(f"{self._path}/metadata")
        return tuple(_described(*item) for item in _signature(metadata)["inputs"].items())

    def encode(self, tensors: Sequence[OutputTensor]) -> bytes:
        columns = {tensor.name: _values(tensor) for tensor in tensors}
        body = orjson.dumps({"inputs": columns}, option=orjson.OPT_SERIALIZE_NUMPY)
        headers = {"Content-Type": "application/json"}
        return self._server.post(f"{self._path}:predict", body, headers)

    def client(self) -> RestClient:
        return self._server.client()


def _signature(metadata: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """The default signature. OpenVINO Model Server and TensorFlow Serving case the key unlike."""
    wrapper = metadata["metadata"]["signature_def"]
    signatures = wrapper.get("signatureDef") or wrapper["signature_def"]
    return signatures["serving_default"]


def _described(name: str, tensor: Mapping[str, Any]) -> ModelInput:
    datatype = tfs_datatype(tensor["dtype"], name)
    if datatype is Datatype.BF16:
        raise SettingsError(f"input {name} is BF16, for which JSON has no form; --api TFS has one")
    shape = tensor.get("tensorShape") or tensor.get("tensor_shape") or {}
    sizes = tuple(int(axis["size"]) for axis in shape.get("dim", ()))
    return ModelInput(name, datatype, sizes)


def _values(tensor: OutputTensor) -> Array | Any:  # noqa: ANN401
    if tensor.datatype is not Datatype.BYTES:
        return np.ascontiguousarray(tensor.array)
    encoded = [{"b64": b64encode(element).decode()} for element in tensor.array.ravel()]
    return np.array(encoded, np.object_).reshape(tensor.array.shape).tolist()
