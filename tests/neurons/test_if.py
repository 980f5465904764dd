"""`IF` against its closed-form solution. Behaviour shared by all neurons: tests/contract."""

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
from tests.held import IF


def run(neuron: Any, x: float | Tensor, steps: int, *, dt: float = 1.0) -> Scan:
    return scan(neuron, torch.zeros(steps, 1, 1).double() + x, dt=dt, keep=["v"], loop=ReferenceLoop())


@settings(max_examples=40)
@given(x=st.integers(1, 64), dt=st.sampled_from([1.0, 0.5, 0.25]), v_th=st.sampled_from([0.5, 1.0, 2.0]))
def test_a_soft_reset_gives_input_over_threshold_spikes_per_ms(x: int, dt: float, v_th: float) -> None:
    drive = x / 64 * v_th / dt  # binary fractions, at most a spike per step: nothing is rounded
    steps = 96
    result = run(IF(v_th=v_th, reset=SoftReset()), drive, steps, dt=dt)
    assert result.output.sum() == math.floor(drive * steps * dt / v_th)
    assert result.state.neuron[0].item() == drive * steps * dt - v_th * result.output.sum().item()


@given(x=st.floats(0.05, 3.0))
def test_a_hard_reset_loses_what_is_above_threshold(x: float) -> None:
    times = run(IF(), x, 100).output.flatten().nonzero().flatten()
    steps, v = 0, 0.0
    while v < 1.0:
        steps, v = steps + 1, v + x
    assert times.tolist() == list(range(steps - 1, 100, steps))


def test_nothing_leaks() -> None:
    x = torch.zeros(1000, 1, 1)
    x[0], x[-1] = 0.75, 0.25
    assert run(IF(), x, 1000).output.flatten().nonzero().tolist() == [[999]]


def test_negative_input_goes_below_and_is_not_forgotten() -> None:
    result = run(IF(reset=SoftReset()), -0.5, 10)
    assert result.output.sum() == 0
    assert result.state.neuron[0].item() == -5.0


def test_it_starts_at_the_reset_potential() -> None:
    result = run(IF(v_th=-50.0, v_reset=-65.0), 3.0, 10)
    assert result.output.flatten().nonzero().flatten().tolist() == [4, 9]  # 15 mV at 3 mV per ms


def test_the_threshold_itself_is_a_spike() -> None:
    assert run(IF(), 0.25, 4).output.flatten().tolist() == [0.0, 0.0, 0.0, 1.0]


def test_the_gradient_of_the_potential_is_the_time_that_the_input_acts() -> None:
    x = torch.full((7, 1, 1), 0.05, dtype=torch.float64, requires_grad=True)
    kept = scan(IF(), x, dt=0.5, keep=["v"], loop=ReferenceLoop()).kept["v"]
    (gradient,) = torch.autograd.grad(kept[4].sum(), x)
    assert gradient.flatten().tolist() == [0.5] * 5 + [0.0] * 2


@pytest.mark.parametrize("reset", [None, SoftReset()])
def test_the_threshold_receives_a_finite_gradient(reset: SoftReset | None) -> None:
    v_th = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    neuron = IF(v_th=v_th) if reset is None else IF(v_th=v_th, reset=reset)
    (gradient,) = torch.autograd.grad(run(neuron, 0.3, 40).output.sum(), v_th)
    assert torch.isfinite(gradient)
    assert gradient < 0  # a higher threshold, fewer spikes


def test_parameters_out_of_range_are_refused_with_name_and_unit() -> None:
    with pytest.raises(ParameterError, match=r"IF\.v_th must be a finite number in thresholds or mV, got inf"):
        IF(v_th=math.inf)
