"""Shapes of networks that take different ways through the event engine, each named; compiled ones first."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import pytest
import torch
from torch import Generator, Tensor

from picojoule.connect.dense import Dense
from picojoule.connect.lateral import Lateral
from picojoule.connect.one_to_one import OneToOne
from picojoule.learn.stdp.bounds import SoftBounds
from picojoule.learn.stdp.homeostasis import AdaptiveThreshold
from picojoule.learn.stdp.pair import PairSTDP
from picojoule.learn.stdp.triplet import TripletSTDP
from picojoule.network.network import Network
from picojoule.network.plasticity import Normalisation, Rule, Trace
from picojoule.neurons.conductance_lif import ConductanceLIF
from picojoule.neurons.selection import OnePerStep
from picojoule.simulate.event.plan import plan
from picojoule.simulate.result import Run
from tests.held import LIF, DeltaLIF

LEARNING = pytest.mark.parametrize("learn", [True, False])


class PostTrace(NamedTuple):
    post: Tensor


class Rates(NamedTuple):
    wear: Tensor
    gain: Tensor


@dataclass(frozen=True)
class Wearing(Rule[PostTrace, Rates]):
    """A presynaptic spike wears its synapses out, those of silent neurons too; a postsynaptic one restores them all."""

    traces: ClassVar[type[tuple[Tensor, ...]]] = PostTrace

    @property
    def pre_traces(self) -> dict[str, Trace]:
        return {}

    @property
    def post_traces(self) -> dict[str, Trace]:
        return {"post": Trace(8.0, accumulates=True)}

    @property
    def bounds(self) -> tuple[float, float]:
        return 0.0, 5.0

    def coefficients(self, dt: float) -> Rates:  # noqa: ARG002
        return Rates(torch.tensor(0.02), torch.tensor(0.2))

    def on_pre(self, w: Tensor, traces: PostTrace, c: Rates) -> Tensor:
        return w - c.wear * w / (1.0 + traces.post)

    def on_post(self, w: Tensor, traces: PostTrace, c: Rates) -> Tensor:  # noqa: ARG002
        return w + c.gain * (5.0 - w)


def uniform(n: int, m: int, high: float, seed: int) -> Tensor:
    return high * torch.rand(n, m, generator=Generator().manual_seed(seed))


def delays(n: int, m: int, longest: int) -> Tensor:
    return torch.randint(1, longest + 1, (n, m), generator=Generator().manual_seed(n * m))


def random_spikes(network: Network, *, steps: int = 40, samples: int = 3, share: float = 0.3) -> Mapping[str, Tensor]:
    generator = Generator().manual_seed(steps)
    return {
        name: (torch.rand(steps, samples, n, generator=generator) < share).float() for name, n in network.inputs.items()
    }


def layers() -> Network:
    """Two inputs; a hidden population that learns from one of them and inhibits itself; one that learns from the hidden
    one, of which one neuron fires at a time; and one that follows it neuron by neuron."""
    network = Network(dt=1.0)
    network.add_input("X", 12)
    network.add_input("Z", 5)
    network.add_population("H", 10, LIF(tau=torch.linspace(3.0, 12.0, 10), v_rest=torch.linspace(-0.2, 0.0, 10)))
    network.add_population("Y", 6, DeltaLIF(), selection=OnePerStep(), homeostasis=AdaptiveThreshold(step=0.5))
    network.add_population("P", 6, DeltaLIF(tau=5.0, refractory=1.0))
    network.connect("X", "H", Dense(uniform(12, 10, 1.0, 1)), rule=PairSTDP(nu=(0.01, 0.05)))
    network.connect("Z", "H", Dense(uniform(5, 10, 1.0, 2)))
    network.connect("H", "H", Lateral(10, strength=-0.1))
    rule = PairSTDP(nu=(0.1, 0.2), all_pairs=True, weight_bounds=SoftBounds(0.0, 8.0))
    network.connect("H", "Y", Dense(uniform(10, 6, 6.0, 3)), rule=rule, normalise=Normalisation(30.0))
    network.connect("Y", "P", OneToOne(6, strength=20.0))
    return network


def delayed() -> Network:
    """Conductances on two ports with delays from an input and back from a population; a rule that changes weights of
    silent neurons."""
    network = Network(dt=0.5)
    network.add_input("X", 12)
    network.add_population("C", 8, ConductanceLIF(tau=10.0, v_th=-58.0), homeostasis=AdaptiveThreshold(initial=1.0))
    network.add_population("D", 5, LIF(tau=5.0))
    exciting = Dense(uniform(12, 8, 0.6, 4), delay=delays(12, 8, 6), port="exc")
    network.connect("X", "C", exciting, rule=TripletSTDP(nu=(0.01, 0.1)), normalise=Normalisation(4.0))
    network.connect("C", "C", Lateral(8, strength=0.2, port="inh"))
    network.connect("D", "C", Dense(uniform(5, 8, 0.5, 5), delay=delays(5, 8, 4), port="inh"))
    network.connect("X", "D", Dense(uniform(12, 5, 4.0, 6)), rule=Wearing())
    network.connect("C", "D", Dense(uniform(8, 5, 3.0, 7), delay=delays(8, 5, 3)))
    return network


@pytest.mark.parametrize("make", [layers, delayed])
def test_compiled(make: Callable[[], Network], run_both: Callable[..., Run]) -> None:
    network = make()
    result = run_both(network, random_spikes(network))

    for key in network.rules:
        learned = result.counts.connections[key]
        assert learned.updates_on_post > 0
        assert learned.updates_on_pre > 0


def test_the_shapes_are_what_they_claim() -> None:
    ways = {
        f"{c.source}->{c.target}": (c.ahead, c.delayed)
        for make in (layers, delayed)
        for c in plan(make(), learn=True).connections
    }
    assert [name for name, (ahead, _) in ways.items() if ahead] == ["X->H", "X->C"]
    assert [name for name, (_, late) in ways.items() if late] == ["X->C", "D->C", "C->D"]
    sleeping = [p.name for make in (layers, delayed) for p in plan(make(), learn=True).populations if p.sleeps]
    assert sleeping == ["P"]


def single(connection: Dense, *, rule: Rule | None = None, n: int = 4) -> Network:  # type: ignore[type-arg]
    network = Network(dt=1.0)
    network.add_input("X", connection.n_source)
    network.add_population("Y", n, DeltaLIF(tau=10.0, refractory=2.0), selection=OnePerStep(losers_reset=False))
    network.connect("X", "Y", connection, rule=rule)
    return network


@pytest.mark.parametrize("steps", [1, 2, 19, 20])
@pytest.mark.parametrize("n", [1, 7, 31, 32, 33, 64, 70])
def test_any_number_of_neurons_and_steps(n: int, steps: int, run_both: Callable[..., Run], interpreted: None) -> None:
    network = single(
        Dense(uniform(9, n, 8.0, n)), rule=PairSTDP(nu=(0.1, 0.3), weight_bounds=SoftBounds(0.0, 9.0)), n=n
    )
    run_both(network, random_spikes(network, steps=steps, samples=2), quiet=steps < 3)


@LEARNING
@pytest.mark.parametrize("late", [False, True])
def test_nothing_ever_spikes(learn: bool, late: bool, run_both: Callable[..., Run], interpreted: None) -> None:
    network = single(Dense(uniform(3, 4, 1.0, 1), delay=delays(3, 4, 5) if late else None), rule=PairSTDP())
    result = run_both(network, random_spikes(network, share=0.0), learn=learn, quiet=True)
    assert result["Y"].counts.sum() == 0


def test_delayed_spikes_arrive_at_a_port_that_learns_from_an_input(
    run_both: Callable[..., Run], interpreted: None
) -> None:
    """Sums made ahead, or made again for neurons that learn, must not wipe out what was sent to them earlier."""
    network = single(Dense(uniform(6, 4, 6.0, 1)), rule=PairSTDP(weight_bounds=SoftBounds(0.0, 6.0)))
    network.connect("Y", "Y", Dense(uniform(4, 4, 9.0, 2), delay=delays(4, 4, 7)))
    run_both(network, random_spikes(network))


def test_a_delay_is_longer_than_the_sample(run_both: Callable[..., Run], interpreted: None) -> None:
    network = single(
        Dense(uniform(6, 4, 9.0, 1), delay=delays(6, 4, 30)), rule=PairSTDP(weight_bounds=SoftBounds(0.0, 9.0))
    )
    run_both(network, random_spikes(network, steps=12))


def test_a_port_without_connection_and_a_population_without_input(
    run_both: Callable[..., Run], interpreted: None
) -> None:
    network = Network(dt=1.0)
    network.add_input("X", 3)
    network.add_population("Free", 3, LIF(v_rest=2.0))  # fires by itself
    network.add_population("Y", 3, ConductanceLIF(tau=5.0))
    network.connect("Free", "Y", OneToOne(3, strength=8.0, port="exc"))
    run_both(network, random_spikes(network))


def test_neurons_that_woke_in_any_order_fire_in_ascending_order(
    run_both: Callable[..., Run], interpreted: None
) -> None:
    """A neuron that is still awake stands before one of lower number that wakes now; events list them ascending."""
    network = Network(dt=1.0)
    network.add_input("X", 9)
    network.add_input("Z", 9)
    network.add_population("Y", 9, DeltaLIF(tau=1.0, refractory=1.0))
    network.connect("X", "Y", OneToOne(9, strength=20.0))
    network.connect("Z", "Y", OneToOne(9, strength=7.0))
    run_both(network, random_spikes(network, steps=60, share=0.2))
    assert plan(network, learn=False).populations[0].sleeps
