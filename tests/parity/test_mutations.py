"""Would parity notice? Every arithmetic operation of a generated loop is changed in turn, and each change must show."""

import copy
import re
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest
import torch
from torch import Generator, Tensor

from picojoule.connect.dense import Dense
from picojoule.connect.lateral import Lateral
from picojoule.connect.one_to_one import OneToOne
from picojoule.learn.stdp.homeostasis import AdaptiveThreshold
from picojoule.learn.stdp.pair import PairSTDP
from picojoule.learn.stdp.triplet import TripletSTDP
from picojoule.network.network import Network
from picojoule.network.plasticity import Normalisation
from picojoule.neurons.conductance_lif import ConductanceLIF
from picojoule.neurons.selection import OnePerStep
from picojoule.simulate.event import cache
from picojoule.simulate.event.engine import Event
from picojoule.simulate.reference import Reference
from picojoule.simulate.result import Run
from picojoule.simulate.run import run
from tests.held import DeltaLIF

OPERATION = re.compile(r"^\s*(e_\w+|w|theta|received|excess) (\+?=) .*$")  # a line that computes, not one that counts
CHANGED = {
    " + ": " - ",
    " - ": " + ",
    " * ": " + ",
    " > ": " <= ",
    " >= ": " < ",
    " <= ": " > ",
    " < ": " >= ",
    "+=": "=",
}
Outcome = tuple[Run, Network]


def current_based() -> Network:
    """The current-based network with a second input that keeps inhibitory neurons busy."""
    network = Network(dt=1.0)
    network.add_input("X", 8)
    network.add_input("S", 4)
    network.add_population(
        "Ae",
        4,
        DeltaLIF(refractory=4.0),
        selection=OnePerStep(),
        homeostasis=AdaptiveThreshold(step=0.7, tau=500.0),
    )
    network.add_population("Ai", 4, DeltaLIF(tau=10.0, v_th=-40.0, v_rest=-60.0, v_reset=-45.0, refractory=3.0))
    network.connect("X", "Ae", dense(8, 0.9), rule=PairSTDP(nu=(0.05, 0.2)), normalise=Normalisation(4.0))
    network.connect("Ae", "Ai", OneToOne(4, strength=13.0))
    network.connect("S", "Ai", OneToOne(4, strength=9.0))
    network.connect("Ai", "Ae", Lateral(4, strength=-2.5))
    return network


def conductance_based() -> Network:
    """The conductance-based network with delays, whose inhibitory neurons inhibit each other and have an input too."""
    network = Network(dt=0.5)
    network.add_input("X", 8)
    network.add_input("S", 4)
    neuron = ConductanceLIF(tau=20.0, v_th=-62.0, v_reset=-66.0, refractory=1.5)
    network.add_population("Ae", 4, neuron, homeostasis=AdaptiveThreshold(step=0.7, tau=500.0))
    network.add_population("Ai", 4, ConductanceLIF(tau=10.0, v_th=-60.0, v_reset=-64.0, refractory=1.0))
    late = torch.randint(1, 5, (8, 4), generator=Generator().manual_seed(4))
    afferent = dense(8, 0.6, delay=late, port="exc")
    network.connect("X", "Ae", afferent, rule=TripletSTDP(nu=(0.05, 0.2)), normalise=Normalisation(2.5))
    network.connect("Ae", "Ai", OneToOne(4, strength=1.0, port="exc"))
    network.connect("S", "Ai", dense(4, 0.8, port="exc"))
    network.connect("Ai", "Ai", Lateral(4, strength=0.3, port="inh"))
    network.connect("Ai", "Ae", Lateral(4, strength=0.3, port="inh"))
    return network


def dense(n: int, high: float, *, delay: Tensor | None = None, port: str = "current") -> Dense:
    return Dense(high * torch.rand(n, 4, generator=Generator().manual_seed(n)), delay=delay, port=port)


def spikes_for(network: Network) -> dict[str, Tensor]:
    generator = Generator().manual_seed(3)
    return {name: (torch.rand(40, 4, n, generator=generator) < 0.45).float() for name, n in network.inputs.items()}


def changes(source: str) -> Iterator[tuple[str, str]]:
    """Each operation of the source, and the source with only that operation changed."""
    lines = source.split("\n")
    for number, line in enumerate(lines):
        if OPERATION.match(line):
            for old, new in CHANGED.items():
                if old in line:
                    changed = [*lines[:number], line.replace(old, new, 1), *lines[number + 1 :]]
                    yield f"{line.strip()}  with  {new}", "\n".join(changed)


def outcome(network: Network, spikes: dict[str, Tensor], engine: Event | Reference) -> Outcome:
    own = copy.deepcopy(network)
    return run(own, spikes, learn=True, engine=engine), own


def same(one: Outcome, other: Outcome) -> bool:
    states = one[1].state_dict(), other[1].state_dict()
    return one[0].counts == other[0].counts and all(torch.equal(states[0][name], states[1][name]) for name in states[0])


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # a changed operation may overflow
@pytest.mark.parametrize("make", [current_based, conductance_based])
def test_every_changed_operation_is_noticed(
    make: Callable[[], Network],
    generated: tuple[Callable[..., str], Callable[[str], ModuleType]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source_of, module_of = generated
    network = make()
    spikes = spikes_for(network)
    truth = outcome(network, spikes, Reference())
    source = source_of(network, learn=True)

    def result_of(text: str) -> Outcome:
        monkeypatch.setattr(cache, "load", lambda *_, **__: module_of(text))
        return outcome(network, spikes, Event(threads=1))

    assert same(result_of(source), truth)
    tried = list(changes(source))
    unnoticed = [what for what, changed in tried if same(result_of(changed), truth)]

    assert len(tried) >= 30
    assert unnoticed == []
