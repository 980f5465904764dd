"""Networks that no one thought of: random shapes, run in both engines.

The event engine's generated loop is interpreted here instead of compiled, which shows that the *source* is right for
any network, in milliseconds. That compiling keeps its meaning is shown for fewer networks in the other files.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any, ClassVar, NamedTuple

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Generator, Tensor

from picojoule.connect.base import Connection
from picojoule.connect.dense import Dense
from picojoule.connect.lateral import Lateral
from picojoule.connect.one_to_one import OneToOne
from picojoule.learn.stdp.bounds import HardBounds, SoftBounds
from picojoule.learn.stdp.homeostasis import AdaptiveThreshold
from picojoule.learn.stdp.pair import PairSTDP
from picojoule.learn.stdp.triplet import TripletSTDP
from picojoule.network.network import Network
from picojoule.network.plasticity import Normalisation, Rule, Trace
from picojoule.neurons.base import Neuron
from picojoule.neurons.conductance_lif import ConductanceLIF
from picojoule.neurons.selection import OnePerStep
from picojoule.simulate.result import Run
from tests.held import LIF, DeltaLIF

STEPS, SAMPLES = 20, 2


class OneTrace(NamedTuple):
    pre: Tensor


class Amount(NamedTuple):
    amount: Tensor
    low: Tensor
    high: Tensor


@dataclass(frozen=True)
class Expectation(Rule[OneTrace, Amount]):
    """A postsynaptic spike strengthens synapses whose source was active and weakens all others; nothing else learns."""

    traces: ClassVar[type[tuple[Tensor, ...]]] = OneTrace
    high: float = 1.0

    @property
    def pre_traces(self) -> dict[str, Trace]:
        return {"pre": Trace(5.0)}

    @property
    def post_traces(self) -> dict[str, Trace]:
        return {}

    @property
    def bounds(self) -> tuple[float, float]:
        return 0.0, self.high

    def coefficients(self, dt: float) -> Amount:  # noqa: ARG002
        return Amount(*map(torch.tensor, (0.1 * self.high, 0.0, self.high)))

    def on_pre(self, w: Tensor, traces: OneTrace, c: Amount) -> Tensor:  # noqa: ARG002
        return w

    def on_post(self, w: Tensor, traces: OneTrace, c: Amount) -> Tensor:
        return torch.clamp(w + c.amount * (traces.pre - 0.3), c.low, c.high)


@dataclass(frozen=True)
class Fatigue(Expectation):
    """Every presynaptic spike wears its synapses out, whatever the other side does."""

    def on_pre(self, w: Tensor, traces: OneTrace, c: Amount) -> Tensor:  # noqa: ARG002
        return w - 0.05 * w

    def on_post(self, w: Tensor, traces: OneTrace, c: Amount) -> Tensor:  # noqa: ARG002
        return w


def any_network(random: Random) -> Network:
    network = Network(dt=random.choice([0.5, 1.0]))
    for name in ["X", "Z"][: random.randint(1, 2)]:
        network.add_input(name, random.randint(2, 6))
    for name in ["A", "B", "C"][: random.randint(1, 3)]:
        add_population(network, name, random.randint(2, 6), random)
    for target in network.populations:
        # inputs often come first: their sums are then computed ahead, and what shares their port must not disturb them
        sources = [*network.inputs, *random.sample(list(network.populations), len(network.populations))]
        if random.random() < 0.3:
            random.shuffle(sources)
        for source in sources[: random.randint(1, len(sources))]:
            connect(network, source, target, random)
    return network


def add_population(network: Network, name: str, n: int, random: Random) -> None:
    each = torch.linspace(0.0, 1.0, n)
    neuron: Neuron[Any, Any, Any] = random.choice(
        [
            LIF(tau=3.0 + 5.0 * each, v_rest=-0.2 * each, v_th=0.5 + each),
            LIF(tau=4.0),
            DeltaLIF(tau=10.0, refractory=2.0),
            ConductanceLIF(tau=5.0, v_th=-61.0, refractory=1.0),
        ]
    )
    network.add_population(
        name,
        n,
        neuron,
        selection=random.choice([None, OnePerStep(), OnePerStep(losers_reset=False)]),
        homeostasis=random.choice([None, AdaptiveThreshold(step=0.3, tau=100.0)]),
    )


def connect(network: Network, source: str, target: str, random: Random) -> None:
    neuron = network.population(target).neuron
    strength = {"LIF": 4.0, "DeltaLIF": 12.0, "ConductanceLIF": 2.0}[type(neuron).__name__]
    port = random.choice(neuron.ports._fields)  # type: ignore[attr-defined]
    n, m = network.size_of(source), network.size_of(target)
    kinds = ["dense", "dense", "delayed", *(["one-to-one", "lateral"] if n == m else [])]
    kind = random.choice(kinds)
    if kind in ("one-to-one", "lateral"):
        shared: Connection = (OneToOne if kind == "one-to-one" else Lateral)(
            n, strength=random.choice([-1, 2]) * strength, port=port
        )
        network.connect(source, target, shared)
        return
    generator = Generator().manual_seed(random.randint(0, 10**6))
    weight = strength * torch.rand(n, m, generator=generator)
    delay = torch.randint(1, random.randint(2, 6), (n, m), generator=generator) if kind == "delayed" else None
    rule = any_rule(strength, random)
    normalise = random.choice([None, Normalisation(0.4 * strength * n)]) if rule is not None else None
    network.connect(source, target, Dense(weight, delay=delay, port=port), rule=rule, normalise=normalise)


def any_rule(high: float, random: Random) -> Rule | None:  # type: ignore[type-arg]
    bounds = HardBounds(0.0, high) if random.random() < 0.5 else SoftBounds(0.0, high)
    nu = 0.05 * high, 0.2 * high
    return random.choice(
        [
            None,
            PairSTDP(nu=nu, tau_pre=5.0, tau_post=7.0, all_pairs=random.random() < 0.5, weight_bounds=bounds),
            TripletSTDP(nu=nu, tau_pre=5.0, weight_bounds=bounds),
            Expectation(high=high),
            Fatigue(high=high),
        ]
    )


def spikes_for(network: Network, random: Random) -> dict[str, Tensor]:
    generator = Generator().manual_seed(random.randint(0, 10**6))
    return {
        name: (torch.rand(STEPS, SAMPLES, n, generator=generator) < 0.4).float() for name, n in network.inputs.items()
    }


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32 - 1), learn=st.sampled_from([True, True, False]))
def test_any_network_learns_and_runs_the_same(
    seed: int, learn: bool, run_both: Callable[..., Run], interpreted: None
) -> None:
    random = Random(seed)
    network = any_network(random)
    run_both(network, spikes_for(network, random), learn=learn, quiet=True)


@pytest.mark.usefixtures("interpreted")
def test_these_networks_do_spike_and_learn(run_both: Callable[..., Run]) -> None:
    results = []
    for seed in range(12):
        random = Random(seed)
        network = any_network(random)
        results.append(run_both(network, spikes_for(network, random), quiet=True))

    spiking = [bool(r.counts.sum() > 0) for result in results for r in result.responses.values()]
    changed = [c.updates_on_pre + c.updates_on_post for result in results for c in result.counts.connections.values()]
    assert sum(spiking) > 0.7 * len(spiking)
    assert sum(number > 0 for number in changed) > 0.3 * len(changed)
