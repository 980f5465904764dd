"""`ConductanceLIF`: exact conductances and charges, a membrane of second order, potentials between the reversals."""

import math
from itertools import pairwise
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
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


@pytest.mark.parametrize("dt", [0.05, 0.1, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("port", ["exc", "inh"])
def test_a_spike_brings_its_weight_times_its_time_constant_at_any_step(port: str, dt: float) -> None:
    """Of a membrane so slow (tau) that it hardly moves, the voltage is the charge times the distance, over tau."""
    tau, weight, tau_g = 1e7, 3.0, {"exc": 1.5, "inh": 3.0}[port]
    neuron = ConductanceLIF(tau=tau, tau_exc=1.5, tau_inh=3.0, v_rest=-65.0, e_inh=-100.0, v_th=NEVER)
    steps = round(40 * tau_g / dt)  # exp(-40) of the charge is still to come
    given = {"exc": [0.0] * steps, "inh": [0.0] * steps, port: once(weight, steps)}
    _, states = simulate(neuron, given["exc"], given["inh"], dt=dt)
    charge = (states[-1].v.item() + 65.0) * tau / {"exc": 65.0, "inh": -35.0}[port]
    # the membrane decays by steps dt / tau of the 120 ms at most, and 65 mV are known to 1e-14 of them
    assert charge == pytest.approx(weight * tau_g, rel=2 * 120.0 / tau + 1e-14 * tau / (weight * tau_g))


def test_without_conductance_the_decay_is_the_exact_one_up_to_third_order() -> None:
    neuron = ConductanceLIF(tau=10.0, v_rest=-60.0, v_th=NEVER)
    start = neuron.initial(number(0.0))._replace(v=number(-50.0))
    silence = Conductances(number(0.0), number(0.0))
    _, state = neuron.integrate(silence, start, neuron.coefficients(0.5))
    assert state.v.item() == pytest.approx(-60.0 + 10.0 / (1.0 + 0.05 + 0.00125), rel=1e-15)
    assert abs(state.v.item() - (-60.0 + 10.0 * math.exp(-0.05))) < 10.0 * 0.05**3 / 6


def solution(neuron: ConductanceLIF, exc: float, inh: float, at: float) -> float:
    """The potential of the equation after a spike at both ports at time 0, by SciPy."""

    def slope(t: float, v: Any) -> Any:
        g_exc, g_inh = exc * math.exp(-t / float(neuron.tau_exc)), inh * math.exp(-t / float(neuron.tau_inh))
        drive = (neuron.v_rest - v) + g_exc * (neuron.e_exc - v) + g_inh * (neuron.e_inh - v)
        return drive / neuron.tau

    return float(solve_ivp(slope, (0.0, at), [neuron.v_rest], rtol=1e-12, atol=1e-12, method="DOP853").y[0, -1])


def test_the_membrane_is_of_second_order() -> None:
    """Against the solution of the equation, halving `dt` divides the error by four."""
    neuron = ConductanceLIF(tau=20.0, tau_exc=2.0, tau_inh=4.0, v_th=NEVER)
    truth = solution(neuron, 3.0, 1.0, 8.0)
    errors = []
    for dt in (1 / 2, 1 / 8, 1 / 16, 1 / 32):
        steps = round(8.0 / dt)
        errors.append(abs(simulate(neuron, once(3.0, steps), once(1.0, steps), dt=dt)[1][-1].v.item() - truth))
    assert errors[0] < 0.002  # mV, at the recipe's step
    for coarse, fine in pairwise(errors[1:]):
        assert coarse / fine == pytest.approx(4.0, abs=0.5)


def test_one_step_pulls_towards_both_reversal_potentials() -> None:
    neuron = ConductanceLIF(tau=100.0, e_exc=0.0, e_inh=-100.0, v_rest=-65.0, v_th=NEVER)
    _, (state,) = simulate(neuron, [2.0], [3.0], dt=1.0)
    exc, inh = 2.0 * (1.0 - math.exp(-1.0)), 3.0 * 2.0 * (1.0 - math.exp(-0.5))
    z = 0.01 * (1.0 + exc + inh)
    pull = 0.01 * (exc * 65.0 + inh * -35.0)
    assert state.v.item() == pytest.approx(-65.0 + pull / z * (1.0 - 1.0 / (1.0 + z + z * z / 2)), rel=1e-14)


@settings(max_examples=25)
@given(
    exc=st.lists(st.floats(0.0, 1e6), min_size=20, max_size=20),
    inh=st.lists(st.floats(0.0, 1e6), min_size=20, max_size=20),
    dt=st.sampled_from([0.25, 10.0, 1000.0]),
)
def test_the_potential_never_leaves_the_reversal_potentials(exc: list[float], inh: list[float], dt: float) -> None:
    neuron = ConductanceLIF(tau=20.0, tau_exc=0.2, tau_inh=30.0, e_exc=0.0, e_inh=-100.0, v_th=NEVER)
    _, states = simulate(neuron, exc, inh, dt=dt)
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
