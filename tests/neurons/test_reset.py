"""Resets: closed forms, no gradient into the spike, and a kernel of its own for each."""

import pickle
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from picojoule import neurons
from picojoule.compile.fingerprint import form
from picojoule.compile.simplify import is_identity, simplified
from picojoule.compile.trace import trace
from picojoule.neurons.reset import HardReset, Reset, SoftReset
from tests.held import IF, LIF, CubaLIF

NEURONS = pytest.mark.parametrize("kind", [LIF, IF, CubaLIF], ids=["LIF", "IF", "CubaLIF"])
RESETS = pytest.mark.parametrize("reset", [HardReset(), SoftReset()], ids=str)


def after(reset: Reset, spike: float, v: float, *, v_th: float = 1.0, v_reset: float = 0.0) -> float:
    return reset.after(*(torch.tensor(value, dtype=torch.float64) for value in (spike, v, v_th, v_reset))).item()


@given(v=st.floats(-5.0, 5.0), v_th=st.floats(-1.0, 1.0), v_reset=st.floats(-3.0, 0.0))
def test_what_a_spike_leaves(v: float, v_th: float, v_reset: float) -> None:
    assert after(HardReset(), 1.0, v, v_th=v_th, v_reset=v_reset) == v_reset
    assert after(SoftReset(), 1.0, v, v_th=v_th, v_reset=v_reset) == v - (v_th - v_reset)


@given(v=st.floats(-5.0, 5.0), v_reset=st.floats(-3.0, 0.0))
@pytest.mark.parametrize("reset", [HardReset(), SoftReset()], ids=str)
def test_without_a_spike_the_potential_stays(reset: Reset, v: float, v_reset: float) -> None:
    assert after(reset, 0.0, v, v_reset=v_reset) == v


@given(v_reset=st.floats(-3.0, 0.0))
def test_a_neuron_that_just_reached_its_threshold_goes_to_v_reset_either_way(v_reset: float) -> None:
    assert after(HardReset(), 1.0, 1.0, v_reset=v_reset) == v_reset
    assert after(SoftReset(), 1.0, 1.0, v_reset=v_reset) == pytest.approx(v_reset, abs=1e-15)


@RESETS
def test_no_gradient_flows_into_the_spike(reset: Reset) -> None:
    spike, v = (torch.tensor([0.0, 1.0], dtype=torch.float64, requires_grad=True) for _ in range(2))
    v_th, v_reset = (torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in (1.0, 0.2))
    left = reset.after(spike, v, v_th, v_reset).sum()
    by_spike, by_v, by_th, by_reset = torch.autograd.grad(left, (spike, v, v_th, v_reset), allow_unused=True)
    assert by_spike is None
    assert by_v.tolist() == ([1.0, 0.0] if reset == HardReset() else [1.0, 1.0])  # of the second neuron nothing is left
    assert by_reset.item() == 1.0
    assert (by_th is None) if reset == HardReset() else (by_th.item() == -1.0)


@NEURONS
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_a_hard_reset_is_a_plain_choice(kind: Any, dtype: torch.dtype) -> None:
    """To the last bit: engines and stored results rely on it."""
    neuron = kind(v_reset=-0.3, reset=HardReset())
    v = torch.randn(3, 5, generator=torch.Generator().manual_seed(1), dtype=dtype)
    spike = (v > 0.1).to(dtype)
    c = neuron.coefficients(1.0)
    state = neuron.initial(v)._replace(v=v)
    assert torch.equal(neuron.fire(spike, state, c).v, torch.where(spike > 0, c.v_reset, v))


@pytest.mark.parametrize("kind", [neurons.LIF, neurons.IF, neurons.CubaLIF, neurons.DeltaLIF])
def test_a_soft_reset_is_the_default(kind: Any) -> None:
    assert kind() == kind(reset=SoftReset())


@NEURONS
def test_the_reset_has_a_part_in_what_a_kernel_is_found_by(kind: Any) -> None:
    assert form(kind(reset=SoftReset())) != form(kind(reset=HardReset()))
    assert form(kind(reset=SoftReset(), v_th=2.0)) == form(kind(reset=SoftReset()))


@NEURONS
@RESETS
def test_a_neuron_with_it_can_be_traced_and_silent_neurons_need_no_fire(kind: Any, reset: Reset) -> None:
    neuron = kind(reset=reset)
    state, c = neuron.initial(torch.zeros(1, 1)), neuron.coefficients(1.0)
    names = [f"c_{name}" for name in c._fields]
    graph = trace(neuron, "fire", ["spike", (type(state), state._fields), (type(c), names)])
    assert "spike" in graph.used_inputs()
    assert is_identity(simplified(graph, {"spike": 0.0}), state._fields)


@RESETS
def test_survives_pickling_and_its_repr_evaluates_back(reset: Reset) -> None:
    assert pickle.loads(pickle.dumps(reset)) == reset
    assert eval(repr(reset), {"HardReset": HardReset, "SoftReset": SoftReset}) == reset
