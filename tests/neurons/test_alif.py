"""`ALIF` against the published recurrence and its closed forms. Behaviour shared by all neurons: tests/contract."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor

from picojoule.core.errors import ParameterError
from picojoule.neurons.bells import MultiGaussian
from picojoule.simulate.scan.job import Scan
from picojoule.simulate.scan.reference import ReferenceLoop, spike
from picojoule.simulate.scan.scan import scan
from tests.held import ALIF

Array = NDArray[np.float64]


def run(neuron: Any, x: Tensor, *, dt: float = 1.0) -> Scan:
    return scan(neuron, x, dt=dt, keep=["v", "b"], loop=ReferenceLoop())


def constant(drive: float, steps: int) -> Tensor:
    return torch.full((steps, 1, 1), drive, dtype=torch.float64)


def noise(high: float, steps: int = 120) -> Tensor:
    return high * torch.rand(steps, 3, 4, generator=torch.Generator().manual_seed(5), dtype=torch.float64)


def published(x: Array, *, tau_m: float, tau_adp: float, b0: float, beta: float) -> tuple[Array, Array, Array]:
    """Section 1.1 of the published code, line by line, with >= for its >."""
    alpha, rho, dt = np.exp(-1.0 / tau_m), np.exp(-1.0 / tau_adp), 1.0
    mem, s, b = np.zeros_like(x[0]), np.zeros_like(x[0]), np.full_like(x[0], b0)
    spikes, potentials, adaptations = [], [], []
    for current in x:
        b = rho * b + (1.0 - rho) * s
        big_b = b0 + beta * b
        mem = mem * alpha + (1.0 - alpha) * 1.0 * current - big_b * s * dt
        s = (mem - big_b >= 0).astype(float)
        spikes.append(s)
        potentials.append(mem)
        adaptations.append(b)
    return np.stack(spikes), np.stack(potentials), np.stack(adaptations)


@pytest.mark.parametrize(
    ("b0", "beta", "tau_m", "tau_adp"),
    [(0.01, 1.8, 20.0, 150.0), (0.1, 1.8, 20.0, 20.0), (1.6, 0.184, 20.0, 200.0), (0.5, 0.0, 5.0, 10.0)],
)
def test_it_is_the_published_recurrence(b0: float, beta: float, tau_m: float, tau_adp: float) -> None:
    constants = {"b0": b0, "beta": beta, "tau_m": tau_m, "tau_adp": tau_adp}
    x = noise(4.0 * (b0 + beta * b0) + 1.0)
    spikes, mem, b = published(x.numpy(), **constants)
    parameters: dict[str, Any] = constants
    result = run(ALIF(**parameters), x)
    assert 20 < spikes.sum() < 0.9 * spikes.size
    np.testing.assert_array_equal(result.output.numpy(), spikes)
    np.testing.assert_allclose(result.kept["v"].numpy(), mem, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(result.kept["b"].numpy(), b, rtol=1e-12, atol=1e-15)


@settings(max_examples=20)
@given(drive=st.floats(0.05, 2.0), tau_m=st.floats(5.0, 50.0), tau_adp=st.floats(10.0, 300.0), b0=st.floats(0.01, 0.5))
def test_the_first_spike_comes_when_the_potential_meets_the_falling_threshold(
    drive: float, tau_m: float, tau_adp: float, b0: float
) -> None:
    times = np.arange(1, 201)
    potential = drive * (1.0 - np.exp(-times / tau_m))
    threshold = b0 * (1.0 + 1.8 * np.exp(-times / tau_adp))
    above = np.flatnonzero(potential - threshold >= 1e-12)
    result = run(ALIF(tau_m=tau_m, tau_adp=tau_adp, b0=b0), constant(drive, 200)).output.flatten().nonzero()
    first = [int(result[0])] if len(result) else []
    near = np.flatnonzero(np.abs(potential - threshold) < 1e-12)
    assert first == above[:1].tolist() or (len(near) and first == near[:1].tolist())


def test_without_adaptation_intervals_are_those_of_a_soft_reset() -> None:
    """beta = 0: the threshold stays at b0, and a spike takes b0 from the potential one step later."""
    alpha, drive, b0 = math.exp(-1.0 / 20.0), 0.9, 0.6
    times = run(ALIF(beta=0.0, b0=b0), constant(drive, 200)).output.flatten().nonzero().flatten().tolist()
    start = 0.0
    expected, t = [], -1
    for _ in times:
        steps = math.ceil(math.log((drive - start) / (drive - b0)) / -math.log(alpha))
        t += steps
        expected.append(t)
        reached = drive + (start - drive) * alpha**steps
        start = reached - b0 / alpha  # taken after the decay of the next step, so more is taken before it
    assert len(times) > 5
    assert times == expected


def test_spikes_pay_for_the_input_that_does_not_leak() -> None:
    """Summed over time: each spike takes the threshold that it has raised already."""
    neuron = ALIF(b0=0.2)
    result = run(neuron, noise(3.0, steps=150))
    s, v, b = result.output, result.kept["v"], result.kept["b"]
    taken = (0.2 + 1.8 * b[1:]) * s[:-1]  # B of a step, with the spike of the step before
    came = (1.0 - math.exp(-1.0 / 20.0)) * (noise(3.0, steps=150)[1:] - v[:-1])
    torch.testing.assert_close(taken.sum(0), (came.sum(0) - (v[-1] - v[0])), rtol=1e-10, atol=1e-12)


def test_the_adaptation_goes_to_the_rate_of_the_spikes() -> None:
    neuron = ALIF(tau_adp=30.0, b0=0.1)
    result = run(neuron, constant(2.0, 6000))
    late = slice(3000, None)
    rate = result.output[late].mean().item()
    assert 0.02 < rate < 0.5
    assert result.kept["b"][late].mean().item() == pytest.approx(rate, rel=0.01)


def test_a_constant_input_gives_fewer_and_fewer_spikes() -> None:
    times = run(ALIF(b0=0.02), constant(1.0, 1500)).output.flatten().nonzero().flatten()
    intervals = times.diff().tolist()
    assert intervals[-1] > 3 * intervals[0]
    assert np.mean(intervals[-5:]) > np.mean(intervals[5:10]) > np.mean(intervals[:5])


def test_the_decays_are_exact_for_any_step() -> None:
    slow, fast = (run(ALIF(b0=10.0), constant(0.9, n), dt=dt) for n, dt in ((20, 2.0), (80, 0.5)))
    for name in ("v", "b"):
        torch.testing.assert_close(slow.kept[name], fast.kept[name][3::4], rtol=1e-12, atol=0.0)


def gradients_by_hand(x: Tensor, tau_m: Tensor, *, detached: bool) -> tuple[Tensor, ...]:
    """Gradients of a loss by autograd through the published lines."""
    alpha, rho = torch.exp(-1.0 / tau_m), math.exp(-1.0 / 150.0)
    mem, s, b = torch.zeros_like(x[0]), torch.zeros_like(x[0]), torch.full_like(x[0], 0.01)
    total = torch.zeros(())
    for t, current in enumerate(x):
        before = s.detach() if detached else s
        b = rho * b + (1.0 - rho) * before
        threshold = 0.01 + 1.8 * b
        mem = mem * alpha + (1.0 - alpha) * current - threshold * before
        s = spike(mem - threshold, MultiGaussian())
        total = total + (math.cos(t) * s).sum()
    return torch.autograd.grad(total, (x, tau_m))


def test_gradients_flow_through_the_spike_of_the_step_before() -> None:
    tau_m = torch.tensor(20.0, dtype=torch.float64, requires_grad=True)
    x = noise(2.0, steps=40).requires_grad_()
    loss = sum((math.cos(t) * s).sum() for t, s in enumerate(run(ALIF(tau_m=tau_m), x).output.unbind(0)))
    assert isinstance(loss, Tensor)
    found = torch.autograd.grad(loss, (x, tau_m))
    for one, other in zip(found, gradients_by_hand(x, tau_m, detached=False), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-14)
    assert not torch.allclose(found[0], gradients_by_hand(x, tau_m, detached=True)[0], rtol=1e-2)


@pytest.mark.parametrize("name", ["tau_m", "tau_adp", "b0", "beta", "r_m"])
def test_every_parameter_receives_a_gradient_for_each_neuron(name: str) -> None:
    value = torch.full((4,), getattr(ALIF(), name), dtype=torch.float64, requires_grad=True)
    parameters: dict[str, Any] = {name: value}
    (gradient,) = torch.autograd.grad(run(ALIF(**parameters), noise(2.0)).output.sum(), value)
    assert torch.isfinite(gradient).all()
    assert (gradient != 0).all()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"tau_m": 0.0}, r"ALIF\.tau_m must be > 0 ms, got 0"),
        ({"tau_adp": -1.0}, r"ALIF\.tau_adp must be > 0 ms, got -1"),
        ({"b0": -0.1}, r"ALIF\.b0 must be >= 0 thresholds or mV, got -0\.1"),
        ({"beta": -1.8}, r"ALIF\.beta must be >= 0 times, got -1\.8"),
        ({"r_m": 0.0}, r"ALIF\.r_m must be > 0 times, got 0"),
    ],
)
def test_parameters_out_of_range_are_refused_with_name_bound_and_unit(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        ALIF(**parameters)
