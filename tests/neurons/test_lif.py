"""`LIF` against its closed-form solution. Behaviour shared by all neurons: tests/contract."""

import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from picojoule.core.errors import ParameterError
from picojoule.neurons.base import Current
from picojoule.neurons.lif import LIFState
from picojoule.neurons.reset import SoftReset
from tests.held import LIF


def simulate(neuron: Any, drive: Tensor, *, dt: float) -> tuple[Tensor, Tensor]:
    """Spikes and voltages `[T, B, N]` (before the reset) under a drive `[T, B, N]`."""
    state, c = neuron.initial(drive[0]), neuron.coefficients(dt)
    spikes, voltages = [], []
    for x in drive:
        excess, state = neuron.integrate(Current(x), state, c)
        voltages.append(state.v)
        spikes.append((excess >= 0).to(drive.dtype))
        state = neuron.fire(spikes[-1], state, c)
    return torch.stack(spikes), torch.stack(voltages)


def constant(drive: float, steps: int) -> Tensor:
    return torch.full((steps, 1, 1), drive, dtype=torch.float64)


@settings(max_examples=50)
@given(drive=st.floats(1.05, 10.0), tau=st.floats(2.0, 100.0))
def test_first_spike_comes_at_the_analytic_time(drive: float, tau: float) -> None:
    dt = 0.5
    analytic = tau * math.log(drive / (drive - 1.0))  # ms, from v(t) = v_th
    spikes, _ = simulate(LIF(tau=tau), constant(drive, math.ceil(analytic / dt) + 2), dt=dt)
    first = (int(spikes.flatten().argmax()) + 1) * dt
    assert bool(spikes.any())
    assert analytic - 1e-6 <= first <= analytic + dt + 1e-6


@settings(max_examples=50)
@given(drive=st.floats(-3.0, 0.99), tau=st.floats(1.0, 100.0), v_rest=st.floats(-2.0, 0.0))
def test_the_voltage_relaxes_to_rest_plus_input(drive: float, tau: float, v_rest: float) -> None:
    _, v = simulate(LIF(tau=tau, v_rest=v_rest), constant(drive, 20), dt=1.0)
    times = torch.arange(1, 21, dtype=torch.float64)
    expected = v_rest + drive * (1.0 - torch.exp(-times / tau))
    torch.testing.assert_close(v.flatten(), expected, rtol=1e-12, atol=1e-12)


def test_halving_dt_leaves_the_voltage_unchanged() -> None:
    x = Current(torch.tensor([[0.9]], dtype=torch.float64))  # below threshold
    lif, rest = LIF(), LIFState(v=torch.zeros_like(x.current))
    _, once = lif.integrate(x, rest, lif.coefficients(dt=1.0))
    _, half = lif.integrate(x, rest, lif.coefficients(dt=0.5))
    _, twice = lif.integrate(x, half, lif.coefficients(dt=0.5))
    torch.testing.assert_close(once.v, twice.v, rtol=1e-12, atol=0.0)


def test_intervals_between_spikes_start_at_the_reset_potential() -> None:
    neuron = LIF(tau=10.0, v_reset=-1.0)
    spikes, _ = simulate(neuron, constant(2.0, 400), dt=0.1)
    times = spikes.flatten().nonzero().flatten()
    from_rest, from_reset = 10.0 * math.log(2.0), 10.0 * math.log(3.0)  # v: 0 -> 1 and -1 -> 1, towards 2
    assert int(times[0]) + 1 == math.ceil(from_rest / 0.1)
    assert set(times.diff().tolist()) == {math.ceil(from_reset / 0.1)}


def test_a_soft_reset_keeps_what_was_above_threshold() -> None:
    soft = LIF(tau=10.0, v_reset=-0.5, reset=SoftReset())
    spikes, voltages = simulate(soft, constant(3.0, 60), dt=2.0)
    before, after = voltages.flatten()[:-1], voltages.flatten()[1:]
    left = before - 1.5 * spikes.flatten()[:-1]  # v_th - v_reset
    assert spikes.sum() > 10
    torch.testing.assert_close(after, 3.0 + (left - 3.0) * math.exp(-0.2), rtol=1e-12, atol=1e-12)


def test_with_a_soft_reset_spikes_pay_for_the_input_that_does_not_leak() -> None:
    """Summed over time: what came in has leaked, was taken by spikes, or is still there."""
    x = 4.0 * torch.rand(500, 1, 1, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    spikes, voltages = simulate(LIF(reset=SoftReset()), x, dt=1.0)
    starts = torch.cat([torch.zeros(1, 1, 1), (voltages - spikes)[:-1]])
    taken = ((1.0 - math.exp(-1.0 / 20.0)) * (x - starts)).sum()
    assert spikes.sum() > 10
    assert spikes.sum().item() == pytest.approx((taken - (voltages - spikes)[-1]).item(), rel=1e-12)


def test_the_threshold_itself_is_a_spike() -> None:
    neuron = LIF(v_th=0.5, v_rest=0.5)
    spikes, _ = simulate(neuron, constant(0.0, 1), dt=1.0)
    assert spikes.item() == 1.0


def test_tau_receives_a_gradient() -> None:
    tau = torch.tensor(20.0, dtype=torch.float64, requires_grad=True)
    neuron = LIF(tau=tau)
    _, state = neuron.integrate(Current(torch.ones(1, 1)), neuron.initial(torch.zeros(1, 1)), neuron.coefficients(1.0))
    (gradient,) = torch.autograd.grad(state.v.sum(), tau)
    analytic = -math.exp(-1.0 / 20.0) / 20.0**2  # of 1 - exp(-dt / tau)
    assert gradient.item() == pytest.approx(analytic, rel=1e-6)


def test_every_neuron_may_have_its_own_time_constant() -> None:
    tau = torch.tensor([5.0, 50.0])
    _, v = simulate(LIF(tau=tau), torch.full((1, 3, 2), 0.5), dt=1.0)
    expected = 0.5 * (1.0 - torch.exp(-1.0 / tau))
    torch.testing.assert_close(v[0], expected.expand(3, 2), rtol=1e-5, atol=0.0)


def test_parameters_per_neuron_leave_the_state_in_the_dtype_of_the_run() -> None:
    neuron = LIF(v_rest=torch.tensor([0.1, 0.2], dtype=torch.float64))
    assert neuron.initial(torch.zeros(1, 2, dtype=torch.float32)).v.dtype == torch.float32


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"tau": -5.0}, r"LIF\.tau must be > 0 ms, got -5"),
        ({"tau": 0.0}, r"LIF\.tau must be > 0 ms, got 0"),
        ({"tau": torch.tensor([1.0, -2.0])}, r"LIF\.tau must be > 0 ms, got -2"),
        ({"v_th": math.nan}, r"LIF\.v_th must be a finite number in thresholds or mV, got nan"),
        ({"v_rest": "0"}, r"LIF\.v_rest must be a number in thresholds or mV, got '0'"),
        ({"v_reset": True}, r"LIF\.v_reset must be a number in thresholds or mV, got True"),
    ],
)
def test_parameters_out_of_range_are_refused_with_name_bound_and_unit(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        LIF(**parameters)
