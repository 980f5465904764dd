"""`QuadraticIF` against its closed form, the tangent, up to the pole and through it."""

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from picojoule.core.errors import ParameterError
from picojoule.neurons.base import Current, coefficients_at
from picojoule.neurons.quadratic_if import QuadraticIF, QuadraticIFState
from tests.neurons.solutions import held, spike_times


def exact(x: float, v0: float, t: float, *, tau: float = 10.0, a0: float = 0.1) -> float:
    """The potential at time t without a spike, between the resting points -65 and -55 mV."""
    y, k, s = v0 + 60.0, x / a0 - 25.0, a0 * t / tau
    root = math.sqrt(abs(k))
    if k > 0:
        return -60.0 + root * math.tan(math.atan(y / root) + root * s)
    reach = math.tanh(root * s) / root
    return -60.0 + (y + k * reach) / (1.0 - y * reach)


def time_to_peak(x: float, v0: float, *, tau: float = 10.0, a0: float = 0.1) -> float:
    """From v0 to 30 mV, in ms, for an input above rheobase."""
    root = math.sqrt(x / a0 - 25.0)
    return tau / (a0 * root) * (math.atan(90.0 / root) - math.atan((v0 + 60.0) / root))


@settings(max_examples=25, deadline=None)
@given(x=st.floats(3.0, 100.0), tau=st.floats(5.0, 40.0), v_reset=st.floats(-80.0, -50.0))
def test_spikes_come_in_the_very_steps_of_the_closed_form(x: float, tau: float, v_reset: float) -> None:
    dt = 0.5
    first, between = time_to_peak(x, -65.0, tau=tau), time_to_peak(x, v_reset, tau=tau)
    steps = [math.ceil(first / dt - 1e-9)]
    steps += [steps[0] + k * math.ceil(between / dt - 1e-9) for k in (1, 2)]
    duration = min((steps[-1] + 1) * dt, 60.0)
    (times,) = spike_times(held(QuadraticIF(tau=tau, v_reset=v_reset), [x], duration=duration, dt=dt).output, dt)
    assert times[:3] == [step * dt for step in steps if step * dt <= duration]


@pytest.mark.parametrize("x", [-50.0, 0.0, 1.0, 2.5 + 1e-9, 4.0, 20.0])
def test_the_potential_follows_the_tangent(x: float) -> None:
    """To the accuracy at which the tangent itself can be computed."""
    v = held(QuadraticIF(), [x], duration=10.0, dt=0.5).kept["v"].flatten()
    expected = torch.tensor([exact(x, -65.0, 0.5 * (k + 1)) for k in range(20)], dtype=torch.float64)
    before_the_pole = 20 if x <= 4.0 else math.floor(time_to_peak(x, -65.0) / 0.5)
    assert before_the_pole >= 10
    torch.testing.assert_close(v[:before_the_pole], expected[:before_the_pole], rtol=1e-12, atol=1e-10)


@pytest.mark.parametrize("x", [40.0, -200.0])
@pytest.mark.filterwarnings("ignore::picojoule.core.errors.StepWarning")  # the order shows at long steps
def test_the_method_is_of_eighth_order(x: float) -> None:
    """With 2 and 4 steps over 4 ms: at finer ones the error drowns in rounding."""
    neuron = QuadraticIF(v_peak=1e4)
    errors = [
        abs(held(neuron, [x], duration=4.0, dt=dt).kept["v"][-1].item() - exact(x, -65.0, 4.0)) for dt in (4.0, 2.0)
    ]
    assert errors[1] > 1e-9
    assert math.log2(errors[0] / errors[1]) == pytest.approx(8.0, abs=0.5)


@pytest.mark.parametrize("dt", [0.1, 10.0, 1000.0])
def test_both_resting_points_stay_and_the_lower_attracts(dt: float) -> None:
    neuron = QuadraticIF()
    c, x = neuron.coefficients(dt), Current(torch.zeros(1, 4, dtype=torch.float64))
    state = QuadraticIFState(torch.tensor([[-65.0, -55.0, -90.0, -55.1]], dtype=torch.float64))
    excess, once = neuron.integrate(x, state, c)
    torch.testing.assert_close(once.v[:, :2], state.v[:, :2], rtol=1e-13, atol=0.0)
    state = once
    for _ in range(max(100, round(200.0 / dt))):
        excess, state = neuron.integrate(x, state, c)
    assert (excess < 0).all()
    torch.testing.assert_close(state.v[0, 2:], torch.full((2,), -65.0, dtype=torch.float64), rtol=1e-6, atol=0.0)


@pytest.mark.parametrize("dt", [0.1, 1.0, 10.0])
def test_above_the_unstable_point_it_runs_away_without_input(dt: float) -> None:
    """Through the pole, however far beyond it a step may lead."""
    neuron = QuadraticIF()
    c = neuron.coefficients(dt)
    v0 = torch.linspace(-54.0, 29.0, 50, dtype=torch.float64)[None]
    state, waiting = QuadraticIFState(v0), torch.ones_like(v0)
    steps = torch.zeros_like(v0)
    for _ in range(round(60.0 / dt)):
        excess, state = neuron.integrate(Current(torch.zeros_like(v0)), state, c)
        steps += waiting
        waiting = waiting * (excess < 0)
    y = v0 + 60.0  # (y - 5) / (y + 5) grows as exp(10 s), s = 0.01 t
    analytic = 10.0 * torch.log((85.0 / 95.0) * (y + 5.0) / (y - 5.0))
    assert (waiting == 0).all()
    assert torch.equal(steps, torch.ceil(analytic / dt))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_no_start_and_no_input_gives_infinity_or_a_gradient_that_is(dtype: torch.dtype) -> None:
    neuron = QuadraticIF()
    v, x = (grid.reshape(1, -1).to(dtype).requires_grad_() for grid in grids())
    for dt in (0.01, 1.0, 100.0):
        c = type(neuron.coefficients(dt))(*(value.to(dtype) for value in neuron.coefficients(dt)))
        excess, state = neuron.integrate(Current(x), QuadraticIFState(v), c)
        gradients = torch.autograd.grad(excess.sum() + state.v.sum(), (v, x))
        assert all(bool(value.isfinite().all()) for value in (excess, *state, *gradients))
        assert (state.v <= 30.0 + 1e-3).all()


def test_on_the_pole_itself_the_gradient_is_finite() -> None:
    """At rheobase k is 0, and 1 - y S = 1 - 8 / 8."""
    neuron = QuadraticIF()
    v = torch.full((1, 1), -52.0, dtype=torch.float64, requires_grad=True)
    x = torch.full((1, 1), 2.5, dtype=torch.float64, requires_grad=True)
    excess, state = neuron.integrate(Current(x), QuadraticIFState(v), neuron.coefficients(12.5))
    gradients = torch.autograd.grad(excess.sum() + state.v.sum(), (v, x))
    assert excess.item() == 8.0  # = y + k S, the other part being zero
    assert state.v.item() == 30.0
    assert all(bool(gradient.isfinite().all()) for gradient in gradients)


def grids() -> tuple[Tensor, Tensor]:
    """Potentials and inputs, all with all."""
    v, x = torch.linspace(-1000.0, 30.0, 60), torch.linspace(-1e4, 1e4, 61)
    first, second = torch.meshgrid(v, x, indexing="ij")
    return first, second


def test_parameters_receive_the_gradients_of_differences() -> None:
    names = ("tau", "a0", "v_rest", "v_c")
    start = [
        torch.tensor(float(getattr(QuadraticIF(), name)), dtype=torch.float64, requires_grad=True) for name in names
    ]

    def voltage(*values: Tensor) -> Tensor:
        chosen: dict[str, Any] = dict(zip(names, values, strict=True))
        neuron = replace(QuadraticIF(), **chosen)
        return held(neuron, [1.0, 9.0], duration=10.0, dt=1.0).kept["v"][-1]

    assert torch.autograd.gradcheck(voltage, start, eps=1e-5, rtol=1e-4)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"tau": 0.0}, r"QuadraticIF\.tau must be > 0 ms, got 0"),
        ({"a0": -1.0}, r"QuadraticIF\.a0 must be > 0 1/mV, got -1"),
        ({"v_c": math.nan}, r"QuadraticIF\.v_c must be a finite number in mV, got nan"),
        ({"v_peak": -55.0}, r"QuadraticIF\.v_peak must be > -55 mV, got -55; with dt=1 ms and the other"),
    ],
)
def test_parameters_out_of_range_are_refused(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        coefficients_at(QuadraticIF(**parameters), 1.0)
