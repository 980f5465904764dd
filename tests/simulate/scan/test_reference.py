"""The reference loop against recurrences written out by hand."""

from typing import Any

import pytest
import torch

from picojoule.neurons.conductance_lif import ConductanceLIF
from picojoule.neurons.few_spikes import FewSpikes
from picojoule.neurons.surrogate import ATan, Boxcar, FastSigmoid
from picojoule.simulate.scan.job import Scan
from picojoule.simulate.scan.reference import ReferenceLoop, spike
from picojoule.simulate.scan.scan import scan
from tests.held import IF, LIF

X = torch.rand(12, 2, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 3.0


def run(neuron: Any, x: Any = X, *, smooth: bool = False, **asked: Any) -> Scan:
    return scan(neuron, x, loop=ReferenceLoop(smooth=smooth), **asked)


def test_a_spike_is_a_step_whose_derivative_is_the_surrogate_s() -> None:
    excess = torch.tensor([-1.0, -0.0, 0.0, 0.3], dtype=torch.float64, requires_grad=True)
    steps = spike(excess, FastSigmoid(3.0))
    assert steps.tolist() == [0.0, 1.0, 1.0, 1.0]
    steps.backward(torch.full((4,), 2.0, dtype=torch.float64))  # type: ignore[no-untyped-call]
    assert excess.grad is not None
    torch.testing.assert_close(excess.grad, 2.0 * FastSigmoid(3.0).derivative(excess.detach()))


def test_a_leaky_neuron_by_hand() -> None:
    decay, v, spikes = torch.exp(torch.tensor(-1.0 / 5.0, dtype=torch.float64)), torch.zeros(2, 3).double(), []
    for x in X:
        v = x + (v - x) * decay
        spikes.append((v >= 1.0).double())
        v = torch.where(v >= 1.0, 0.0, v)
    found = run(LIF(tau=5.0), keep=["v"])
    assert torch.equal(found.output, torch.stack(spikes))
    assert torch.equal(found.state.neuron[0], v)
    assert 3 < found.output.sum() < 30


def test_spikes_come_back_through_the_matrix_a_step_later() -> None:
    weight = torch.tensor([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]])
    x = torch.zeros(4, 1, 3)
    x[0, 0, 0] = 1.0
    found = run(IF(), x, weight=weight)
    assert found.output.flatten(1).nonzero().tolist() == [[0, 0], [1, 1], [2, 2]]
    assert found.state.spikes is not None
    assert run(IF(), x[:2], weight=weight).state.spikes.tolist() == [[0.0, 1.0, 0.0]]  # type: ignore[union-attr]


def test_the_recurrent_current_arrives_at_the_first_port() -> None:
    exc, inh = torch.zeros(2, 3, 1, 2)
    exc[0, 0, 0] = 60.0
    found = run(ConductanceLIF(tau=5.0), (exc, inh), weight=torch.tensor([[0.0, 0.5], [0.0, 0.0]]), keep=["g_exc"])
    assert found.output[0, 0].tolist() == [1.0, 0.0]
    assert found.kept["g_exc"][1, 0, 1] == 0.5


def test_coefficients_of_each_step_are_taken_in_turn() -> None:
    few = FewSpikes(threshold=(1.0, 2.0, 0.5), reset=(1.0, 1.0, 1.0), weight=(1.0, 10.0, 100.0))
    x = torch.zeros(3, 1, 1)
    x[0] = 1.75
    found = run(few, x)
    assert found.output.flatten().tolist() == [1.0, 0.0, 1.0]
    assert found.state.neuron[1].item() == 101.0


def test_a_sample_that_sleeps_stands_still() -> None:
    mask = torch.ones(12, 2, dtype=torch.bool)
    mask[3:6, 1] = False
    found = run(LIF(tau=5.0), keep=["v"], mask=mask)
    awake = run(LIF(tau=5.0), torch.cat([X[:3], X[6:]]), keep=["v"])
    assert not found.output[3:6, 1].any()
    assert torch.equal(found.kept["v"][3:6, 1], found.kept["v"][2, 1].expand(3, 3))
    assert torch.equal(found.output[6:, 1], awake.output[3:, 1])
    assert torch.equal(found.output[:, 0], run(LIF(tau=5.0)).output[:, 0])


@pytest.mark.parametrize("surrogate", [ATan(3.0), Boxcar(width=0.7)], ids=repr)
def test_a_smooth_loop_takes_the_smooth_step_for_the_spike(surrogate: Any) -> None:
    x = torch.full((1, 1, 1), 0.8, dtype=torch.float64)
    found = run(IF(surrogate=surrogate), x, smooth=True)
    torch.testing.assert_close(found.output[0], surrogate.smooth(x[0] - 1.0))


def test_loops_are_equal_by_what_they_do() -> None:
    assert ReferenceLoop() == ReferenceLoop(smooth=False)
    assert ReferenceLoop(smooth=True) != ReferenceLoop()
