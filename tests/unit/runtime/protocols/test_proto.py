"""The messages are the published protocol's, and leave room for other copies of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor, FileDescriptor
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
from ovmsclient.tfs_compat.protos.tensorflow.core.framework import (
    tensor_pb2,
    tensor_shape_pb2,
    types_pb2,
)
from ovmsclient.tfs_compat.protos.tensorflow.core.protobuf import error_codes_pb2, meta_graph_pb2
from ovmsclient.tfs_compat.protos.tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_pb2,
    predict_pb2,
)
from ovmsclient.tfs_compat.protos.tensorflow_serving.util import status_pb2
from tritonclient.grpc import model_config_pb2 as triton_config
from tritonclient.grpc import service_pb2 as triton

from modelserver_runtime.protocols.proto import grpc_predict_v2_pb2 as ours
from modelserver_runtime.protocols.proto import model_config_pb2 as model_config
from modelserver_runtime.protocols.proto import tensorflow_error_pb2 as tensorflow_error
from modelserver_runtime.protocols.proto import tensorflow_pb2 as tensorflow
from modelserver_runtime.protocols.proto import tensorflow_serving_pb2 as tensorflow_serving


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


LEFT_OUT = {
    "inference.ModelStatistics": {"batch_stats", "memory_usage", "response_stats"},
    "tensorflow.serving.PredictRequest": {"predict_streamed_options", "client_id"},
    "tensorflow.TensorProto": {"resource_handle_val", "variant_val"},
    "tensorflow.TensorInfo": {"composite_tensor"},
}
"""Fields of the published messages that say nothing here."""


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_message_has_the_fields_that_tritons_has(name: str) -> None:
    left_out = LEFT_OUT.get(name, set())
    published = {field for field in fields(TRITONS[name]) if last(field) not in left_out}
    assert fields(OURS[name]) == published


def last(field: Field) -> str:
    return field.path.rpartition(".")[2]


CONFIG = {message.full_name: message for message in messages(model_config.DESCRIPTOR)}
TRITONS_CONFIG = {message.full_name: message for message in messages(triton_config.DESCRIPTOR)}


@pytest.mark.parametrize("name", sorted(CONFIG))
def test_what_is_told_of_a_configuration_is_told_as_triton_does(name: str) -> None:
    assert fields(CONFIG[name]) <= fields(TRITONS_CONFIG[name])


def test_tritons_data_types_have_its_numbers() -> None:
    assert enum(model_config.DataType) == enum(triton_config.DataType)


TENSORFLOWS = {
    message.full_name.removeprefix("ovmsclient."): message
    for file in (
        error_codes_pb2,
        get_model_metadata_pb2,
        get_model_status_pb2,
        meta_graph_pb2,
        model_pb2,
        predict_pb2,
        status_pb2,
        tensor_pb2,
        tensor_shape_pb2,
    )
    for message in messages(file.DESCRIPTOR)
}
"""As ovmsclient has them: in a package of its own, and older ones all in that package."""

OUR_TENSORFLOW = {
    message.full_name: message
    for file in (tensorflow, tensorflow_serving)
    for message in messages(file.DESCRIPTOR)
    if not message.GetOptions().map_entry
}


@pytest.mark.parametrize("name", sorted(OUR_TENSORFLOW))
def test_a_message_has_the_fields_that_tensorflow_servings_has(name: str) -> None:
    published = TENSORFLOWS[name.removeprefix("tensorflow.")]
    ours_by_name = {field.name: kind(field) for field in OUR_TENSORFLOW[name].fields}
    theirs = {field.name: kind(field) for field in published.fields}
    assert ours_by_name == {
        field: facts for field, facts in theirs.items() if field not in LEFT_OUT.get(name, set())
    }


def kind(field: FieldDescriptor) -> tuple[int, int, bool, str]:
    return field.number, field.type, field.is_repeated, field.json_name


def enum(wrapper: EnumTypeWrapper) -> dict[str, int]:
    return {name: number for name, number in wrapper.items() if "RESERVED" not in name}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (tensorflow.DataType, types_pb2.DataType),
        (tensorflow_error.Code, error_codes_pb2.Code),
        (
            tensorflow_serving.ModelVersionStatus.State,
            get_model_status_pb2.ModelVersionStatus.State,
        ),
    ],
)
def test_tensorflows_enumerations_have_their_numbers(
    ours: EnumTypeWrapper, theirs: EnumTypeWrapper
) -> None:
    published = {name: number for name, number in enum(theirs).items() if number < 100}
    assert enum(ours) == published


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
