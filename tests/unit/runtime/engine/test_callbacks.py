"""OpenVINO's threads keep their Python thread state."""

from __future__ import annotations

import threading

import openvino as ov
from openvino import opset13 as ops

from modelserver_runtime.engine.callbacks import call_back


def test_what_a_callback_leaves_on_its_thread_is_there_for_the_next() -> None:
    x = ops.parameter([1], ov.Type.f32, name="x")
    compiled = ov.Core().compile_model(ov.Model([ops.result(x)], [x], "identity"), "CPU")
    request = compiled.create_infer_request()
    thread = threading.local()
    found = list[bool]()

    def on_done() -> None:
        found.append(hasattr(thread, "seen"))
        thread.seen = True

    request.set_callback(lambda _: call_back(on_done), None)
    for _ in range(3):
        request.start_async()
        request.wait()
    assert found == [False, True, True]
