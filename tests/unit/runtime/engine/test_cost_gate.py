"""Which inferences run on the event loop."""

from __future__ import annotations

from modelserver_runtime.engine.cost import INLINE_BELOW, THREADS_ABOVE, CostGate


def test_a_cheap_model_runs_inline_from_the_first_request() -> None:
    assert CostGate(is_open=True, first=INLINE_BELOW / 2).inline


def test_a_heavy_model_runs_on_openvinos_threads() -> None:
    assert not CostGate(is_open=True, first=2 * THREADS_ABOVE).inline


def test_a_model_of_unknown_cost_is_tried_on_openvinos_threads() -> None:
    assert not CostGate(is_open=True, first=None).inline


def test_a_model_that_proves_cheap_moves_inline() -> None:
    gate = CostGate(is_open=True, first=None)
    gate.observe(INLINE_BELOW / 2)
    assert gate.inline


def test_a_model_that_becomes_heavy_moves_to_openvinos_threads() -> None:
    gate = CostGate(is_open=True, first=INLINE_BELOW / 2)
    for _ in range(20):
        gate.observe(2 * THREADS_ABOVE)
    assert not gate.inline


def test_one_slow_inference_among_quick_ones_changes_nothing() -> None:
    gate = CostGate(is_open=True, first=INLINE_BELOW / 2)
    gate.observe(THREADS_ABOVE * 1000)
    assert gate.inline


def test_a_cost_between_the_two_bounds_leaves_the_choice_as_it_was() -> None:
    between = (INLINE_BELOW + THREADS_ABOVE) / 2
    inline = CostGate(is_open=True, first=INLINE_BELOW / 2)
    threads = CostGate(is_open=True, first=THREADS_ABOVE)
    for _ in range(100):
        for gate in (inline, threads):
            gate.observe(between)
    assert inline.inline
    assert not threads.inline


def test_on_a_batch_device_nothing_runs_inline() -> None:
    gate = CostGate(is_open=False, first=INLINE_BELOW / 100)
    gate.observe(INLINE_BELOW / 100)
    assert not gate.inline
