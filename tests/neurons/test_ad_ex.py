"""`AdEx` against an accurate solution of its equations, and the upswing that would overflow any explicit step."""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import Tensor

from picojoule.core.errors import ParameterError
from picojoule.neurons.ad_ex import AdEx, AdExState
from picojoule.neurons.base import Current
from tests.neurons.solutions import crossings, held, solved, spike_times


def equation(x: float) -> Any:
    """As the paper writes it, in pF, nS, mV and pA."""

    def change(_: float, state: Any) -> Sequence[float]:
        v, w = map(float, state)
        exponential = 30.0 * 2.0 * math.exp((v + 50.4) / 2.0)
        return (-30.0 * (v + 70.6) + exponential - w + x) / 281.0, (4.0 * (v + 70.6) - w) / 144.0

    return change


def accurate_spikes(x: float, count: int) -> list[float]:
    """Solved for -exp(-(v - V_T) / D) in place of v, which goes smoothly through the upswing."""

    def change(_: float, state: Any) -> Sequence[float]:
        z, w = max(-float(state[0]), 1e-100), float(state[1])
        v = -50.4 - 2.0 * math.log(z)
        smooth = (-30.0 * (v + 70.6) - w + x) / 281.0
        return 30.0 / 281.0 + z * smooth / 2.0, (4.0 * (v + 70.6) - w) / 144.0

    rest, peak = -math.exp(20.2 / 2.0), -math.exp(-70.4 / 2.0)
    return crossings(change, (rest, 0.0), peak, count=count, after=lambda state: (rest, state[1] + 80.5))


def number(value: float) -> Tensor:
    return torch.full((1, 1), value, dtype=torch.float64)


def test_three_spikes_come_within_a_tenth_of_a_millisecond() -> None:
    dt, currents = 0.01, (1000.0, 2000.0)
    run = held(AdEx(), currents, duration=45.0, dt=dt)
    for x, times in zip(currents, spike_times(run.output, dt), strict=True):
        accurate = accurate_spikes(x, 3)
        assert times[:3] == pytest.approx(accurate, abs=0.1)
        assert all(k * dt * -0.01 <= late <= (k + 0.01) * dt for k, late in enumerate(lateness(times, accurate), 1))


def lateness(times: Sequence[float], accurate: Sequence[float]) -> list[float]:
    return [found - true for found, true in zip(times, accurate, strict=False)]


@pytest.mark.parametrize("dt", [0.5, 0.1])
def test_the_first_spike_falls_into_its_step_at_coarse_steps_too(dt: float) -> None:
    currents = [700.0, 1000.0, 1500.0, 3000.0]
    for x, times in zip(currents, spike_times(held(AdEx(), currents, duration=30.0, dt=dt).output, dt), strict=True):
        assert -0.1 * dt < times[0] - accurate_spikes(x, 1)[0] < 1.1 * dt


def test_potential_and_adaptation_are_of_second_order() -> None:
    truth = solved(equation(1000.0), (-70.6, 0.0), 11.0)  # 0.7 ms before the spike, where the exponential wins
    errors = []
    for dt in (0.2, 0.1, 0.05):
        run = held(AdEx(), [1000.0], duration=11.0, dt=dt)
        assert run.output.sum() == 0
        errors.append([abs(run.kept[name][-1].item() - true) for name, true in zip("vw", truth, strict=True)])
    for coarse, fine in pairwise(errors):
        assert coarse[0] / fine[0] == pytest.approx(4.0, abs=0.2)
        assert coarse[1] / fine[1] == pytest.approx(4.0, abs=0.2)


def test_without_exponential_and_adaptation_the_membrane_is_exact() -> None:
    """A leaky integrator of 281 / 30 ms; at 100 mV above V_T the exponential adds less than 1e-20 mV."""
    neuron = AdEx(v_th=30.0, a=0.0)
    run = held(neuron, [600.0], duration=20.0, dt=0.5)
    t = 0.5 * torch.arange(1, 41, dtype=torch.float64)
    expected = -70.6 + 20.0 * (1.0 - torch.exp(-t * 30.0 / 281.0))
    torch.testing.assert_close(run.kept["v"].flatten(), expected, rtol=1e-13, atol=0.0)


@pytest.mark.parametrize("v_peak", [20.0, -42.0])
def test_the_exponential_part_alone_is_exact(v_peak: float) -> None:
    """Without leak and current, `exp(-(v - V_T) / D)` falls at the constant rate g_L / C."""
    neuron = AdEx(a=0.0, v_peak=v_peak)
    v0 = torch.linspace(-60.0, -42.5, 36, dtype=torch.float64)[None]
    c = neuron.coefficients(0.2)._replace(decay=number(1.0))
    excess, state = neuron.integrate(Current(torch.zeros_like(v0)), AdExState(v0, torch.zeros_like(v0)), c)
    left = torch.exp(-(v0 + 50.4) / 2.0) - 0.2 * 30.0 / 281.0
    at_peak = math.exp(-(v_peak + 50.4) / 2.0)
    assert torch.equal(excess >= 0, left <= at_peak)
    expected = -50.4 - 2.0 * torch.log(left.clamp(min=at_peak))
    torch.testing.assert_close(state.v, expected, rtol=1e-12, atol=0.0)


def test_the_foot_is_where_the_exponential_reaches_the_peak_within_the_step() -> None:
    c = AdEx(v_peak=-30.0).coefficients(0.1)
    rising = math.exp(-(c.v_foot.item() + 50.4) / 2.0) - 0.1 * 30.0 / 281.0
    assert -50.4 - 2.0 * math.log(rising) == pytest.approx(-30.0, abs=1e-10)
    assert c.v_foot - 2.0 * torch.log(c.remainder) == pytest.approx(-30.0, abs=1e-10)


def test_rest_stays_within_the_pull_of_the_exponential() -> None:
    run = held(AdEx(), [0.0], duration=500.0, dt=0.5)
    assert run.output.sum() == 0
    pull = 7.2e-5  # mV: where leak, adaptation and exponential balance, found by bisection
    assert run.kept["v"][-1].item() + 70.6 == pytest.approx(pull, rel=0.05)


def test_a_spike_resets_the_potential_and_raises_the_adaptation() -> None:
    neuron = AdEx(v_reset=-60.0, b=50.0)
    spike = torch.tensor([[0.0, 1.0]], dtype=torch.float64)
    state = neuron.fire(spike, AdExState(number(20.0).expand(1, 2), number(7.0).expand(1, 2)), neuron.coefficients(0.1))
    assert state.v.tolist() == [[20.0, -60.0]]
    assert state.w.tolist() == [[7.0, 57.0]]


def test_intervals_grow_as_the_neuron_adapts() -> None:
    (times,) = spike_times(held(AdEx(), [800.0], duration=400.0, dt=0.2).output, 0.2)
    intervals = [late - early for early, late in pairwise(times)]
    assert len(intervals) >= 5
    assert all(later > earlier - 0.2 for earlier, later in pairwise(intervals))
    assert intervals[-1] > 1.5 * intervals[0]
    (tireless,) = spike_times(held(AdEx(a=0.0, b=0.0), [800.0], duration=100.0, dt=0.2).output, 0.2)
    assert max(b - a for a, b in pairwise(tireless)) < intervals[0] + 0.21


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("slope_factor", [0.05, 2.0])
def test_no_start_and_no_input_gives_infinity_or_a_gradient_that_is(dtype: torch.dtype, slope_factor: float) -> None:
    numbers = [torch.tensor(number, dtype=dtype, requires_grad=True) for number in (slope_factor, -50.4, 20.0)]
    chosen: dict[str, Any] = dict(zip(("slope_factor", "v_th", "v_peak"), numbers, strict=True))
    neuron = replace(AdEx(), **chosen)
    for dt in (0.01, 1.0):
        c = type(neuron.coefficients(dt))(*(value.to(dtype) for value in neuron.coefficients(dt)))
        near = c.v_foot.detach() + torch.linspace(-1e-4, 1e-4, 41, dtype=dtype)
        v = torch.cat([torch.linspace(-1e4, 1e3, 100, dtype=dtype), near, torch.full((1,), 20.0, dtype=dtype)])[None]
        v.requires_grad_()
        x = torch.linspace(-1e6, 1e6, v.shape[1], dtype=dtype)[None].requires_grad_()
        excess, state = neuron.integrate(Current(x), AdExState(v, torch.zeros_like(v)), c)
        gradients = torch.autograd.grad(excess.sum() + state.v.sum() + state.w.sum(), (v, x, *numbers))
        assert all(bool(value.isfinite().all()) for value in (excess, *state, *gradients))


def test_parameters_receive_the_gradients_of_differences() -> None:
    names = ("capacitance", "g_leak", "e_leak", "v_th", "slope_factor", "tau_w", "a")
    start = [torch.tensor(float(getattr(AdEx(), name)), dtype=torch.float64, requires_grad=True) for name in names]

    def voltage(*values: Tensor) -> Tensor:
        chosen: dict[str, Any] = dict(zip(names, values, strict=True))
        neuron = replace(AdEx(), **chosen)
        run = held(neuron, [900.0], duration=11.0, dt=0.5)
        return torch.stack([run.kept["v"][-1], run.kept["w"][-1]])

    assert torch.autograd.gradcheck(voltage, start, eps=1e-5, rtol=1e-4)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"capacitance": -1.0}, r"AdEx\.capacitance must be > 0 pF, got -1"),
        ({"g_leak": 0.0}, r"AdEx\.g_leak must be > 0 nS, got 0"),
        ({"slope_factor": 0.0}, r"AdEx\.slope_factor must be > 0 mV, got 0"),
        ({"tau_w": 0.0}, r"AdEx\.tau_w must be > 0 ms, got 0"),
        ({"b": math.inf}, r"AdEx\.b must be a finite number in pA, got inf"),
    ],
)
def test_parameters_out_of_range_are_refused(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        AdEx(**parameters)
