"""`ConductanceLIF`: exact conductances, a membrane of first order in `dt`, potentials between the reversals."""

import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from picojoule.core.errors import ParameterError
from picojoule.neurons.base import Conductances
from picojoule.neurons.conductance_lif import ConductanceLIF, ConductanceLIFState

NEVER = 1e6  # a threshold that is not reached


def number(value: float) -> Tensor:
    return torch.full((1, 1), value, dtype=torch.float64)


def simulate(
    neuron: ConductanceLIF, exc: list[float], inh: list[float], *, dt: float
) -> tuple[list[int], list[ConductanceLIFState]]:
    """Steps in which one neuron spikes, and its state at the end of every step."""
    state, c = neuron.initial(number(0.0)), neuron.coefficients(dt)
    spikes, states = [], []
    for step, (e, i) in enumerate(zip(exc, inh, strict=True)):
        excess, state = neuron.integrate(Conductances(number(e), number(i)), state, c)
        if excess.item() >= 0:
            spikes.append(step)
        state = neuron.fire((excess >= 0).double(), state, c)
        states.append(state)
    return spikes, states


def once(value: float, steps: int) -> list[float]:
    return [value] + [0.0] * (steps - 1)


@pytest.mark.parametrize("dt", [1.0, 0.5, 0.1])
def test_conductances_decay_exactly(dt: float) -> None:
    neuron = ConductanceLIF(tau_exc=1.5, tau_inh=3.0, v_th=NEVER)
    _, states = simulate(neuron, once(2.0, 20), once(0.5, 20), dt=dt)
    for step, state in enumerate(states):
        assert state.g_exc.item() == pytest.approx(2.0 * math.exp(-step * dt / 1.5), rel=1e-13)
        assert state.g_inh.item() == pytest.approx(0.5 * math.exp(-step * dt / 3.0), rel=1e-13)


def test_without_conductance_one_step_is_eulers() -> None:
    neuron = ConductanceLIF(tau=10.0, v_rest=-60.0, v_th=NEVER)
    start = neuron.initial(number(0.0))._replace(v=number(-50.0))
    silence = Conductances(number(0.0), number(0.0))
    _, state = neuron.integrate(silence, start, neuron.coefficients(0.5))
    assert state.v.item() == pytest.approx(-50.0 + 0.05 * -10.0, rel=1e-15)


def test_one_step_pulls_towards_both_reversal_potentials() -> None:
    neuron = ConductanceLIF(tau=100.0, e_exc=0.0, e_inh=-100.0, v_rest=-65.0, v_th=NEVER)
    _, (state,) = simulate(neuron, [2.0], [3.0], dt=1.0)
    assert state.v.item() == pytest.approx(-65.0 + 0.01 * (2.0 * 65.0 + 3.0 * -35.0), rel=1e-15)


def test_the_error_of_the_membrane_is_halved_with_dt() -> None:
    """First order: against a solution with a step 512 times finer, halving `dt` halves the error."""
    neuron = ConductanceLIF(tau=20.0, tau_exc=2.0, tau_inh=4.0, v_th=NEVER)

    def voltage_at_8_ms(dt: float) -> float:
        steps = round(8.0 / dt)
        return simulate(neuron, once(3.0, steps), once(1.0, steps), dt=dt)[1][-1].v.item()

    truth = voltage_at_8_ms(1 / 512)
    errors = [abs(voltage_at_8_ms(dt) - truth) for dt in (1 / 4, 1 / 8, 1 / 16)]
    assert errors[0] / errors[1] == pytest.approx(2.0, abs=0.15)
    assert errors[1] / errors[2] == pytest.approx(2.0, abs=0.15)


@settings(max_examples=25)
@given(
    exc=st.lists(st.floats(0.0, 20.0), min_size=20, max_size=20),
    inh=st.lists(st.floats(0.0, 20.0), min_size=20, max_size=20),
)
def test_the_potential_never_leaves_the_reversal_potentials(exc: list[float], inh: list[float]) -> None:
    # tau_g = 0.2 ms: at most 1 + 2 * 20 / (1 - exp(-0.25 / 0.2)) < 57 leaks, so dt (1 + g_exc + g_inh) < tau
    neuron = ConductanceLIF(tau=20.0, tau_exc=0.2, tau_inh=0.2, e_exc=0.0, e_inh=-100.0, v_th=NEVER)
    _, states = simulate(neuron, exc, inh, dt=0.25)
    assert all(-100.0 <= state.v.item() <= 0.0 for state in states)


def test_at_the_reversal_potential_a_conductance_drives_nothing() -> None:
    neuron = ConductanceLIF(e_inh=-65.0, v_rest=-65.0, v_th=NEVER)
    _, states = simulate(neuron, [0.0] * 5, [10.0] * 5, dt=0.5)
    assert all(state.v.item() == -65.0 for state in states)


@pytest.mark.parametrize(("dt", "held"), [(1.0, 3), (0.5, 6)])
def test_after_a_spike_the_potential_is_held_and_conductances_go_on(dt: float, held: int) -> None:
    neuron = ConductanceLIF(tau=10.0, tau_exc=5.0, v_th=-60.0, v_rest=-65.0, v_reset=-70.0, refractory=3.0)
    spikes, states = simulate(neuron, [5.0] * 12, [0.0] * 12, dt=dt)
    voltages = [state.v.item() for state in states]
    assert spikes[0] == 0
    assert voltages[: held + 1] == [-70.0] * (held + 1)
    assert voltages[held + 1] != -70.0 or spikes[1] == held + 1
    decay = math.exp(-dt / 5.0)
    summed = 5.0 * (1.0 - decay**3) / (1.0 - decay)
    assert states[2].g_exc.item() == pytest.approx(summed, rel=1e-13)


def test_strong_input_fires_once_in_every_refractory_time_and_a_step() -> None:
    neuron = ConductanceLIF(refractory=4.0)
    spikes, _ = simulate(neuron, [100.0] * 30, [0.0] * 30, dt=1.0)
    assert spikes == list(range(0, 30, 5))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"tau_exc": 0.0}, r"ConductanceLIF\.tau_exc must be > 0 ms, got 0"),
        ({"tau_inh": -1.0}, r"ConductanceLIF\.tau_inh must be > 0 ms, got -1"),
        ({"e_inh": math.nan}, r"ConductanceLIF\.e_inh must be a finite number in thresholds or mV, got nan"),
        ({"refractory": -0.5}, r"ConductanceLIF\.refractory must be >= 0 ms, got -0\.5"),
    ],
)
def test_parameters_out_of_range_are_refused(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        ConductanceLIF(**parameters)
