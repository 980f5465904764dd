"""The event engine computes what the reference engine computes, on real digits and in both published networks.

Spikes, counters, weights and thresholds are compared bit by bit (`torch.equal`), not within a tolerance: both engines
do the same float32 operations in the same order, and neither network uses `exp` or another function inside a step.
"""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from picojoule.encode.poisson import Poisson
from picojoule.models.diehl_cook import DiehlCook2015, DiehlCook2015Conductance
from picojoule.network.network import Network
from picojoule.simulate.result import Run


def current_based(seed: int) -> tuple[Network, Poisson, int]:
    """The network, and an encoder and a number of steps that make it fire often in a short time."""
    return DiehlCook2015(n_neurons=40, inh=120.0, seed=seed), Poisson(max_rate=600.0), 60


def conductance_based(seed: int) -> tuple[Network, Poisson, int]:
    return DiehlCook2015Conductance(n_neurons=40, seed=seed), Poisson(max_rate=900.0), 80


PRESETS = pytest.mark.parametrize("make", [current_based, conductance_based])


@PRESETS
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_learning_from_twenty_digits(
    make: Callable[[int], tuple[Network, Poisson, int]], seed: int, digits: Tensor, run_both: Callable[..., Run]
) -> None:
    network, encoder, steps = make(seed)
    result = run_both(network, encoder.trains(digits, steps=steps, dt=network.dt, seed=seed))

    assert (result["Ae"].counts.sum(1) > 5).all()  # every digit excites the network, so every digit was learned
    learned = result.counts.connections["X", "Ae"]
    assert min(learned.updates_on_pre, learned.updates_on_post, learned.normalised) > 0


@PRESETS
def test_learning_in_mini_batches_the_last_of_which_is_smaller(
    make: Callable[[int], tuple[Network, Poisson, int]], digits: Tensor, run_both: Callable[..., Run]
) -> None:
    network, encoder, steps = make(3)
    spikes = encoder.trains(digits[:7], steps=steps, dt=network.dt)
    for batch_size in (3, 100):
        result = run_both(network, spikes, batch_size=batch_size)
        assert result.counts.connections["X", "Ae"].updates_on_post > 0


@PRESETS
def test_frozen_weights(
    make: Callable[[int], tuple[Network, Poisson, int]], digits: Tensor, run_both: Callable[..., Run]
) -> None:
    network, encoder, steps = make(4)
    result = run_both(network, encoder.trains(digits[:7], steps=steps, dt=network.dt), learn=False)

    assert result.counts.connections["X", "Ae"].updates_on_post == 0


def test_a_dense_tensor_means_the_same_as_trains(digits: Tensor, run_both: Callable[..., Run]) -> None:
    network, encoder, steps = current_based(0)
    trains = encoder.trains(digits[:2], steps=steps, dt=network.dt)

    listed, dense = run_both(network, trains), run_both(network, trains.dense())

    assert torch.equal(listed["Ae"].counts, dense["Ae"].counts)
    assert listed.counts == dense.counts
