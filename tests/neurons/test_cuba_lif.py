"""`CubaLIF` against its closed-form solution. Behaviour shared by all neurons: tests/contract."""

import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from picojoule.core.errors import ParameterError
from picojoule.neurons.reset import SoftReset
from picojoule.simulate.scan.job import Scan
from picojoule.simulate.scan.reference import ReferenceLoop
from picojoule.simulate.scan.scan import scan
from tests.held import CubaLIF


def pulse(weight: float, steps: int) -> Tensor:
    x = torch.zeros(steps, 1, 1, dtype=torch.float64)
    x[0] = weight
    return x


def run(neuron: Any, x: Tensor, *, dt: float = 1.0) -> Scan:
    return scan(neuron, x, dt=dt, keep=["v", "i"], loop=ReferenceLoop())


def response(t: Tensor, tau: float, tau_syn: float) -> Tensor:
    """Of the potential to a current of 1 at t = 0, from the textbook."""
    return tau_syn / (tau_syn - tau) * (torch.exp(-t / tau_syn) - torch.exp(-t / tau))


@settings(max_examples=50)
@given(
    tau=st.floats(2.0, 100.0), ratio=st.sampled_from([0.05, 0.3, 0.9, 1.2, 7.0]), dt=st.sampled_from([0.1, 1.0, 5.0])
)
def test_a_single_spike_gives_the_difference_of_two_exponentials(tau: float, ratio: float, dt: float) -> None:
    result = run(CubaLIF(tau=tau, tau_syn=ratio * tau, v_rest=-0.5), pulse(0.9, 60), dt=dt)
    times = dt * torch.arange(1, 61, dtype=torch.float64)
    expected = -0.5 + 0.9 * response(times, tau, ratio * tau)
    torch.testing.assert_close(result.kept["v"].flatten(), expected, rtol=1e-11, atol=1e-13)
    current = 0.9 * torch.exp(-times / (ratio * tau))
    torch.testing.assert_close(result.kept["i"].flatten(), current, rtol=1e-12, atol=1e-15)


def test_equal_time_constants_give_the_alpha_function() -> None:
    result = run(CubaLIF(tau=10.0, tau_syn=10.0), pulse(0.9, 60))
    times = torch.arange(1, 61, dtype=torch.float64)
    torch.testing.assert_close(
        result.kept["v"].flatten(), 0.9 * times / 10 * torch.exp(-times / 10), rtol=1e-12, atol=0
    )


@pytest.mark.parametrize("apart", [0.0, 1e-14, 1e-9, 1e-5, 0.0031, 0.00999, 0.01001, 0.03])
def test_nearly_equal_time_constants_keep_all_digits(apart: float) -> None:
    """Against a power series with 30 terms; the plain quotient has none left at 1e-14."""
    m = 0.25
    neuron = CubaLIF(tau=1.0 / m, tau_syn=1.0 / (m + apart))
    d = 1.0 / neuron.tau - 1.0 / neuron.tau_syn  # as it is after rounding
    series = sum(d**k / math.factorial(k + 1) for k in range(30))
    exact = m * math.exp(-m) * series
    assert neuron.coefficients(1.0).response.item() == pytest.approx(exact, rel=3e-15 + 2e-16 / max(apart, 1e-2))


@pytest.mark.parametrize("ratio", [0.01, 0.5, 0.98, 1.0, 1.0001, 1.02, 2.0, 100.0])
def test_the_response_has_its_analytic_gradient_at_any_ratio(ratio: float) -> None:
    def of(tau: Tensor, tau_syn: Tensor) -> Tensor:
        return CubaLIF(tau=tau, tau_syn=tau_syn).coefficients(2.0).response

    taus = [torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in (10.0, 10.0 * ratio)]
    assert torch.autograd.gradcheck(of, taus, eps=1e-4, atol=1e-7, rtol=1e-6)


@pytest.mark.parametrize("taus", [(1e-3, 1e4), (1e4, 1e-3), (1e-3, 1e-3), (1e8, 1e8)])
def test_extreme_time_constants_give_finite_numbers(taus: tuple[float, float]) -> None:
    tensors = [torch.tensor(tau, requires_grad=True) for tau in taus]
    c = CubaLIF(tau=tensors[0], tau_syn=tensors[1]).coefficients(1.0)
    gradients = torch.autograd.grad(c.response, tensors)
    assert torch.isfinite(torch.stack([c.response, *gradients])).all()


def test_halving_dt_leaves_the_potential_unchanged() -> None:
    neuron = CubaLIF(tau=12.0, tau_syn=3.0, v_th=100.0)
    x = torch.rand(30, 1, 1, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    finer = torch.zeros(60, 1, 1, dtype=torch.float64)
    finer[::2] = x  # spikes arrive at the beginning of a step
    once, halved = run(neuron, x), run(neuron, finer, dt=0.5)
    torch.testing.assert_close(once.kept["v"], halved.kept["v"][1::2], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("weight", [6.4, 8.0, 30.0, 1000.0])  # its peak is 6.35 times lower than the weight
def test_a_spike_comes_when_the_response_crosses_the_threshold(weight: float) -> None:
    tau, tau_syn, dt = 20.0, 5.0, 0.01
    times = dt * torch.arange(1, 3001, dtype=torch.float64)
    crossing = int((weight * response(times, tau, tau_syn) >= 1.0).nonzero()[0])
    result = run(CubaLIF(tau=tau, tau_syn=tau_syn), pulse(weight, 3000), dt=dt)
    assert int(result.output.flatten().nonzero()[0]) == crossing


def test_the_current_goes_on_after_a_reset_and_makes_further_spikes() -> None:
    result = run(CubaLIF(tau=20.0, tau_syn=50.0), pulse(8.0, 100))
    times = torch.arange(1, 101, dtype=torch.float64)
    torch.testing.assert_close(result.kept["i"].flatten(), 8.0 * torch.exp(-times / 50.0), rtol=1e-12, atol=0.0)
    assert result.output.sum() > 5
    assert (result.kept["v"][result.output > 0] == 0.0).all()


def test_a_soft_reset_keeps_what_was_above_threshold() -> None:
    hard, soft = (run(CubaLIF(reset=r) if r else CubaLIF(), pulse(30.0, 20)) for r in (None, SoftReset()))
    first = int(hard.output.flatten().nonzero()[0])
    free = 30.0 * response(torch.tensor(first + 1.0).double(), 20.0, 5.0)
    assert hard.kept["v"][first].item() == 0.0
    assert soft.kept["v"][first].item() == pytest.approx(free.item() - 1.0, rel=1e-12)


@pytest.mark.parametrize("name", ["tau", "tau_syn"])
def test_both_time_constants_receive_finite_gradients(name: str) -> None:
    value = torch.tensor([5.0, 20.0], dtype=torch.float64, requires_grad=True)
    x = torch.rand(60, 3, 2, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    parameters: dict[str, Any] = {name: value}
    result = scan(CubaLIF(**parameters), 2.0 * x, loop=ReferenceLoop())
    assert result.output.sum() > 5
    (gradient,) = torch.autograd.grad(result.output.sum(), value)
    assert torch.isfinite(gradient).all()
    assert (gradient != 0).all()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"tau": 0.0}, r"CubaLIF\.tau must be > 0 ms, got 0"),
        ({"tau_syn": -5.0}, r"CubaLIF\.tau_syn must be > 0 ms, got -5"),
        ({"v_th": math.nan}, r"CubaLIF\.v_th must be a finite number in thresholds or mV, got nan"),
    ],
)
def test_parameters_out_of_range_are_refused_with_name_bound_and_unit(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        CubaLIF(**parameters)
