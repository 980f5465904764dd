"""Neurons and a rule that the library has never seen, written as a user would write them, run alike in both engines."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import torch
from torch import Generator, Tensor

from picojoule.connect.dense import Dense
from picojoule.connect.lateral import Lateral
from picojoule.core.params import Potential, Time, as_tensor, decay_of
from picojoule.network.network import Network
from picojoule.network.plasticity import Rule, Trace
from picojoule.neurons.base import Current, Neuron, at_rest
from picojoule.simulate.event.plan import plan
from picojoule.simulate.result import Run


class AdaptiveState(NamedTuple):
    v: Tensor
    mask: Tensor  # called like one of the engine's own arrays
    t0: Tensor


class AdaptiveCoefficients(NamedTuple):
    decay: Tensor
    slow: Tensor
    jump: Tensor


@dataclass(frozen=True)
class Adaptive(Neuron[Current, AdaptiveState, AdaptiveCoefficients]):
    """A membrane whose threshold rises with every spike; `fire` lets it fall again, in silent neurons too."""

    tau: Time = 8.0
    tau_slow: Time = 30.0
    jump: Potential = 0.7

    def initial(self, like: Tensor) -> AdaptiveState:
        return AdaptiveState(*(at_rest(like, 0.0) for _ in range(3)))

    def coefficients(self, dt: float) -> AdaptiveCoefficients:
        return AdaptiveCoefficients(decay_of(self.tau, dt), decay_of(self.tau_slow, dt), as_tensor(self.jump))

    def integrate(self, x: Current, state: AdaptiveState, c: AdaptiveCoefficients) -> tuple[Tensor, AdaptiveState]:
        v = state.v * c.decay + x.current
        return v - 1.0 - state.mask, state._replace(v=v)

    def fire(self, spike: Tensor, state: AdaptiveState, c: AdaptiveCoefficients) -> AdaptiveState:
        mask = state.mask * c.slow + c.jump * spike
        return AdaptiveState(state.v - spike * state.v, mask, torch.maximum(state.t0, mask))


class QuadraticState(NamedTuple):
    v: Tensor
    n: Tensor  # the usual name of a gating variable


class QuadraticCoefficients(NamedTuple):
    dt: Tensor
    peak: Tensor


@dataclass(frozen=True)
class Quadratic(Neuron[Current, QuadraticState, QuadraticCoefficients]):
    """Quadratic integrate-and-fire with a recovery variable that follows the cube of the voltage."""

    peak: Potential = 2.0

    def initial(self, like: Tensor) -> QuadraticState:
        return QuadraticState(at_rest(like, -1.0), at_rest(like, 0.0))

    def coefficients(self, dt: float) -> QuadraticCoefficients:
        return QuadraticCoefficients(torch.tensor(0.1 * dt), as_tensor(self.peak))

    def integrate(self, x: Current, state: QuadraticState, c: QuadraticCoefficients) -> tuple[Tensor, QuadraticState]:
        quiet = (state.v < 0.0) & (state.n < 1.0)
        v = state.v + c.dt * (state.v**2 - 1.0 - state.n + x.current) * (1.0 + 0.1 * quiet)
        n = state.n + c.dt * (0.3 * torch.clamp(v, -2.0, 2.0) ** 3 - state.n) / (1.0 + abs(v))
        return v - c.peak, QuadraticState(v, n)

    def fire(self, spike: Tensor, state: QuadraticState, c: QuadraticCoefficients) -> QuadraticState:
        return QuadraticState(torch.where(spike > 0, -c.peak, state.v), state.n + 0.2 * spike)


class Both(NamedTuple):
    pre: Tensor
    slow: Tensor
    post: Tensor


class AllToAllCoefficients(NamedTuple):
    up: Tensor
    down: Tensor
    low: Tensor
    high: Tensor


@dataclass(frozen=True)
class AllToAll(Rule[Both, AllToAllCoefficients]):
    """All spikes pair with all; depression grows with the square of the weight, and is the stronger the more active the
    source has been lately."""

    traces: ClassVar[type[tuple[Tensor, ...]]] = Both

    @property
    def pre_traces(self) -> dict[str, Trace]:
        return {"pre": Trace(6.0, accumulates=True), "slow": Trace(40.0, accumulates=True, sees_own_step=False)}

    @property
    def post_traces(self) -> dict[str, Trace]:
        return {"post": Trace(9.0, accumulates=True)}

    @property
    def bounds(self) -> tuple[float, float]:
        return 0.0, 2.0

    def coefficients(self, dt: float) -> AllToAllCoefficients:  # noqa: ARG002
        return AllToAllCoefficients(*map(torch.tensor, (0.03, 0.01, 0.0, 2.0)))

    def on_pre(self, w: Tensor, traces: Both, c: AllToAllCoefficients) -> Tensor:
        return torch.clamp(w - c.down * w**2 * traces.post * (1.0 + traces.slow), c.low, c.high)

    def on_post(self, w: Tensor, traces: Both, c: AllToAllCoefficients) -> Tensor:
        return self.bounded(w + c.up * traces.pre, c)

    def bounded(self, w: Tensor, c: AllToAllCoefficients) -> Tensor:
        return torch.minimum(torch.maximum(w, c.low), c.high)


def new_network() -> Network:
    """Inputs to adaptive neurons, those to quadratic ones, and quadratic ones among themselves; two learn."""
    generator = Generator().manual_seed(5)
    network = Network(dt=1.0)
    network.add_input("X", 15)
    network.add_population("A", 9, Adaptive())
    network.add_population("Q", 7, Quadratic(peak=torch.linspace(1.5, 2.5, 7)))
    network.connect("X", "A", Dense(0.6 * torch.rand(15, 9, generator=generator)), rule=AllToAll())
    network.connect("A", "Q", Dense(2.0 * torch.rand(9, 7, generator=generator)), rule=AllToAll())
    network.connect("Q", "Q", Lateral(7, strength=0.5))
    return network


def test_both_engines_run_them_alike(run_both: Callable[..., Run]) -> None:
    network = new_network()
    spikes = (torch.rand(60, 4, 15, generator=Generator().manual_seed(1)) < 0.2).float()

    result = run_both(network, spikes)

    for key in network.rules:
        assert result.counts.connections[key].updates_on_pre > 100
        assert result.counts.connections[key].updates_on_post > 100


def test_mini_batches_of_a_single_learning_layer(run_both: Callable[..., Run], interpreted: None) -> None:
    network = new_network()
    del network.rules["A", "Q"]
    spikes = (torch.rand(30, 5, 15, generator=Generator().manual_seed(2)) < 0.2).float()
    run_both(network, spikes, batch_size=2)


def test_what_the_engine_proves_about_them() -> None:
    adaptive, quadratic = plan(new_network(), learn=True).populations
    assert not adaptive.sparse_fire  # its threshold falls without a spike
    assert quadratic.sparse_fire
    first, second, _ = plan(new_network(), learn=True).connections
    assert first.ahead  # depression needs a postsynaptic trace, so nothing changes before the first spike
    assert not second.ahead  # its source is not an input
