"""What the event engine may leave out, and the proofs that it rests on."""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import pytest
import torch
from torch import Tensor

from picojoule.connect.dense import Dense
from picojoule.connect.one_to_one import OneToOne
from picojoule.core.errors import TraceError
from picojoule.learn.stdp.bounds import HardBounds, SoftBounds
from picojoule.learn.stdp.pair import PairSTDP, PairTraces
from picojoule.learn.stdp.triplet import TripletSTDP
from picojoule.network.network import Network
from picojoule.network.plasticity import Rule, Trace
from picojoule.neurons.conductance_lif import ConductanceLIF
from picojoule.simulate.event.plan import Plan, plan, trace_rule
from tests.held import LIF, DeltaLIF


def chain(*, first: Dense, second: Dense | OneToOne, rule: PairSTDP | None = None) -> Network:
    network = Network()
    network.add_input("X", 3)
    network.add_population("A", 4, DeltaLIF())
    network.add_population("B", 4, LIF())
    network.connect("X", "A", first, rule=rule)
    network.connect("A", "B", second)
    return network


def ahead(planned: Plan) -> list[str]:
    return [c.source for c in planned.connections if c.ahead]


@pytest.mark.parametrize("late", [None, torch.full((3, 4), 2)])
@pytest.mark.parametrize("rule", [None, PairSTDP()])
def test_only_what_comes_from_an_input_is_summed_ahead(late: Tensor | None, rule: PairSTDP | None) -> None:
    network = chain(first=Dense(torch.ones(3, 4), delay=late), second=Dense(torch.ones(4, 4)), rule=rule)
    assert ahead(plan(network, learn=True)) == ["X"]


@pytest.mark.parametrize(("delay", "expected"), [(1, ["X"]), (2, [])])
def test_the_order_of_sums_at_a_shared_port(delay: int, expected: list[str]) -> None:
    """What was sent earlier comes first; sums made ahead would change that if a neighbour is delayed."""
    network = chain(first=Dense(torch.ones(3, 4)), second=OneToOne(4, strength=1.0))
    network.connect("B", "A", Dense(torch.ones(4, 4), delay=torch.full((4, 4), delay)))
    assert ahead(plan(network, learn=False)) == expected


def test_of_two_inputs_at_one_port_the_first_is_summed_ahead_and_of_two_ports_both() -> None:
    network = chain(first=Dense(torch.ones(3, 4)), second=OneToOne(4, strength=1.0))
    network.add_input("Z", 2)
    network.add_population("C", 4, ConductanceLIF())
    network.connect("Z", "A", Dense(torch.ones(2, 4)))
    network.connect("X", "C", Dense(torch.ones(3, 4), port="exc"))
    network.connect("Z", "C", Dense(torch.ones(2, 4), port="inh"))
    assert ahead(plan(network, learn=False)) == ["X", "X", "Z"]


def test_silent_neurons_are_left_alone_only_where_fire_does() -> None:
    planned = plan(chain(first=Dense(torch.ones(3, 4)), second=OneToOne(4, strength=1.0)), learn=False)
    assert [p.sparse_fire for p in planned.populations] == [True, True]
    assert [p.sleeps for p in planned.populations] == [False, True]  # a dense input would wake them all


@pytest.mark.parametrize("bounds", [HardBounds(), SoftBounds(), HardBounds(-1.0, 3.0)])
@pytest.mark.parametrize("rule", [PairSTDP, TripletSTDP])
def test_rules_that_need_the_other_side(
    rule: type[PairSTDP] | type[TripletSTDP], bounds: HardBounds | SoftBounds
) -> None:
    traced = trace_rule(rule(weight_bounds=bounds))
    assert traced.needs_post
    assert traced.needs_pre
    assert traced.changes_on_pre
    assert traced.changes_on_post


class Coefficients(NamedTuple):
    low: Tensor
    high: Tensor


@dataclass(frozen=True)
class Decaying(PairSTDP):
    """Every presynaptic spike takes something, whatever the postsynaptic trace is."""

    def on_pre(self, w: Tensor, traces: PairTraces, c: Coefficients) -> Tensor:  # type: ignore[override]
        return torch.clamp(w - 0.1 * w - 0.1 * traces.post, c.low, c.high)


@dataclass(frozen=True)
class OnlyPre(PairSTDP):
    def on_post(self, w: Tensor, traces: PairTraces, c: Coefficients) -> Tensor:  # type: ignore[override]  # noqa: ARG002
        return w


@dataclass(frozen=True)
class Outside(PairSTDP):
    """Clamps to other bounds than its own, so that silence is no proof of rest."""

    def on_pre(self, w: Tensor, traces: PairTraces, c: Coefficients) -> Tensor:  # type: ignore[override]
        return torch.clamp(w - 0.1 * traces.post, 0.5 * c.low, 0.5 * c.high)


def test_rules_that_change_weights_of_silent_neurons_are_known() -> None:
    assert not trace_rule(Decaying()).needs_post
    assert not trace_rule(Outside()).needs_post
    only_pre = trace_rule(OnlyPre())
    assert only_pre.needs_post
    assert not only_pre.changes_on_post


class Swapped(NamedTuple):
    post: Tensor
    pre: Tensor


@dataclass(frozen=True)
class Misnamed(PairSTDP):
    traces: ClassVar[type[tuple[Tensor, ...]]] = Swapped


def test_traces_in_another_order_than_declared_are_refused() -> None:
    with pytest.raises(
        TraceError, match=r"Misnamed\.traces must have the fields \('pre', 'post'\).*got \('post', 'pre'\)"
    ):
        trace_rule(Misnamed())


def test_a_frozen_network_has_no_rule_to_compile() -> None:
    network = chain(first=Dense(torch.ones(3, 4)), second=OneToOne(4, strength=1.0), rule=PairSTDP())
    assert [c.rule is None for c in plan(network, learn=False).connections] == [True, True]
    assert [c.rule is None for c in plan(network, learn=True).connections] == [False, True]


def test_models_of_the_same_code_are_traced_once(monkeypatch: pytest.MonkeyPatch) -> None:
    network = chain(first=Dense(torch.ones(3, 4)), second=OneToOne(4, strength=1.0))
    plan(network, learn=False)
    monkeypatch.setattr("picojoule.simulate.event.plan.trace", None)  # calling it now would fail
    other = chain(first=Dense(torch.zeros(3, 4)), second=OneToOne(4, strength=2.0))
    assert plan(other, learn=False) == plan(network, learn=False)


def test_rule_is_abstract() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Rule()  # type: ignore[abstract]
    assert Trace(tau=1.0).decay(1.0) == pytest.approx(0.3678794411714423)
