"""The moving parts of the reference engine: what one population and one plastic connection do in a step."""

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from picojoule.network.network import Population
from picojoule.network.plasticity import Rule, Trace
from picojoule.simulate.event.plan import RulePlan
from picojoule.simulate.finite import broken_state


@dataclass
class Learner:
    """Traces of one plastic connection, and what has happened to its weights."""

    rule: Rule  # type: ignore[type-arg]
    plan: RulePlan
    weight: Tensor
    c: Any
    pre: dict[str, Tensor]
    post: dict[str, Tensor]
    on_pre: int = 0
    on_post: int = 0
    normalised: int = 0

    def step(self, spiked: Tensor, answered: Tensor, dt: float) -> None:
        """One step: decay, take up spikes, learn, take up the others."""
        sides = (self.rule.pre_traces, self.pre, spiked), (self.rule.post_traces, self.post, answered)
        for traces, values, _ in sides:
            for name, trace in traces.items():
                values[name] *= torch.tensor(trace.decay(dt), dtype=torch.float32)
        for traces, values, spikes in sides:
            _take_up(traces, values, spikes, own_step=True)
        self._learn(spiked, answered)
        for traces, values, spikes in sides:
            _take_up(traces, values, spikes, own_step=False)

    def _learn(self, spiked: Tensor, answered: Tensor) -> None:
        rows = self.rule.traces(
            *(self.pre[name][spiked].unsqueeze(1) for name in self.pre), *(self.post[name] for name in self.post)
        )
        self.weight[spiked] = self.rule.on_pre(self.weight[spiked], rows, self.c)
        if self.plan.changes_on_pre:
            self.on_pre += len(spiked) * (_nonzero(self.post) if self.plan.needs_post else self.weight.shape[1])
        columns = self.rule.traces(
            *(self.pre[name].unsqueeze(1) for name in self.pre), *(self.post[name][answered] for name in self.post)
        )
        self.weight[:, answered] = self.rule.on_post(self.weight[:, answered], columns, self.c)
        if self.plan.changes_on_post:
            self.on_post += len(answered) * (_nonzero(self.pre) if self.plan.needs_pre else self.weight.shape[0])


def _nonzero(traces: dict[str, Tensor]) -> int:
    """How many neurons have a trace that is not zero."""
    return int(torch.stack(list(traces.values())).ne(0).any(dim=0).sum())


def _take_up(traces: dict[str, Trace], values: dict[str, Tensor], spikes: Tensor, *, own_step: bool) -> None:
    for name, trace in traces.items():
        if trace.sees_own_step == own_step:
            values[name][spikes] = values[name][spikes] + 1.0 if trace.accumulates else 1.0


@dataclass
class Layer:
    """State of one population while a sample runs."""

    name: str
    population: Population
    c: Any
    state: Any
    theta: Tensor | None
    homeostasis: Any
    spikes: Tensor = field(default_factory=lambda: torch.zeros(0, dtype=torch.int64))

    def step(self, arrived: tuple[Tensor, ...], *, learn: bool, sample: int, t: int) -> None:
        """Integrate, select, fire."""
        neuron = self.population.neuron
        excess, state = neuron.integrate(arrived, self.state, self.c)
        if self.theta is not None:
            excess = excess - self.theta
        self._check(excess, state, sample, t)
        crossed = emitted = excess >= 0
        if (selection := self.population.selection) is not None:
            emitted = selection.emitted(excess)
            crossed = crossed if selection.losers_reset else emitted
        self.state = neuron.fire(crossed.float(), state, self.c)
        if learn and self.theta is not None and self.population.homeostasis is not None:
            raised = self.population.homeostasis.on_crossing(self.theta, self.homeostasis)
            self.theta = torch.where(crossed[0], raised, self.theta)
        self.spikes = emitted[0].nonzero().flatten()

    def _check(self, excess: Tensor, state: Any, sample: int, t: int) -> None:  # noqa: ANN401  # a NamedTuple
        """Refuse a state that is NaN or infinite; an excess may be -inf, for a neuron that never spikes."""
        for what, value in zip((*state._fields, "excess"), (*state, excess.clamp(min=0.0)), strict=True):
            if not bool(value.isfinite().all()):
                neuron = int((~value.isfinite())[0].nonzero()[0])
                raise broken_state(what, self.name, neuron=neuron, sample=sample, step=t)


def single(coefficients: tuple[Tensor, ...]) -> Any:  # noqa: ANN401  # the same NamedTuple
    """Coefficients in the precision of the loop."""
    return type(coefficients)(*(value.to(torch.float32) for value in coefficients))
