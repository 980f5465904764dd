"""Every neuron model of the library as a population: the event engine gives the reference engine's spikes."""

from typing import Any

import pytest
import torch

from picojoule.compile.step import step_of
from picojoule.connect.dense import Dense
from picojoule.network.network import Network
from picojoule.simulate.event.engine import Event
from picojoule.simulate.reference import Reference
from tests.contract.benches import MODELS, bench

FUNCTIONS = {"exp", "expm1", "log", "log1p", "sqrt", "tanh", "sigmoid", "pow"}  # rounded differently by each library
NEVER_IN_A_NETWORK = {"FewSpikes": "its coefficients change from step to step"}
SILENT = {"LeakyIntegrator"}
INPUTS, NEURONS, STEPS, SAMPLES = 6, 5, 60, 2


def network(neuron: Any) -> Network:
    made, drive = Network(dt=bench(neuron).dt), bench(neuron)
    made.add_input("X", INPUTS)
    made.add_population("Y", NEURONS, neuron)
    # whole fractions of a power of two add up alike in any order; the mean drive is that of the contract's bench
    weight = torch.randint(0, 64, (INPUTS, NEURONS), generator=torch.Generator().manual_seed(1)) / 64
    made.connect("X", "Y", Dense(weight * drive.strength * 2 / INPUTS, port=neuron.ports._fields[0]))
    return made


@pytest.mark.parametrize("name", sorted(MODELS))
def test_both_engines_give_the_same_spikes(name: str) -> None:
    neuron = MODELS[name]()
    if name in NEVER_IN_A_NETWORK:
        with pytest.raises(Exception, match=name):
            Event().run(network(neuron), torch.zeros(3, 1, INPUTS), learn=False, batch_size=1, record=())
        return
    generator = torch.Generator().manual_seed(2)
    spikes = (torch.rand(STEPS, SAMPLES, INPUTS, generator=generator) < 0.6).float()
    runs: list[Any] = [
        engine.run(network(neuron), spikes, learn=False, batch_size=1, record=["Y"])["Y"]
        for engine in (Event(), Reference())
    ]
    compiled, plain = runs
    assert (int(plain.counts.sum()) > 3) == (name not in SILENT)
    if {node.op for node in step_of(neuron).forward.nodes} & FUNCTIONS:
        assert (compiled.counts - plain.counts).abs().max() <= 1  # a crossing may fall into the next step
        assert (compiled.first - plain.first).abs().max() <= 1
    else:
        assert torch.equal(compiled.events.t, plain.events.t)
        assert torch.equal(compiled.counts, plain.counts)
