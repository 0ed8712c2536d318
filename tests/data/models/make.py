"""Makes the models of this folder, one for each format that is served.

All of them add (1, 2, 3, 4) to their input ``x`` of shape [1,4]. Each is written by its framework's
own library, or by its published schema where the framework is too large. In a new environment:

    pip install onnx==1.23.2 tensorboard==2.21.0 tflite==2.18.0 paddlepaddle==2.6.2 setuptools
    python tests/data/models/make.py
"""

from __future__ import annotations

from pathlib import Path

import flatbuffers
import numpy as np
import onnx
import paddle
import tflite
from onnx import TensorProto, helper, numpy_helper
from tensorboard.compat.proto import graph_pb2, meta_graph_pb2, types_pb2

HERE = Path(__file__).parent
WEIGHTS = np.array([[1, 2, 3, 4]], np.float32)


def make_onnx(path: Path) -> None:
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 4]) for name in "xy")
    weights = numpy_helper.from_array(WEIGHTS, "weights")
    add = helper.make_node("Add", ["x", "weights"], ["y"])
    graph = helper.make_graph([add], "add", [x], [y], [weights])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path)


def tensorflow_graph() -> graph_pb2.GraphDef:
    graph = graph_pb2.GraphDef()
    graph.versions.producer = 1882
    x = graph.node.add(name="x", op="Placeholder")
    x.attr["dtype"].type = types_pb2.DT_FLOAT
    for size in (1, 4):
        x.attr["shape"].shape.dim.add(size=size)
    weights = graph.node.add(name="weights", op="Const")
    weights.attr["dtype"].type = types_pb2.DT_FLOAT
    tensor = weights.attr["value"].tensor
    tensor.dtype = types_pb2.DT_FLOAT
    tensor.tensor_content = WEIGHTS.tobytes()
    for size in (1, 4):
        tensor.tensor_shape.dim.add(size=size)
    y = graph.node.add(name="y", op="AddV2", input=["x", "weights"])
    y.attr["T"].type = types_pb2.DT_FLOAT
    return graph


def make_frozen_graph(path: Path) -> None:
    path.write_bytes(tensorflow_graph().SerializeToString(deterministic=True))


def make_saved_model(path: Path) -> None:
    meta = meta_graph_pb2.MetaGraphDef(graph_def=tensorflow_graph())
    meta.meta_info_def.tags.append("serve")
    signature = meta.signature_def["serving_default"]
    signature.method_name = "tensorflow/serving/predict"
    for tensors, name in ((signature.inputs, "x"), (signature.outputs, "y")):
        tensors[name].name = f"{name}:0"
        tensors[name].dtype = types_pb2.DT_FLOAT
        for size in (1, 4):
            tensors[name].tensor_shape.dim.add(size=size)
    body = meta.SerializeToString(deterministic=True)
    # SavedModel itself: schema version 1, then one meta graph.
    path.write_bytes(b"\x08\x01\x12" + varint(len(body)) + body)


def varint(number: int) -> bytes:
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def make_tflite(path: Path) -> None:
    builder = flatbuffers.Builder(1024)
    empty, weights = tflite_buffer(builder, b""), tflite_buffer(builder, WEIGHTS.tobytes())
    tensors = [
        tflite_tensor(builder, name, buffer)
        for name, buffer in (("x", 0), ("weights", 1), ("y", 0))
    ]
    inputs, outputs = (builder.CreateNumpyVector(np.array([i], np.int32)) for i in (0, 2))
    operands = builder.CreateNumpyVector(np.array([0, 1], np.int32))
    tflite.AddOptionsStart(builder)
    options = tflite.AddOptionsEnd(builder)
    tflite.OperatorStart(builder)
    tflite.OperatorAddOpcodeIndex(builder, 0)
    tflite.OperatorAddInputs(builder, operands)
    tflite.OperatorAddOutputs(builder, outputs)
    tflite.OperatorAddBuiltinOptionsType(builder, tflite.BuiltinOptions.AddOptions)
    tflite.OperatorAddBuiltinOptions(builder, options)
    operators = vector(builder, [tflite.OperatorEnd(builder)])
    listed = vector(builder, tensors)
    tflite.SubGraphStart(builder)
    tflite.SubGraphAddTensors(builder, listed)
    tflite.SubGraphAddInputs(builder, inputs)
    tflite.SubGraphAddOutputs(builder, outputs)
    tflite.SubGraphAddOperators(builder, operators)
    graphs = vector(builder, [tflite.SubGraphEnd(builder)])
    tflite.OperatorCodeStart(builder)
    tflite.OperatorCodeAddDeprecatedBuiltinCode(builder, tflite.BuiltinOperator.ADD)
    tflite.OperatorCodeAddBuiltinCode(builder, tflite.BuiltinOperator.ADD)
    tflite.OperatorCodeAddVersion(builder, 1)
    codes = vector(builder, [tflite.OperatorCodeEnd(builder)])
    buffers = vector(builder, [empty, weights])
    tflite.ModelStart(builder)
    tflite.ModelAddVersion(builder, 3)
    tflite.ModelAddOperatorCodes(builder, codes)
    tflite.ModelAddSubgraphs(builder, graphs)
    tflite.ModelAddBuffers(builder, buffers)
    builder.Finish(tflite.ModelEnd(builder), b"TFL3")
    path.write_bytes(bytes(builder.Output()))


def tflite_buffer(builder: flatbuffers.Builder, content: bytes) -> int:
    data = builder.CreateByteVector(content) if content else None
    tflite.BufferStart(builder)
    if data is not None:
        tflite.BufferAddData(builder, data)
    return tflite.BufferEnd(builder)


def tflite_tensor(builder: flatbuffers.Builder, name: str, buffer: int) -> int:
    text = builder.CreateString(name)
    shape = builder.CreateNumpyVector(np.array([1, 4], np.int32))
    tflite.TensorStart(builder)
    tflite.TensorAddShape(builder, shape)
    tflite.TensorAddType(builder, tflite.TensorType.FLOAT32)
    tflite.TensorAddBuffer(builder, buffer)
    tflite.TensorAddName(builder, text)
    return tflite.TensorEnd(builder)


def vector(builder: flatbuffers.Builder, offsets: list[int]) -> int:
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return builder.EndVector()


def make_paddle(prefix: Path) -> None:
    paddle.enable_static()
    x = paddle.static.data("x", [1, 4], "float32")
    initial = paddle.nn.initializer.Assign(WEIGHTS)
    weights = paddle.static.create_parameter([1, 4], "float32", default_initializer=initial)
    y = paddle.add(x, weights)
    executor = paddle.static.Executor(paddle.CPUPlace())
    executor.run(paddle.static.default_startup_program())
    paddle.static.save_inference_model(str(prefix), [x], [y], executor)
    forget_where_it_was_made(prefix.with_suffix(".pdmodel"))


def forget_where_it_was_made(path: Path) -> None:
    """Take out the stack traces that Paddle keeps with every operator."""
    program = paddle.static.deserialize_program(path.read_bytes())
    for operator in program.global_block().ops:
        operator._remove_attr("op_callstack")
    path.write_bytes(program.desc.serialize_to_string())


if __name__ == "__main__":
    make_onnx(HERE / "onnx" / "model.onnx")
    make_frozen_graph(HERE / "frozen_graph" / "model.pb")
    make_saved_model(HERE / "saved_model" / "saved_model.pb")
    make_tflite(HERE / "tflite" / "model.tflite")
    make_paddle(HERE / "paddle" / "model")
