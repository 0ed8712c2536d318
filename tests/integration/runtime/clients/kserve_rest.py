"""Asks a server of ``tiny`` everything that kserve's InferenceRESTClient can ask; prints JSON.

A process of its own, because kserve registers the protocol's messages under the names that this
project's and Triton's take too, and protobuf allows that once per process.
"""

import asyncio
import json
import sys

import numpy as np
from httpx import HTTPStatusError
from kserve import InferenceRESTClient, InferInput, InferRequest
from kserve.inference_client import RESTConfig


async def main(url: str) -> None:
    client = InferenceRESTClient(RESTConfig(protocol="v2"))
    answers = {
        "live": await client.is_server_live(url),
        "ready": await client.is_server_ready(url),
        "model ready": await client.is_model_ready(url, "tiny"),
        "unknown model ready": await client.is_model_ready(url, "nobody"),
        "JSON": await add(client, url, binary=False),
        "binary": await add(client, url, binary=True),
        "refusal": await refusal(client, url),
    }
    print(json.dumps(answers))


async def add(client: InferenceRESTClient, url: str, *, binary: bool) -> object:
    request = InferRequest(
        model_name="tiny",
        infer_inputs=[tensor(name, 10, binary=binary) for name in "ab"],
        request_id="7",
        parameters={"binary_data_output": binary},
    )
    answer = await client.infer(url, request, model_name="tiny")
    return [answer.id, answer.outputs[0].name, answer.outputs[0].as_numpy().tolist()]


async def refusal(client: InferenceRESTClient, url: str) -> str:
    request = InferRequest(model_name="tiny", infer_inputs=[tensor("a", 10, binary=False)])
    try:
        await client.infer(url, request, model_name="tiny")
    except HTTPStatusError as error:
        return str(error)
    return "none"


def tensor(name: str, size: int, *, binary: bool) -> InferInput:
    made = InferInput(name, [1, size], "FP32")
    made.set_data_from_numpy(np.ones((1, size), np.float32), binary_data=binary)
    return made


asyncio.run(main(sys.argv[1]))
