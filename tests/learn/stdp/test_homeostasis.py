"""`AdaptiveThreshold` against its closed form, alone and in a network."""

import math

import pytest
import torch
from torch import Tensor

from picojoule.connect.one_to_one import OneToOne
from picojoule.core.errors import ParameterError
from picojoule.learn.stdp.homeostasis import AdaptiveThreshold
from picojoule.network.network import Network
from picojoule.neurons.selection import OnePerStep
from picojoule.simulate.reference import Reference
from picojoule.simulate.run import run
from tests.held import DeltaLIF


def network_of(
    n: int, homeostasis: AdaptiveThreshold, *, selection: OnePerStep | None = None, strength: float = 50.0
) -> Network:
    """One input for each neuron; a spike of it makes the neuron fire one step later, unless its threshold is high."""
    network = Network(dt=2.0)
    network.add_input("X", n)
    neuron = DeltaLIF(v_th=13.0, v_rest=0.0, v_reset=0.0, refractory=0.0)
    network.add_population("Y", n, neuron, selection=selection, homeostasis=homeostasis)
    network.connect("X", "Y", OneToOne(n, strength=strength))
    return network


def theta(network: Network) -> Tensor:
    values = network.population("Y").theta
    assert values is not None
    return values


def spikes(steps: int, *rows: list[int]) -> Tensor:
    given = torch.zeros(steps, 1, len(rows))
    for i, times in enumerate(rows):
        given[times, 0, i] = 1.0
    return given


def test_rise_and_decay_have_their_closed_form() -> None:
    rule = AdaptiveThreshold(step=0.05, tau=1000.0)
    c = rule.coefficients(duration=250.0)
    value = torch.tensor([2.0], dtype=torch.float64)
    for _ in range(8):
        value = rule.on_crossing(value, c)
    assert value.item() == pytest.approx(2.4, rel=1e-14)
    for _ in range(4):
        value = rule.after_sample(value, c)
    assert value.item() == pytest.approx(2.4 * math.exp(-1.0), rel=1e-14)


def test_in_a_network_every_spike_raises_and_every_sample_decays() -> None:
    network = network_of(3, AdaptiveThreshold(step=0.5, tau=300.0, initial=1.0))
    given = spikes(10, [0, 4, 6], [2], []).expand(-1, 2, -1)  # two samples
    run(network, given, learn=True, engine=Reference())
    left = math.exp(-20.0 / 300.0)  # 10 steps of 2 ms
    expected = [((1.0 + 0.5 * n) * left + 0.5 * n) * left for n in (3, 1, 0)]
    assert theta(network).tolist() == pytest.approx(expected, rel=1e-6)


def test_evaluation_leaves_thresholds_alone() -> None:
    network = network_of(2, AdaptiveThreshold(step=0.5, tau=300.0, initial=1.0))
    run(network, spikes(10, [0, 4], [2]), engine=Reference())
    assert theta(network).tolist() == [1.0, 1.0]


def test_a_raised_threshold_needs_more_input() -> None:
    network = network_of(2, AdaptiveThreshold(), strength=20.0)
    theta(network).copy_(torch.tensor([6.9, 7.1]))  # thresholds of 19.9 and 20.1 mV
    result = run(network, spikes(4, [0], [0]), engine=Reference())
    assert result["Y"].counts.tolist() == [[1, 0]]


def test_within_a_sample_a_threshold_stops_the_neuron_that_raised_it() -> None:
    network = network_of(1, AdaptiveThreshold(step=4.0, tau=1e9), strength=20.0)
    result = run(network, spikes(8, [0, 2, 4]), learn=True, engine=Reference())
    assert result["Y"].counts.tolist() == [[2]]  # at 13 and 17 mV, but not at 21


@pytest.mark.parametrize(("losers_reset", "expected"), [(True, [0.5, 0.5]), (False, [0.5, 0.0])])
def test_losers_rise_only_if_they_are_reset(losers_reset: bool, expected: list[float]) -> None:
    rule = AdaptiveThreshold(step=0.5, tau=1e12)
    network = network_of(2, rule, selection=OnePerStep(losers_reset=losers_reset), strength=13.0)
    run(network, spikes(2, [0], [0]), learn=True, engine=Reference())
    assert theta(network).tolist() == pytest.approx(expected, abs=1e-6)


def test_thresholds_start_at_the_initial_offset_and_are_saved() -> None:
    network = network_of(2, AdaptiveThreshold(initial=20.0))
    assert network.state_dict()["populations.Y.theta"].tolist() == [20.0, 20.0]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"step": -0.1}, r"AdaptiveThreshold\.step must be >= 0 thresholds or mV, got -0\.1"),
        ({"tau": 0.0}, r"AdaptiveThreshold\.tau must be > 0 ms, got 0"),
        ({"initial": math.nan}, r"AdaptiveThreshold\.initial must be a finite number in thresholds or mV, got nan"),
    ],
)
def test_parameters_out_of_range_are_refused(parameters: dict[str, float], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        AdaptiveThreshold(**parameters)
