"""Asks a server what the kserve package's clients can ask, and prints the answers as JSON.

Usage: ask.py {rest|binary|grpc} HOST:PORT, of a server with a model ``tiny``. It is run by the
Python of a virtual environment of its own: kserve wants older versions of what the project uses.
"""

from __future__ import annotations

import asyncio
import json
import sys

import numpy as np
from kserve import InferenceGRPCClient, InferenceRESTClient, InferInput, InferRequest, RESTConfig


def request(model: str, *, binary: bool) -> InferRequest:
    inputs = [InferInput(name, [1, 10], "FP32") for name in ("a", "b")]
    for number, tensor in enumerate(inputs, 1):
        values = np.full((1, 10), number, np.float32)
        tensor.set_data_from_numpy(values, binary_data=binary)
    return InferRequest(model, inputs, request_id="7")


async def over_rest(address: str, *, binary: bool) -> dict[str, object]:
    url = f"http://{address}"
    async with InferenceRESTClient(RESTConfig(protocol="v2", retries=0)) as client:
        answer = await client.infer(url, request("tiny", binary=binary), model_name="tiny")
        states = [
            await client.is_server_live(url),
            await client.is_server_ready(url),
            await client.is_model_ready(url, "tiny"),
            await client.is_model_ready(url, "nobody"),
        ]
        try:
            await client.infer(url, request("nobody", binary=binary), model_name="nobody")
        except Exception as error:  # noqa: BLE001 - whatever the client makes of it
            return told(answer, states, error)
    raise AssertionError("a model that nobody knows has answered")


async def over_grpc(address: str) -> dict[str, object]:
    async with InferenceGRPCClient(address, retries=0) as client:
        answer = await client.infer(request("tiny", binary=True))
        states = [
            await client.is_server_live(),
            await client.is_server_ready(),
            await client.is_model_ready("tiny"),
        ]
        try:
            await client.infer(request("nobody", binary=True))
        except Exception as error:  # noqa: BLE001 - whatever the client makes of it
            return told(answer, states, error)
    raise AssertionError("a model that nobody knows has answered")


def told(answer: object, states: list[bool], error: Exception) -> dict[str, object]:
    [output] = answer.outputs
    values = output.as_numpy().tolist()
    return {"id": answer.id, output.name: values, "states": states, "error": str(error)}


if __name__ == "__main__":
    protocol, where = sys.argv[1:]
    asked = (
        over_grpc(where) if protocol == "grpc" else over_rest(where, binary=protocol == "binary")
    )
    print(json.dumps(asyncio.run(asked)))
