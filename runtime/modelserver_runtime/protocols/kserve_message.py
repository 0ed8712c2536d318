"""A ModelInferRequest as it was received, whose large raw contents stay where they are.

Protobuf copies each of raw_input_contents twice: into its message, and again when it is read. With
pictures that took longer than everything else that is done with a message. So they are cut out of
the bytes before protobuf reads the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from modelserver_runtime.protocols.proto import grpc_predict_v2_pb2 as pb

_LARGE: Final = 16 * 1024  # bytes; below, copying costs less than looking
_LENGTH_DELIMITED: Final = 2
_RAW_CONTENTS: Final = pb.ModelInferRequest.RAW_INPUT_CONTENTS_FIELD_NUMBER << 3 | _LENGTH_DELIMITED
_VARINT_BYTES: Final = 5  # of a tag or a length, which have 32 bits


class InferMessage:
    """A ModelInferRequest, and its raw contents where they are not inside."""

    __slots__ = ("message", "raw_contents")
    DESCRIPTOR: ClassVar = pb.ModelInferRequest.DESCRIPTOR

    def __init__(self, message: pb.ModelInferRequest, raw_contents: Sequence[memoryview]) -> None:
        self.message = message
        self.raw_contents = raw_contents

    @classmethod
    def FromString(cls, body: bytes | memoryview) -> InferMessage:  # noqa: N802 - as messages call it
        """Read a message. Raises DecodeError where it is none."""
        if len(body) < _LARGE:
            return cls(pb.ModelInferRequest.FromString(bytes(body)), ())
        rest, raw_contents = _split(body)
        return cls(pb.ModelInferRequest.FromString(rest), raw_contents)


def _split(body: bytes | memoryview) -> tuple[bytes, list[memoryview]]:
    """Everything but the raw contents, and these; what we can't read is left to protobuf whole."""
    view = memoryview(body)
    rest, raw_contents = [], []
    start = 0
    while start < len(body):
        tag, position = _varint(body, start)
        length, position = _varint(body, position)
        if tag & 7 != _LENGTH_DELIMITED or position + length > len(body):
            return bytes(body), []
        end = position + length
        if tag == _RAW_CONTENTS:
            raw_contents.append(view[position:end])
        else:
            rest.append(view[start:end])
        start = end
    return b"".join(rest), raw_contents


def _varint(body: bytes | memoryview, start: int) -> tuple[int, int]:
    """The number that starts there, and where it ends; one that is too long for any message."""
    value = 0
    for index, byte in enumerate(body[start : start + _VARINT_BYTES]):
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return value, start + index + 1
    return 1 << 32, start
