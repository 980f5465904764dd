"""`HodgkinHuxley` against an accurate solution of its equations, and at the two voltages where a rate is 0 / 0."""

import math
from collections.abc import Sequence
from typing import Any

import pytest
import torch
from torch import Tensor

from picojoule.core.errors import ParameterError
from picojoule.neurons.base import Current
from picojoule.neurons.hodgkin_huxley import HodgkinHuxley, HodgkinHuxleyState
from picojoule.simulate.scan.job import Scan
from tests.neurons.solutions import crossings, held, solved, spike_times

REST = -64.99637933119206  # mV, where the current without input is 0, found by bisection


def rates(v: float) -> tuple[float, ...]:
    """As the paper writes them, in today's sign."""
    return (
        0.1 * (v + 40) / (1 - math.exp(-(v + 40) / 10)),
        4 * math.exp(-(v + 65) / 18),
        0.07 * math.exp(-(v + 65) / 20),
        1 / (1 + math.exp(-(v + 35) / 10)),
        0.01 * (v + 55) / (1 - math.exp(-(v + 55) / 10)),
        0.125 * math.exp(-(v + 65) / 80),
    )


def settled(v: float) -> list[float]:
    am, bm, ah, bh, an, bn = rates(v)
    return [v, am / (am + bm), ah / (ah + bh), an / (an + bn)]


def equation(x: float) -> Any:
    def change(_: float, state: Any) -> Sequence[float]:
        v, m, h, n = map(float, state)
        am, bm, ah, bh, an, bn = rates(v)
        ionic = 120 * m**3 * h * (v - 50) + 36 * n**4 * (v + 77) + 0.3 * (v + 54.387)
        return x - ionic, am * (1 - m) - bm * m, ah * (1 - h) - bh * h, an * (1 - n) - bn * n

    return change


def number(value: float) -> Tensor:
    return torch.full((1, 1), value, dtype=torch.float64)


def step(v: Tensor, m: float, n: float, *, dt: float) -> HodgkinHuxleyState:
    state = HodgkinHuxleyState(v, torch.full_like(v, m), torch.full_like(v, 0.6), torch.full_like(v, n))
    return HodgkinHuxley().integrate(Current(torch.zeros_like(v)), state, HodgkinHuxley().coefficients(dt))[1]


def crossing_times(run: Scan, dt: float) -> list[Tensor]:
    """Where the line from one potential to the next rises through 0, for each sample `[B]`."""
    v = torch.cat([torch.full_like(run.kept["v"][:1], -65.0), run.kept["v"]])[..., 0]
    spikes = (run.output[..., 0] > 0).unbind(1)
    return [(k + v[k, b] / (v[k, b] - v[k + 1, b])) * dt for b, s in enumerate(spikes) for k in [s.nonzero().flatten()]]


def test_five_spikes_come_in_the_step_of_the_accurate_solution() -> None:
    dt, currents = 0.01, (35.0, 60.0)
    run = held(HodgkinHuxley(), currents, duration=45.0, dt=dt)
    within = crossing_times(run, dt)
    for x, steps, times in zip(currents, spike_times(run.output, dt), within, strict=True):
        accurate = crossings(equation(x), settled(-65.0), 0.0, count=5)
        assert times[:5].tolist() == pytest.approx(accurate, abs=0.5 * dt)
        assert all(end - 1.5 * dt < t < end + 0.5 * dt for t, end in zip(accurate, steps, strict=False))


def test_potential_and_spike_times_are_of_second_order() -> None:
    truth = solved(equation(15.0), settled(-65.0), 8.0)[0]  # in the undershoot after the first spike
    accurate = crossings(equation(15.0), settled(-65.0), 0.0, count=1)[0]
    runs = {dt: held(HodgkinHuxley(), [15.0], duration=8.0, dt=dt) for dt in (0.08, 0.04, 0.02)}
    potential = [abs(run.kept["v"][-1].item() - truth) for run in runs.values()]
    time = [abs(crossing_times(run, dt)[0][0].item() - accurate) for dt, run in runs.items()]
    assert potential[2] < 0.01
    assert potential[0] / potential[1] == pytest.approx(4.0, abs=0.4)
    assert potential[1] / potential[2] == pytest.approx(4.0, abs=0.2)
    assert time[2] < 0.001
    assert time[0] / time[2] == pytest.approx(16.0, rel=0.5)  # the line between two steps adds an error of its own


def test_gates_begin_where_the_paper_has_them() -> None:
    state = HodgkinHuxley().initial(torch.zeros(2, 3, dtype=torch.float64))
    for field, value in zip(state, settled(-65.0), strict=True):
        torch.testing.assert_close(field, torch.full_like(field, value), rtol=1e-14, atol=0.0)


@pytest.mark.parametrize("dt", [0.01, 0.5])
def test_rest_is_a_fixed_point_at_any_step(dt: float) -> None:
    neuron = HodgkinHuxley(v_rest=REST)
    state, c = neuron.initial(number(0.0)), neuron.coefficients(dt)
    start = state
    for _ in range(200):
        _, state = neuron.integrate(Current(number(0.0)), state, c)
    for before, after in zip(start, state, strict=True):
        torch.testing.assert_close(after, before, rtol=0.0, atol=1e-11)


def test_the_published_constants_rest_a_few_microvolts_above_their_nominal_rest() -> None:
    v = held(HodgkinHuxley(), [0.0], duration=100.0, dt=0.1).kept["v"]
    assert v[-1].item() == pytest.approx(REST, abs=1e-6)
    assert (v + 65.0).abs().max() < 0.008


def test_a_spike_is_one_upward_crossing_and_changes_nothing() -> None:
    run = held(HodgkinHuxley(), [10.0], duration=20.0, dt=0.05)
    v = torch.cat([number(-65.0)[None], run.kept["v"]]).flatten()
    risen = (v[:-1] < 0.0) & (v[1:] >= 0.0)
    assert torch.equal(run.output.flatten() > 0, risen)
    assert int(risen.sum()) == 2
    assert (v > 0.0).sum() > 20  # it stays above for longer than the step that spikes
    neuron = HodgkinHuxley()
    state = neuron.initial(number(0.0))
    assert neuron.fire(number(1.0), state, neuron.coefficients(0.1)) is state


@pytest.mark.parametrize(("v", "gate", "rate", "slope"), [(-40.0, "m", 1.0, 0.05), (-55.0, "n", 0.1, 0.005)])
def test_at_a_singular_voltage_value_and_gradient_are_the_limits(
    v: float, gate: str, rate: float, slope: float
) -> None:
    voltage = number(v).requires_grad_()
    result = getattr(step(voltage, 0.2, 0.3, dt=0.05), gate)
    (gradient,) = torch.autograd.grad(result.sum(), voltage)

    plain = number(v).requires_grad_()
    opening = rate + slope * (plain - v)  # the Taylor series of the rate
    closing = 4.0 * torch.exp(-(plain + 65) / 18) if gate == "m" else 0.125 * torch.exp(-(plain + 65) / 80)
    target, before = opening / (opening + closing), 0.2 if gate == "m" else 0.3
    expected = target + (before - target) * torch.exp(-0.05 * (opening + closing))
    (expected_gradient,) = torch.autograd.grad(expected.sum(), plain)
    torch.testing.assert_close(result, expected, rtol=1e-14, atol=0.0)
    torch.testing.assert_close(gradient, expected_gradient, rtol=1e-13, atol=0.0)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 1e-5)])
def test_near_the_singular_voltages_gradients_are_smooth(dtype: torch.dtype, tolerance: float) -> None:
    """Across both switches between quotient and series, against differences of 0.5 mV in double precision."""
    centre = torch.cat([torch.linspace(-1.5, 1.5, 61), torch.tensor([1e-7, -1e-7, 1.0, -1.0])])
    v = torch.cat([centre - 40.0, centre - 55.0])[None].to(dtype).requires_grad_()
    m = step(v, 0.2, 0.3, dt=0.05).m
    n = step(v, 0.2, 0.3, dt=0.05).n
    found = torch.autograd.grad((m + n).sum(), v)[0].double()

    double = v.detach().double()
    h = 0.02
    weights = {4: 1 / 280, 3: -4 / 105, 2: 1 / 5, 1: -4 / 5}  # differences of eighth order
    expected = torch.zeros_like(double)
    for k, weight in weights.items():
        low, high = step(double - k * h, 0.2, 0.3, dt=0.05), step(double + k * h, 0.2, 0.3, dt=0.05)
        expected += weight * ((low.m - high.m) + (low.n - high.n)) / h
    torch.testing.assert_close(found, expected, rtol=tolerance, atol=tolerance * 0.1)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_extreme_inputs_leave_value_and_gradient_finite(dtype: torch.dtype) -> None:
    neuron = HodgkinHuxley()
    x = torch.tensor([[-1e5, -1e3, 1e3, 1e5]], dtype=dtype, requires_grad=True)
    state, c = neuron.initial(x.detach()), neuron.coefficients(0.1)
    for _ in range(50):
        excess, state = neuron.integrate(Current(x), state, c)
    (gradient,) = torch.autograd.grad(excess.sum() + sum(field.sum() for field in state), x)
    assert all(bool(field.isfinite().all()) for field in (*state, gradient))
    assert all(bool(((gate >= 0) & (gate <= 1)).all()) for gate in state[1:])


def test_without_sodium_channels_nothing_fires() -> None:
    run = held(HodgkinHuxley(g_na=0.0), [20.0], duration=50.0, dt=0.05)
    assert run.output.sum() == 0


def test_conductances_receive_a_gradient() -> None:
    g_na = torch.tensor(120.0, dtype=torch.float64, requires_grad=True)
    before_the_peak = held(HodgkinHuxley(g_na=g_na), [20.0], duration=1.2, dt=0.02).kept["v"][-1]
    (gradient,) = torch.autograd.grad(before_the_peak.sum(), g_na)
    assert gradient > 0.01  # mV per mS/cm²: sodium drives the upswing


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"capacitance": 0.0}, r"HodgkinHuxley\.capacitance must be > 0 µF/cm², got 0"),
        ({"g_na": -1.0}, r"HodgkinHuxley\.g_na must be >= 0 mS/cm², got -1"),
        ({"g_leak": 0.0}, r"HodgkinHuxley\.g_leak must be > 0 mS/cm², got 0"),
        ({"e_k": math.nan}, r"HodgkinHuxley\.e_k must be a finite number in mV, got nan"),
    ],
)
def test_parameters_out_of_range_are_refused(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        HodgkinHuxley(**parameters)
