"""`LeakyIntegrator` against its closed-form solution. Behaviour shared by all neurons: tests/contract."""

import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from picojoule.core.errors import ParameterError
from picojoule.simulate.scan.reference import ReferenceLoop
from picojoule.simulate.scan.scan import scan
from tests.held import LeakyIntegrator


def output(neuron: Any, x: Tensor, *, dt: float = 1.0) -> Tensor:
    return scan(neuron, x.reshape(-1, 1, 1).double(), dt=dt, loop=ReferenceLoop()).output.flatten()


@settings(max_examples=40)
@given(x=st.floats(-5.0, 5.0), tau=st.floats(1.0, 200.0), dt=st.sampled_from([0.1, 1.0, 4.0]))
def test_its_step_response_is_exponential(x: float, tau: float, dt: float) -> None:
    times = dt * torch.arange(1, 51, dtype=torch.float64)
    found = output(LeakyIntegrator(tau=tau), torch.full((50,), x, dtype=torch.float64), dt=dt)
    torch.testing.assert_close(found, x * (1.0 - torch.exp(-times / tau)), rtol=1e-12, atol=1e-12)


def test_its_impulse_response_is_exponential_and_sums_to_the_impulse() -> None:
    x = torch.zeros(400)
    x[0] = 3.0
    found = output(LeakyIntegrator(tau=10.0), x)
    steps = torch.arange(400, dtype=torch.float64)
    torch.testing.assert_close(found, 3.0 * (1.0 - math.exp(-0.1)) * torch.exp(-steps / 10.0), rtol=1e-12, atol=1e-15)
    assert found.sum().item() == pytest.approx(3.0, rel=1e-12)


def test_halving_dt_leaves_the_output_unchanged() -> None:
    x = torch.randn(40, generator=torch.Generator().manual_seed(1))
    once, halved = output(LeakyIntegrator(), x), output(LeakyIntegrator(), x.repeat_interleave(2), dt=0.5)[1::2]
    torch.testing.assert_close(once, halved, rtol=1e-12, atol=1e-15)


def test_no_drive_makes_it_spike() -> None:
    neuron = LeakyIntegrator(tau=1.0)
    kept = scan(neuron, torch.full((20, 2, 3), 1e6), keep=["spike"], loop=ReferenceLoop())
    assert kept.kept["spike"].sum() == 0
    assert (kept.output > 1e5).all()


def test_tau_and_the_input_receive_their_analytic_gradients() -> None:
    tau = torch.tensor(8.0, dtype=torch.float64, requires_grad=True)
    x = torch.full((6, 1, 1), 0.5, dtype=torch.float64, requires_grad=True)
    last = scan(LeakyIntegrator(tau=tau), x, loop=ReferenceLoop()).output[-1]
    by_tau, by_x = torch.autograd.grad(last.sum(), (tau, x))
    assert by_tau.item() == pytest.approx(-0.5 * 6.0 / 64.0 * math.exp(-6.0 / 8.0), rel=1e-12)
    expected = [(1.0 - math.exp(-1.0 / 8.0)) * math.exp(-(5 - t) / 8.0) for t in range(6)]
    assert by_x.flatten().tolist() == pytest.approx(expected, rel=1e-12)


def test_a_negative_time_constant_is_refused_with_name_bound_and_unit() -> None:
    with pytest.raises(ParameterError, match=r"LeakyIntegrator\.tau must be > 0 ms, got -1"):
        LeakyIntegrator(tau=-1.0)
