"""What arrives at a neuron brings the same charge at any step: seen in a membrane so slow that it only adds up.

Models whose input is a current hold it for its step, so a current of x for 1 ms brings x times 1 ms;
those with a synapse take a weight, and its exponential brings weight times time constant.
"""

import math
from typing import Any

import pytest
import torch

from picojoule.neurons import AdEx, ConductanceLIF, HodgkinHuxley, QuadraticIF
from picojoule.neurons.base import Neuron
from picojoule.simulate.scan.reference import ReferenceLoop
from picojoule.simulate.scan.scan import scan
from tests.held import LIF, CubaLIF

SLOW = 1e9  # ms, or a capacitance as large: 20 ms move no membrane by more than 1e-7 of what pulls it
# Every neuron that has a synapse of its own: the port, and the membrane's voltage for a charge of 1
SYNAPSES: dict[str, tuple[Neuron[Any, Any, Any], str, float, float]] = {
    "CubaLIF": (CubaLIF(tau=SLOW, tau_syn=1.5, v_th=1e9), "current", 1.5, 1.0 / SLOW),
    "ConductanceLIF exc": (ConductanceLIF(tau=SLOW, tau_exc=1.5, v_th=1e9), "exc", 1.5, 65.0 / SLOW),
    "ConductanceLIF inh": (ConductanceLIF(tau=SLOW, tau_inh=1.5, v_th=1e9), "inh", 1.5, -35.0 / SLOW),
}
# Every neuron in continuous time whose input is a current
CURRENTS: dict[str, tuple[Neuron[Any, Any, Any], float]] = {
    "LIF": (LIF(tau=SLOW, v_th=1e9), 1.0 / SLOW),
    "AdEx": (AdEx(capacitance=SLOW, slope_factor=0.1, a=0.0), 1.0 / SLOW),
    "HodgkinHuxley": (HodgkinHuxley(capacitance=SLOW, g_na=0.0, g_k=0.0, e_leak=-65.0), 1.0 / SLOW),
    "QuadraticIF": (QuadraticIF(tau=SLOW), 1.0 / SLOW),
}
STEPS = [0.05, 0.1, 0.25, 0.5, 1.0]


def moved(neuron: Neuron[Any, Any, Any], port: str, given: float, *, first: int, dt: float) -> float:
    """By how much the potential has moved 20 ms after `given` came at a port in each of the first steps."""
    x = {name: torch.zeros(round(20.0 / dt), 1, 1, dtype=torch.float64) for name in neuron.ports._fields}  # type: ignore[attr-defined]
    x[port][:first] = given
    end: Any = scan(neuron, tuple(x.values()), dt=dt, loop=ReferenceLoop()).state.neuron
    return float(end.v.item() - neuron.initial(torch.zeros(1, 1, dtype=torch.float64)).v.item())


@pytest.mark.parametrize("dt", [*STEPS, 2.0])
@pytest.mark.parametrize("name", SYNAPSES)
def test_a_spike_brings_its_weight_times_its_time_constant(name: str, dt: float) -> None:
    neuron, port, tau, voltage = SYNAPSES[name]
    charge = moved(neuron, port, 1e4, first=1, dt=dt) / voltage
    assert charge == pytest.approx(1e4 * tau * -math.expm1(-20.0 / tau), rel=1e-4)


@pytest.mark.filterwarnings("ignore::picojoule.core.errors.StepWarning")  # a charge is right at any step
@pytest.mark.parametrize("dt", STEPS)
@pytest.mark.parametrize("name", CURRENTS)
def test_a_current_brings_its_strength_times_how_long_it_is_held(name: str, dt: float) -> None:
    neuron, voltage = CURRENTS[name]
    still = moved(neuron, "current", 0.0, first=0, dt=dt)
    charge = (moved(neuron, "current", 1e5, first=round(1.0 / dt), dt=dt) - still) / voltage
    assert charge == pytest.approx(1e5, rel=1e-4)
