"""The f-I curve of LIF is its closed form; rates are reciprocals of intervals."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from picojoule.core.errors import ParameterError
from picojoule.simulate.rate_curve import rate_curve
from tests.held import ALIF, LIF, DeltaLIF


@settings(max_examples=30)
@given(
    tau=st.floats(3.0, 50.0), v_th=st.floats(0.2, 5.0), drive=st.floats(1.1, 8.0), dt=st.sampled_from([0.1, 0.5, 1.0])
)
def test_lif_fires_at_the_analytic_rate_rounded_up_to_whole_steps(
    tau: float, v_th: float, drive: float, dt: float
) -> None:
    curve = rate_curve(LIF(tau=tau, v_th=v_th), [drive * v_th], duration=8 * tau + 20.0, dt=dt, settle=0.0)
    interval = 1000.0 / float(curve.settled)  # ms
    analytic = tau * math.log(drive / (drive - 1.0))
    assert analytic - 1e-6 <= interval <= analytic + dt + 1e-6
    assert float(curve.first) == pytest.approx(float(curve.settled), rel=1e-12)


def test_in_short_steps_the_curve_is_the_closed_form_with_refractory_time() -> None:
    dt, tau, held = 0.02, 10.0, 5.0
    neuron = DeltaLIF(tau=tau, v_th=1.0, v_rest=0.0, v_reset=0.0, refractory=held)
    currents = torch.linspace(1.2, 4.0, 8, dtype=torch.float64)
    per_step = currents * (1.0 - math.exp(-dt / tau))  # jumps whose sum goes to the current
    curve = rate_curve(neuron, per_step, duration=400.0, dt=dt)
    expected = 1000.0 / (held + tau * torch.log(currents / (currents - 1.0)))
    torch.testing.assert_close(curve.settled, expected, rtol=3e-3, atol=0.0)


def test_below_the_rheobase_and_for_a_single_spike_the_rate_is_zero() -> None:
    once = 1.0 / (1.0 - math.exp(-90.0 / 20.0))  # reaches threshold after 90 of 100 ms
    curve = rate_curve(LIF(tau=20.0), [0.0, 0.9, once], duration=100.0)
    assert curve.settled.tolist() == curve.first.tolist() == [0.0, 0.0, 0.0]
    assert curve.currents.tolist() == [0.0, 0.9, once]


def test_an_adapting_neuron_slows_down() -> None:
    curve = rate_curve(ALIF(tau_adp=100.0), [0.05, 0.1])
    assert (curve.first > 1.2 * curve.settled).all()
    assert (curve.settled > 0).all()


def test_settling_leaves_early_intervals_out() -> None:
    neuron = ALIF(tau_adp=100.0)
    all_of_it = rate_curve(neuron, [0.1], settle=0.0)
    late = rate_curve(neuron, [0.1], settle=800.0)
    assert float(all_of_it.settled) > float(late.settled)
    assert torch.equal(all_of_it.first, late.first)
    assert torch.equal(rate_curve(neuron, [0.1]).settled, rate_curve(neuron, [0.1], settle=500.0).settled)


@pytest.mark.parametrize("settle", [-1.0, 100.0, math.nan])
def test_nothing_but_settling_is_refused(settle: float) -> None:
    with pytest.raises(ParameterError, match=rf"settle must lie in \[0, duration=100\) ms, got {settle:g} ms"):
        rate_curve(LIF(), [1.0], duration=100.0, settle=settle)
