"""Counters by hand: a network so small that every spike, addition and weight change can be listed."""

import pytest
import torch

from picojoule.connect.dense import Dense
from picojoule.connect.lateral import Lateral
from picojoule.connect.one_to_one import OneToOne
from picojoule.core.counts import Operations, PopulationCounts
from picojoule.core.responses import Shown, shown
from picojoule.learn.stdp.bounds import HardBounds
from picojoule.learn.stdp.homeostasis import AdaptiveThreshold
from picojoule.learn.stdp.pair import PairSTDP
from picojoule.network.network import Network
from picojoule.network.plasticity import Normalisation
from picojoule.simulate.event.engine import Event
from picojoule.simulate.reference import Reference
from picojoule.simulate.result import Run
from picojoule.simulate.run import run
from tests.held import DeltaLIF

STEPS = 6


def answered() -> tuple[Network, Run]:
    """Input 0 spikes in step 0 and makes A fire in step 1; input 1 spikes in step 3. The engines agree elsewhere."""
    network = Network(dt=1.0)
    network.add_input("X", 2)
    network.add_population("A", 3, DeltaLIF(refractory=2.0), homeostasis=AdaptiveThreshold(step=0.5, tau=1e7))
    network.add_population("B", 3, DeltaLIF())
    weight = torch.tensor([[20.0, 20.0, 0.0], [5.0, 5.0, 5.0]])
    rule = PairSTDP(nu=(0.5, 0.25), weight_bounds=HardBounds(0.0, 20.0))
    network.connect("X", "A", Dense(weight, delay=torch.ones(2, 3).int()), rule=rule, normalise=Normalisation(50.0))
    network.connect("A", "B", OneToOne(3, strength=20.0))
    network.connect("B", "A", Lateral(3, strength=-1.0))
    spikes = torch.zeros(STEPS, 2, 2)
    spikes[0, :, 0] = spikes[3, :, 1] = 1.0
    return network, run(network, spikes, learn=True, batch_size=2, engine=Reference())


@pytest.fixture(scope="module")
def both() -> tuple[Network, Run]:
    return answered()


def test_spikes(both: tuple[Network, Run]) -> None:
    _, result = both
    assert result["A"].counts.tolist() == [[1, 1, 0]] * 2
    assert result["A"].first.tolist() == [[1, 1, STEPS]] * 2  # type: ignore[union-attr]
    assert result["B"].first.tolist() == [[2, 2, STEPS]] * 2  # type: ignore[union-attr]  # one step later


def test_populations(both: tuple[Network, Run]) -> None:
    counts = both[1].counts
    assert (counts.samples, counts.steps) == (2, 2 * STEPS)
    assert counts.populations["X"] == PopulationCounts(2, spikes=4)
    a, b = counts.populations["A"], counts.populations["B"]
    assert (a.spikes, b.spikes) == (4, 4)
    assert a.updates == b.updates == 3 * STEPS * 2
    assert (a.state_words, b.state_words) == (3, 2)  # voltage, refractory steps, and an adaptive threshold
    # where(refractory <= 0, x, 0); v_rest + (v - v_rest) * decay + x; v - v_th; max(refractory - 1, 0); v >= 0
    assert b.step == Operations(additions=8, multiplications=1)
    assert a.step == Operations(additions=9, multiplications=1)  # minus the threshold's offset


def test_connections(both: tuple[Network, Run]) -> None:
    counts = both[1].counts.connections
    dense, one_to_one, lateral = counts["X", "A"], counts["A", "B"], counts["B", "A"]
    assert (dense.synapses, one_to_one.synapses, lateral.synapses) == (6, 3, 6)
    assert (dense.events, one_to_one.events, lateral.events) == (4 * 3, 4 * 1, 4 * 2)
    assert (dense.stored_weights, one_to_one.stored_weights, lateral.stored_weights) == (12, 1, 1)  # 6 and 6 delays


def test_weight_changes(both: tuple[Network, Run]) -> None:
    learned = both[1].counts.connections["X", "A"]
    assert learned.updates_on_pre == 2 * 2  # input 1 finds two postsynaptic traces; input 0 came too early
    assert learned.updates_on_post == 2 * 2  # two neurons, of whose inputs one had spiked
    assert learned.normalised == 2 * 2  # two neurons with two synapses, once in the batch
    assert learned.on_pre == Operations(additions=3, multiplications=1)  # clamp(w - nu * trace)


def test_a_step_is_counted_with_the_arithmetic_of_frozen_networks_too() -> None:
    network, learned = answered()
    frozen = run(network, torch.zeros(STEPS, 2, 2), engine=Reference())
    assert frozen.counts.connections["X", "A"].updates_on_post == 0
    assert (frozen.counts + learned.counts).samples == 4  # they add up


@pytest.mark.parametrize("engine", [Reference(), Event(threads=1)], ids=["reference", "event"])
def test_responses_know_how_samples_were_shown(engine: Event | Reference) -> None:
    network = Network(dt=0.25)
    network.add_input("X", 2)
    network.add_population("B", 3, DeltaLIF())
    responses = run(network, torch.zeros(STEPS, 1, 2), engine=engine)["B"]
    assert shown(responses) == Shown(STEPS, 0.25)
