"""Synaptic events of connections whose neurons reach different numbers of synapses."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from picojoule.connect.base import Connection
from picojoule.connect.dense import Dense
from picojoule.core.errors import EngineError
from picojoule.learn.stdp.pair import PairSTDP
from picojoule.network.network import Network
from picojoule.simulate.event.engine import Event
from picojoule.simulate.reference import Reference
from picojoule.simulate.tally import synaptic_events
from tests.held import LIF

MASK = torch.tensor([[1, 1, 1], [0, 1, 0], [0, 0, 0], [0, 0, 0]])
SPIKES = torch.zeros(12, 2, 4)
SPIKES[:10, 0, 0] = 1.0  # ten spikes of the neuron with three synapses
SPIKES[3:8, 1, 1:] = 1.0  # five of that with one, and of the two with none


class Masked(Connection):
    """A user's own connection: only some synapses are there, each with its own delay."""

    def __init__(self, *, late: int = 1) -> None:
        super().__init__()
        self.n_source, self.n_target = MASK.shape
        self.port, self.late = "current", late
        self.weight = nn.Parameter(0.5 * MASK, requires_grad=False)

    @property
    def longest_delay(self) -> int:
        return self.late

    def send(self, spikes: Tensor, arrivals: Tensor) -> int:
        arrivals[self.late - 1] += (self.weight * MASK)[spikes].sum(0)
        return int(MASK[spikes].sum())

    def matrix(self) -> Tensor:
        return self.weight.detach()


class Forgetful(Masked):
    def send(self, spikes: Tensor, arrivals: Tensor) -> int:
        super().send(spikes, arrivals)
        return None  # type: ignore[return-value]


def network(connection: Connection, rule: PairSTDP | None = None) -> Network:
    made = Network(dt=1.0)
    made.add_input("X", 4)
    made.add_population("Y", 3, LIF())
    made.connect("X", "Y", connection, rule=rule)
    return made


def test_a_connection_that_does_not_say_its_fan_out_is_asked() -> None:
    assert Masked(late=3).fan_out.tolist() == [3, 1, 0, 0]
    assert Masked().synapses == 4


@pytest.mark.parametrize("late", [1, 4])
@pytest.mark.parametrize("rule", [None, PairSTDP()], ids=["frozen", "learning"])
def test_a_connection_of_the_users_own(late: int, rule: PairSTDP | None) -> None:
    run = Reference().run(network(Masked(late=late), rule), SPIKES, learn=rule is not None)
    assert run.counts.connections["X", "Y"].events == 10 * 3 + 5 * 1


def test_a_connection_that_does_not_say_what_it_sent() -> None:
    with pytest.raises(EngineError, match=r"Forgetful\.send must return how many synaptic events it sent, got None"):
        Reference().run(network(Forgetful()), SPIKES)


@pytest.mark.parametrize("source", ["input", "population"])
def test_the_event_engine_asks_for_spikes_of_each_neuron(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """None of its connections has different fan-outs yet."""
    made = network(Dense(torch.full((4, 3), 9.0)))
    made.connect("Y", "Y", Dense(torch.zeros(3, 3)))
    engine = Event(threads=1)
    answered = engine.run(made, SPIKES)["Y"].counts.sum(0)
    key = ("X", "Y") if source == "input" else ("Y", "Y")
    each = {"input": torch.tensor([3, 1, 0, 0]), "population": torch.tensor([2, 0, 5])}[source]
    monkeypatch.setattr(Dense, "fan_out", property(lambda self: each if self.n_source == len(each) else torch.ones(1)))
    spikes = SPIKES.sum((0, 1)) if source == "input" else answered
    assert engine.run(made, SPIKES).counts.connections[key].events == int((spikes * each).sum()) > 0


def test_equal_fan_outs_ask_for_nothing() -> None:
    def by_source() -> Tensor:
        raise AssertionError

    ask: Callable[[], Tensor] = by_source
    assert synaptic_events(Dense(torch.zeros(4, 3)), 10, ask) == 30
