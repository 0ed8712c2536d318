"""The messages are the published protocol's, and leave room for other copies of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from google.protobuf.descriptor import Descriptor, FileDescriptor
from tritonclient.grpc import service_pb2 as triton

from modelserver_runtime.protocols.proto import grpc_predict_v2_pb2 as ours


class Field(NamedTuple):
    """A field as far as the wire and its users can tell."""

    path: str
    number: int
    type: int
    is_repeated: bool
    message: str | None
    oneof: str | None


def messages(file: FileDescriptor) -> Iterator[Descriptor]:
    waiting = list(file.message_types_by_name.values())
    while waiting:
        message = waiting.pop()
        waiting.extend(message.nested_types)
        yield message


def fields(message: Descriptor) -> set[Field]:
    return {
        Field(
            path=field.full_name,
            number=field.number,
            type=field.type,
            is_repeated=field.is_repeated,
            message=field.message_type.full_name if field.message_type else None,
            oneof=field.containing_oneof.name if field.containing_oneof else None,
        )
        for field in message.fields
    }


OURS = {message.full_name: message for message in messages(ours.DESCRIPTOR)}
TRITONS = {message.full_name: message for message in messages(triton.DESCRIPTOR)}


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_message_has_the_fields_that_tritons_has(name: str) -> None:
    assert fields(OURS[name]) == fields(TRITONS[name])


def test_every_call_takes_and_gives_the_messages_that_tritons_does() -> None:
    def calls(file: FileDescriptor) -> set[tuple[str, str, str]]:
        [service] = file.services_by_name.values()
        return {
            (method.full_name, method.input_type.full_name, method.output_type.full_name)
            for method in service.methods
        }

    assert calls(ours.DESCRIPTOR) < calls(triton.DESCRIPTOR)


BOTH_ORDERS = [
    ["tritonclient.grpc.service_pb2", "modelserver_runtime.protocols.proto.grpc_predict_v2_pb2"],
    ["modelserver_runtime.protocols.proto.grpc_predict_v2_pb2", "tritonclient.grpc.service_pb2"],
]


@pytest.mark.parametrize("modules", BOTH_ORDERS, ids=["tritons-first", "ours-first"])
def test_both_definitions_live_in_one_process(modules: list[str]) -> None:
    code = f"""
from importlib import import_module
first, second = (import_module(name) for name in {modules})
message = first.ModelInferRequest(model_name="m", raw_input_contents=[b"raw"])
message.inputs.add(name="x", shape=[1, -1]).parameters["p"].int64_param = 7
wire = message.SerializeToString()
again = second.ModelInferRequest.FromString(wire)
assert again.inputs[0].parameters["p"].int64_param == 7
assert again.SerializeToString(deterministic=True) == wire
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
