"""`DeltaLIF` against its closed form: exact decay, jumps, and input that is lost in the refractory time."""

import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from picojoule.core.errors import ParameterError
from picojoule.neurons.base import Current
from picojoule.neurons.delta_lif import DeltaLIFState
from tests.held import DeltaLIF


def simulate(neuron: Any, inputs: list[float], *, dt: float = 1.0) -> tuple[list[int], list[float]]:
    """Steps in which one neuron spikes, and its voltage at the end of every step."""
    state, c = neuron.initial(torch.zeros(1, 1, dtype=torch.float64)), neuron.coefficients(dt)
    spikes, voltages = [], []
    for step, x in enumerate(inputs):
        excess, state = neuron.integrate(Current(torch.full((1, 1), x, dtype=torch.float64)), state, c)
        if excess.item() >= 0:
            spikes.append(step)
        state = neuron.fire((excess >= 0).double(), state, c)
        voltages.append(state.v.item())
    return spikes, voltages


@settings(max_examples=50)
@given(jumps=st.lists(st.floats(-3.0, 3.0), min_size=1, max_size=30), tau=st.floats(1.0, 100.0))
def test_below_threshold_the_voltage_is_the_sum_of_decayed_jumps(jumps: list[float], tau: float) -> None:
    neuron = DeltaLIF(tau=tau, v_th=1000.0, v_rest=-65.0)
    _, voltages = simulate(neuron, jumps, dt=0.5)
    for step, v in enumerate(voltages):
        expected = sum(jump * math.exp(-0.5 * (step - k) / tau) for k, jump in enumerate(jumps[: step + 1]))
        assert v + 65.0 == pytest.approx(expected, abs=1e-11)  # 30 additions of numbers below 165


def test_halving_dt_leaves_the_decay_unchanged() -> None:
    neuron, silence = DeltaLIF(), Current(torch.zeros(1, 1, dtype=torch.float64))
    start = DeltaLIFState(torch.full((1, 1), -53.0, dtype=torch.float64), silence.current)
    _, once = neuron.integrate(silence, start, neuron.coefficients(1.0))
    _, half = neuron.integrate(silence, start, neuron.coefficients(0.5))
    _, twice = neuron.integrate(silence, half, neuron.coefficients(0.5))
    torch.testing.assert_close(once.v, twice.v, rtol=1e-14, atol=0.0)


def test_a_jump_onto_the_threshold_is_a_spike_and_resets() -> None:
    spikes, voltages = simulate(DeltaLIF(v_th=-52.0, v_rest=-65.0, v_reset=-60.0), [13.0])
    assert spikes == [0]
    assert voltages == [-60.0]


@pytest.mark.parametrize(("refractory", "dt", "lost"), [(5.0, 1.0, 5), (5.0, 0.5, 10), (2.0, 1.0, 2), (0.0, 1.0, 0)])
def test_input_is_lost_for_the_refractory_time_and_taken_right_after(refractory: float, dt: float, lost: int) -> None:
    spikes, _ = simulate(DeltaLIF(refractory=refractory), [100.0] * 40, dt=dt)
    assert spikes == list(range(0, 40, lost + 1))


def test_the_membrane_decays_while_input_is_lost() -> None:
    neuron = DeltaLIF(tau=10.0, v_rest=-65.0, v_reset=-60.0, refractory=3.0)
    _, voltages = simulate(neuron, [100.0, 7.0, 7.0, 7.0, 0.0])
    expected = [-65.0 + 5.0 * math.exp(-k / 10.0) for k in range(5)]
    assert voltages == pytest.approx(expected, rel=1e-14)


def test_lost_input_does_not_come_back_later() -> None:
    neuron = DeltaLIF(refractory=4.0)
    with_input, _ = simulate(neuron, [20.0] + [12.0] * 4 + [0.0] * 10)
    assert with_input == [0]


def test_the_refractory_time_is_rounded_to_whole_steps() -> None:
    assert DeltaLIF(refractory=1.2).coefficients(0.5).refractory.item() == 2.0
    assert DeltaLIF(refractory=0.1).coefficients(0.5).refractory.item() == 0.0


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"tau": -5.0}, r"DeltaLIF\.tau must be > 0 ms, got -5"),
        ({"refractory": -1.0}, r"DeltaLIF\.refractory must be >= 0 ms, got -1"),
        ({"v_th": math.inf}, r"DeltaLIF\.v_th must be a finite number in thresholds or mV, got inf"),
    ],
)
def test_parameters_out_of_range_are_refused(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        DeltaLIF(**parameters)
