"""Cutting raw contents out of a message changes nothing of what it says."""

from __future__ import annotations

from typing import Final

import pytest
from google.protobuf.message import DecodeError

from modelserver_runtime.protocols.kserve_message import InferMessage
from modelserver_runtime.protocols.proto import grpc_predict_v2_pb2 as pb

PICTURE: Final = bytes(range(256)) * 100
UNKNOWN_TEXT: Final = b"\xfa\x01\x02hi"  # field 31
UNKNOWN_NUMBER: Final = b"\xf8\x01\x07"


def request(*raw_contents: bytes) -> pb.ModelInferRequest:
    message = pb.ModelInferRequest(model_name="m", model_version="3", id="7")
    message.parameters["sequence"].int64_param = 1
    for index in range(len(raw_contents)):
        message.inputs.add(name=f"x{index}", datatype="UINT8", shape=[1, 256, 100])
    message.outputs.add(name="y")
    message.raw_input_contents.extend(raw_contents)
    return message


def whole(received: InferMessage) -> pb.ModelInferRequest:
    """The message as protobuf would have read it."""
    message = pb.ModelInferRequest.FromString(received.message.SerializeToString())
    message.raw_input_contents.extend(map(bytes, received.raw_contents))
    return message


@pytest.mark.parametrize(
    "message",
    [request(), request(b"ab"), request(PICTURE), request(PICTURE, b"", PICTURE[:300])],
    ids=["none", "small", "large", "several"],
)
def test_it_reads_what_protobuf_reads(message: pb.ModelInferRequest) -> None:
    assert whole(InferMessage.FromString(message.SerializeToString())) == message


def test_large_contents_are_views_of_what_was_received() -> None:
    body = request(PICTURE).SerializeToString()
    received = InferMessage.FromString(body)
    assert [contents.obj for contents in received.raw_contents] == [body]
    assert not received.message.raw_input_contents


def test_contents_may_stand_before_other_fields() -> None:
    body = pb.ModelInferRequest(raw_input_contents=[PICTURE]).SerializeToString()
    body += pb.ModelInferRequest(model_name="m", raw_input_contents=[b"b"]).SerializeToString()
    expected = pb.ModelInferRequest(model_name="m", raw_input_contents=[PICTURE, b"b"])
    assert whole(InferMessage.FromString(body)) == expected


@pytest.mark.parametrize("unknown", [UNKNOWN_TEXT, UNKNOWN_NUMBER], ids=["text", "number"])
def test_fields_that_nobody_knows_do_no_harm(unknown: bytes) -> None:
    message = request(PICTURE)
    received = InferMessage.FromString(unknown + message.SerializeToString() + unknown)
    assert whole(received).raw_input_contents == [PICTURE]
    assert received.message.inputs == message.inputs


@pytest.mark.parametrize("end", [1, 5, 20, 90, 20_000, -1])
@pytest.mark.parametrize("filler", [b"", b"\xff" * 20_000], ids=["cut", "overwritten"])
def test_what_is_no_message_is_refused(end: int, filler: bytes) -> None:
    body = request(PICTURE, PICTURE).SerializeToString()[:end] + filler
    with pytest.raises(DecodeError):
        pb.ModelInferRequest.FromString(body)
    with pytest.raises(DecodeError):
        InferMessage.FromString(body)
