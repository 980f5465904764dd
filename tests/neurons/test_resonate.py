"""`BalancedResonateAndFire`: a linear oscillator in closed form, its boundary of stability, and the published code."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from picojoule.core.errors import ParameterError
from picojoule.neurons.base import Current, coefficients_at
from picojoule.neurons.resonate import BalancedResonateAndFireCoefficients, BalancedResonateAndFireState
from picojoule.neurons.surrogate import ATan
from picojoule.simulate.scan.job import LoopState, Scan
from picojoule.simulate.scan.reference import ReferenceLoop
from picojoule.simulate.scan.scan import scan
from tests.held import BalancedResonateAndFire

NEVER = 1e9  # a threshold that is not reached


def run(neuron: Any, x: Tensor, state: LoopState | None = None, *, dt: float = 10.0) -> Scan:
    return scan(neuron, x, dt=dt, state=state, keep=("u", "v", "q"), loop=ReferenceLoop())


def swinging(amplitude: float, count: int) -> LoopState:
    """A state with u at its amplitude."""
    zero = torch.zeros(1, count, dtype=torch.float64)
    return LoopState(BalancedResonateAndFireState(zero + amplitude, zero, zero))


def published(x: np.ndarray[Any, Any], omega: Any, b_offset: Any) -> tuple[Any, Any, Any, Any]:
    """The loop of the published code for input `[T, N]`, where a spike needs more than the threshold."""
    dt, theta, gamma = 0.01, 1.0, 0.9
    u, v, q = (np.zeros_like(omega) for _ in range(3))
    spikes = np.zeros_like(x)
    p_omega = (-1 + np.sqrt(1 - np.square(dt * omega))) / dt
    for t, current in enumerate(x):
        b = p_omega - np.abs(b_offset) - q
        u_next = u + b * u * dt - omega * v * dt + current * dt
        v = v + omega * u * dt + b * v * dt
        u = u_next
        spikes[t] = u - theta - q > 0
        q = gamma * q + spikes[t]
    return spikes, u, v, q


def test_it_is_the_published_code() -> None:
    draw = np.random.default_rng(2)
    omega, b_offset = draw.uniform(5.0, 50.0, 40), draw.uniform(0.1, 3.0, 40)
    x = draw.normal(0.0, 40.0, (500, 40))
    spikes, *states = published(x, omega, b_offset)
    neuron = BalancedResonateAndFire(omega=torch.from_numpy(omega), damping=torch.from_numpy(b_offset))
    ours = run(neuron, torch.from_numpy(x)[:, None])
    assert spikes.sum() > 500
    assert np.array_equal(ours.output[:, 0].numpy(), spikes)
    for mine, theirs in zip(ours.state.neuron, states, strict=True):
        np.testing.assert_allclose(mine[0].numpy(), theirs, rtol=1e-10, atol=1e-12)


@settings(max_examples=20, deadline=None)
@given(
    omega=st.floats(1.0, 95.0),
    damping=st.floats(0.0, 5.0),
    x=st.lists(st.floats(-50.0, 50.0), min_size=30, max_size=30),
    dt=st.sampled_from([1.0, 5.0, 10.0]),
)
def test_below_threshold_it_is_the_linear_oscillator(omega: float, damping: float, x: list[float], dt: float) -> None:
    """z = u + i v is multiplied by 1 + dt (b + i omega) in every step, so that inputs add up to a sum of powers."""
    neuron = BalancedResonateAndFire(omega=omega, damping=damping, v_th=NEVER)
    kept = run(neuron, torch.tensor(x, dtype=torch.float64).reshape(-1, 1, 1), dt=dt).kept
    seconds = dt / 1000.0
    b = (math.sqrt(1.0 - (seconds * omega) ** 2) - 1.0) / seconds - damping
    factor = 1.0 + seconds * complex(b, omega)
    for t in range(30):
        z = sum(seconds * x[k] * factor ** (t - k) for k in range(t + 1))
        assert kept["u"][t].item() == pytest.approx(z.real, abs=1e-11)
        assert kept["v"][t].item() == pytest.approx(z.imag, abs=1e-11)


@pytest.mark.parametrize("dt", [1.0, 10.0])
def test_without_damping_the_amplitude_stays_as_it_is(dt: float) -> None:
    """p(omega) is the boundary of stability: one step multiplies the amplitude by 1."""
    omega = torch.linspace(0.5, 990.0 / dt, 50, dtype=torch.float64)
    neuron = BalancedResonateAndFire(omega=omega, damping=0.0, v_th=NEVER)
    kept = run(neuron, torch.zeros(3000, 1, 50, dtype=torch.float64), swinging(1.0, 50), dt=dt).kept
    amplitude = torch.hypot(kept["u"], kept["v"])
    torch.testing.assert_close(amplitude, torch.ones_like(amplitude), rtol=1e-11, atol=0.0)


def test_any_damping_makes_the_amplitude_fall_in_every_step() -> None:
    omega, damping = (
        grid.reshape(-1) for grid in torch.meshgrid(torch.linspace(1, 99, 25), torch.linspace(0.1, 5, 8), indexing="ij")
    )
    neuron = BalancedResonateAndFire(omega=omega.double(), damping=damping.double(), v_th=NEVER)
    kept = run(neuron, torch.zeros(300, 1, 200, dtype=torch.float64), swinging(1.0, 200)).kept
    amplitude = torch.hypot(kept["u"], kept["v"])
    assert (amplitude[1:] < amplitude[:-1]).all()


def factor(neuron: Any, dt: float, q: Tensor) -> Tensor:
    """By how much one step without input changes the amplitude, by the neuron's own code."""
    c = BalancedResonateAndFireCoefficients(*(value.expand_as(q) for value in neuron.coefficients(dt)))
    state = BalancedResonateAndFireState(torch.ones_like(q), torch.zeros_like(q), q)
    after = neuron.integrate(Current(torch.zeros_like(q)), state, c)[1]
    return torch.hypot(after.u, after.v)


@pytest.mark.parametrize("dt", [0.1, 1.0, 10.0, 100.0])
@pytest.mark.parametrize("name", ["omega", "damping", "tau_q"])
def test_the_ranges_are_where_no_refractoriness_makes_the_amplitude_grow(dt: float, name: str) -> None:
    neuron = BalancedResonateAndFire(
        omega=torch.linspace(0.02, 0.5, 24, dtype=torch.float64) * 1000.0 / dt,
        damping=torch.linspace(0.0, 0.3, 24, dtype=torch.float64) * 1000.0 / dt,
        tau_q=torch.linspace(0.1, 0.9, 24, dtype=torch.float64).flip(0) * 0.5 * min(dt, 1000.0),
    )
    assert all(unit.holds(getattr(neuron, key)) for key, unit in neuron.ranges(dt).items())
    for share, grows in ((0.999, False), (1.001, True)):
        at_bound = replace(neuron, **{name: share * neuron.ranges(dt)[name].at_most})  # type: ignore[operator, arg-type]
        highest = 1.0 / (1.0 - at_bound.coefficients(dt).decay) * torch.ones(24, dtype=torch.float64)
        factors = [factor(at_bound, dt, highest * part) for part in (0.0, 0.3, 0.7, 1.0)]
        assert bool((~(torch.stack(factors) <= 1.0 + 1e-12)).any(0).all()) == grows  # NaN where dt omega > 1
        assert all(unit.holds(getattr(at_bound, key)) != grows for key, unit in at_bound.ranges(dt).items())


@given(spikes=st.lists(st.booleans(), min_size=60, max_size=60), share=st.floats(0.0, 1.0), dt=st.floats(0.1, 50.0))
def test_inside_the_ranges_no_train_of_spikes_makes_the_amplitude_grow(
    spikes: list[bool], share: float, dt: float
) -> None:
    neuron = BalancedResonateAndFire(omega=0.6 * 1000.0 / dt, damping=0.0, tau_q=dt)
    neuron = replace(neuron, damping=share * neuron.ranges(dt)["damping"].at_most)  # type: ignore[operator]
    c, state = neuron.coefficients(dt), swinging(1.0, 1).neuron
    before = 1.0
    for fired in spikes:
        _, state = neuron.integrate(Current(torch.zeros(1, 1, dtype=torch.float64)), state, c)  # type: ignore[arg-type]
        state = neuron.fire(torch.full((1, 1), float(fired), dtype=torch.float64), state, c)
        amplitude = math.hypot(state.u.item(), state.v.item())
        assert amplitude <= before * (1.0 + 1e-14)
        before = amplitude


def test_a_run_far_outside_would_blow_up_and_is_refused_by_name() -> None:
    x = torch.full((200, 1, 1), 50.0)
    wild = BalancedResonateAndFire(omega=10.0, damping=250.0)
    c, state = wild.coefficients(10.0), wild.initial(x[0])
    for frame in x:
        _, state = wild.integrate(Current(frame), state, c)
    assert not torch.isfinite(state.u).all() or state.u.abs() > 1e10
    with pytest.raises(
        ParameterError, match=r"BalancedResonateAndFire\.damping must be <= 188\.9\d* 1/s, got 250; with dt"
    ):
        scan(wild, x, dt=10.0)


def test_it_answers_to_its_own_frequency() -> None:
    omega = 20.0
    drives = torch.tensor([5.0, 10.0, 20.0, 40.0, 80.0], dtype=torch.float64)
    t = torch.arange(1, 4001, dtype=torch.float64)[:, None] * 0.001
    x = 5.0 * torch.sin(drives * t)[:, None]
    kept = run(BalancedResonateAndFire(omega=omega, damping=1.0, v_th=NEVER), x, dt=1.0).kept
    swing = kept["u"][2000:].abs().amax(0)[0]
    assert int(swing.argmax()) == 2
    # resonance of du/dt = -u - omega v + x, dv/dt = omega u - v: half the input over the damping
    assert swing[2].item() == pytest.approx(5.0 / 2.0, rel=0.05)


def test_a_spike_raises_threshold_and_damping_and_both_recover() -> None:
    strong = torch.zeros(40, 1, 1, dtype=torch.float64)
    strong[0] = 150.0
    kept = run(BalancedResonateAndFire(omega=10.0, damping=1.0), strong).kept
    assert kept["q"][:3].flatten().tolist() == pytest.approx([1.0, 0.9, 0.81])
    quiet = run(BalancedResonateAndFire(omega=10.0, damping=1.0, v_th=NEVER), strong).kept
    assert kept["u"][0] == quiet["u"][0] == 1.5  # no reset
    b = (math.sqrt(0.99) - 1.0) / 0.01 - 1.0
    assert quiet["u"][1].item() == pytest.approx(1.5 * (1.0 + 0.01 * b))
    assert kept["u"][1].item() == pytest.approx(1.5 * (1.0 + 0.01 * (b - 1.0)))


def test_the_spike_of_a_step_is_differentiated_through_refractoriness() -> None:
    x = torch.zeros(3, 1, 1, dtype=torch.float64)
    x[0] = 100.0
    x.requires_grad_()
    q = run(BalancedResonateAndFire(surrogate=ATan()), x).kept["q"]
    (gradient,) = torch.autograd.grad(q[0].sum(), x)
    assert gradient[0].item() == pytest.approx(0.01, rel=1e-6)  # dt times ATan's 1 at threshold


def test_parameters_receive_the_gradients_of_differences() -> None:
    x = torch.linspace(-20.0, 30.0, 20, dtype=torch.float64).reshape(-1, 1, 1)

    def swing(omega: Tensor, damping: Tensor) -> Tensor:
        return run(BalancedResonateAndFire(omega=omega, damping=damping, v_th=NEVER), x).kept["u"][-1]

    start = [torch.tensor([value], dtype=torch.float64, requires_grad=True) for value in (30.0, 1.0)]
    assert torch.autograd.gradcheck(swing, start)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"omega": 0.0}, r"BalancedResonateAndFire\.omega must be > 0 rad/s, got 0"),
        ({"damping": -0.1}, r"BalancedResonateAndFire\.damping must be >= 0 1/s, got -0\.1"),
        ({"tau_q": 0.0}, r"BalancedResonateAndFire\.tau_q must be > 0 ms, got 0"),
        (
            {"omega": torch.tensor([50.0, 125.0])},
            r"omega must be <= 99\.8\d* rad/s, got 125; with dt=10 ms and the other",
        ),
        ({"damping": 189.0}, r"damping must be <= 188\.9\d* 1/s, got 189; with dt=10 ms"),
        ({"tau_q": 2500.0}, r"tau_q must be <= 1974\.\d* ms, got 2500; with dt=10 ms"),
    ],
)
def test_parameters_out_of_range_are_refused(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        coefficients_at(BalancedResonateAndFire(**parameters), 10.0)
