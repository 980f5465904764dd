"""A rule that leaves its bounds, and one whose coefficients have no names, are refused."""

from dataclasses import dataclass
from typing import NamedTuple

import pytest
import torch
from torch import Tensor

from picojoule.connect.dense import Dense
from picojoule.core.errors import NumericalError, ParameterError
from picojoule.core.params import as_tensor
from picojoule.network.network import Network
from picojoule.network.plasticity import Rule, Trace
from picojoule.neurons.delta_lif import DeltaLIF
from picojoule.simulate.event.engine import Event
from picojoule.simulate.reference import Reference
from picojoule.simulate.run import run


class Traces(NamedTuple):
    pre: Tensor


class Coefficients(NamedTuple):
    rate: Tensor
    low: Tensor
    high: Tensor


@dataclass(frozen=True)
class Grows(Rule[Traces, Coefficients]):
    rate: float = 0.5

    traces = Traces
    bounds = (0.0, 1.0)
    pre_traces = {"pre": Trace(20.0)}  # noqa: RUF012
    post_traces = {}  # noqa: RUF012

    def coefficients(self, dt: float) -> Coefficients:  # noqa: ARG002
        return Coefficients(*map(as_tensor, (self.rate, *self.bounds)))

    def on_pre(self, w: Tensor, traces: Traces, c: Coefficients) -> Tensor:  # noqa: ARG002
        return w

    def on_post(self, w: Tensor, traces: Traces, c: Coefficients) -> Tensor:
        return w + c.rate * traces.pre


class Clamped(Grows):
    def on_post(self, w: Tensor, traces: Traces, c: Coefficients) -> Tensor:
        return torch.clamp(w + c.rate * traces.pre, c.low, c.high)


def _learn(rule: Rule, engine: Event | Reference, batch_size: int) -> Tensor:  # type: ignore[type-arg]
    network = Network()
    network.add_input("X", 2)
    network.add_population("Y", 2, DeltaLIF(v_th=0.5, v_rest=0.0, v_reset=0.0, refractory=0.0))
    network.connect("X", "Y", Dense(torch.full((2, 2), 0.8)), rule=rule)
    run(network, torch.ones(10, 4, 2), learn=True, batch_size=batch_size, engine=engine)
    return network.connections["X", "Y"].weight


@pytest.mark.parametrize("engine", [Event(), Reference()])
@pytest.mark.parametrize("batch_size", [1, 4])
@pytest.mark.parametrize(("rate", "end"), [(0.5, r"\d+(\.\d+)?"), (-0.5, r"-\d+(\.\d+)?")])
def test_weights_outside_the_bounds_of_their_rule_are_refused(
    engine: Event | Reference, batch_size: int, rate: float, end: str
) -> None:
    message = rf"^weight of X->Y after learning is {end}, outside the bounds \[0, 1\] of Grows; clamp what its on_pre"
    with pytest.raises(NumericalError, match=message):
        _learn(Grows(rate), engine, batch_size)


@pytest.mark.parametrize("engine", [Event(), Reference()])
@pytest.mark.parametrize("batch_size", [1, 4])
def test_weights_at_a_bound_are_fine(engine: Event | Reference, batch_size: int) -> None:
    assert bool((_learn(Clamped(), engine, batch_size) == 1.0).all())


def test_coefficients_without_names_are_refused() -> None:
    plain = type("Plain", (Clamped,), {"coefficients": lambda self, dt: (torch.ones(()),)})()  # noqa: ARG005
    with pytest.raises(ParameterError, match=r"Plain\.coefficients must return a NamedTuple of tensors, got tuple"):
        _learn(plain, Reference(), 1)
