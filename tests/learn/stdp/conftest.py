"""A network in which the test decides when either side of the plastic synapses spikes."""

from collections.abc import Callable, Sequence

import pytest
import torch
from torch import Tensor

from picojoule.connect.dense import Dense
from picojoule.connect.one_to_one import OneToOne
from picojoule.network.network import Network
from picojoule.network.plasticity import Rule
from picojoule.simulate.reference import Reference
from picojoule.simulate.run import run
from tests.held import DeltaLIF

Times = Sequence[Sequence[int]]
Learn = Callable[..., Tensor]


@pytest.fixture(scope="session")
def learn() -> Learn:
    """`learn(rule, pre, post, …)`: the weights `[pre, post]` after neurons have spiked in the given steps."""

    def learned(
        rule: Rule,  # type: ignore[type-arg]
        pre: Times,
        post: Times,
        *,
        weight: float = 0.5,
        dt: float = 1.0,
        delay: int = 1,
    ) -> Tensor:
        steps = max(t for side in (pre, post) for times in side for t in (*times, 0)) + 1
        network = Network(dt=dt)
        network.add_input("X", len(pre))
        network.add_input("Force", len(post))
        # the plastic weights reach the membrane too, but are far too small to matter
        network.add_population("Y", len(post), DeltaLIF(v_th=1e6, v_rest=0.0, v_reset=0.0, refractory=0.0))
        delays = torch.full((len(pre), len(post)), delay)
        network.connect("X", "Y", Dense(torch.full((len(pre), len(post)), weight), delay=delays), rule=rule)
        network.connect("Force", "Y", OneToOne(len(post), strength=2e6))
        given = {"X": torch.zeros(steps + 1, 1, len(pre)), "Force": torch.zeros(steps + 1, 1, len(post))}
        for i, times in enumerate(pre):
            given["X"][list(times), 0, i] = 1.0
        for j, times in enumerate(post):
            given["Force"][[t - 1 for t in times], 0, j] = 1.0  # it takes one step to arrive
        result = run(network, given, learn=True, record=["Y"], engine=Reference())
        events = result["Y"].events
        assert events is not None
        spiked = [events.t[events.i == j].tolist() for j in range(len(post))]
        assert spiked == [sorted(times) for times in post]
        return network.connections["X", "Y"].weight.double()

    return learned
