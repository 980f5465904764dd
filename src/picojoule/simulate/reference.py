"""The reference engine: the same loops in plain torch, one operation after the other. It is the truth, and slow."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from picojoule.core.counts import Counts
from picojoule.core.events import Events
from picojoule.core.responses import Responses
from picojoule.core.trains import SpikeTrains
from picojoule.network.network import Network, Population
from picojoule.network.plasticity import Rule, Trace
from picojoule.simulate.inputs import Spikes, checked_batch_size, checked_inputs
from picojoule.simulate.result import Run
from picojoule.simulate.tally import Arithmetic, WeightChanges, tally

Key = tuple[str, str]


@dataclass
class _Learner:
    """Traces of one plastic connection, and what has happened to its weights."""

    rule: Rule  # type: ignore[type-arg]
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
        self.on_pre += len(spiked) * _nonzero(self.post)
        columns = self.rule.traces(
            *(self.pre[name].unsqueeze(1) for name in self.pre), *(self.post[name][answered] for name in self.post)
        )
        self.weight[:, answered] = self.rule.on_post(self.weight[:, answered], columns, self.c)
        self.on_post += len(answered) * _nonzero(self.pre)


def _nonzero(traces: dict[str, Tensor]) -> int:
    """How many neurons have a trace that is not zero."""
    return int(torch.stack(list(traces.values())).ne(0).any(dim=0).sum())


def _take_up(traces: dict[str, Trace], values: dict[str, Tensor], spikes: Tensor, *, own_step: bool) -> None:
    for name, trace in traces.items():
        if trace.sees_own_step == own_step:
            values[name][spikes] = values[name][spikes] + 1.0 if trace.accumulates else 1.0


@dataclass
class _Layer:
    """State of one population while a sample runs."""

    population: Population
    c: Any
    state: Any
    theta: Tensor | None
    homeostasis: Any
    spikes: Tensor = field(default_factory=lambda: torch.zeros(0, dtype=torch.int64))

    def step(self, arrived: Any, *, learn: bool) -> None:
        """Integrate, select, fire."""
        neuron = self.population.neuron
        excess, state = neuron.integrate(arrived, self.state, self.c)
        if self.theta is not None:
            excess = excess - self.theta
        crossed = emitted = excess >= 0
        if (selection := self.population.selection) is not None:
            emitted = selection.emitted(excess)
            crossed = crossed if selection.losers_reset else emitted
        self.state = neuron.fire(crossed.float(), state, self.c)
        if learn and self.theta is not None and self.population.homeostasis is not None:
            raised = self.population.homeostasis.on_crossing(self.theta, self.homeostasis)
            self.theta = torch.where(crossed[0], raised, self.theta)
        self.spikes = emitted[0].nonzero().flatten()


@dataclass(frozen=True)
class Reference:
    """Run networks step by step in plain torch: any neuron, any connection, any rule, no compilation.

    Example:
        >>> Reference()
        Reference()
    """

    def run(
        self,
        network: Network,
        spikes: Spikes | Mapping[str, Spikes],
        *,
        learn: bool = False,
        batch_size: int = 1,
        record: Iterable[str] = (),
    ) -> Run:
        """See `picojoule.simulate.run.run`."""
        trains = checked_inputs(network, spikes)
        with torch.no_grad():
            return _Simulation(network, trains, learn, frozenset(record)).run(checked_batch_size(batch_size))


class _Simulation:
    def __init__(
        self, network: Network, trains: dict[str, SpikeTrains], learn: bool, record: frozenset[str]
    ) -> None:
        first = next(iter(trains.values()))
        self.network, self.trains, self.learn, self.record = network, trains, learn, record
        self.samples, self.steps = first.samples, first.steps
        self.changes: dict[Key, WeightChanges] = {}
        self.rasters: dict[str, list[tuple[int, int, Tensor]]] = {name: [] for name in network.populations}

    def run(self, batch_size: int) -> Run:
        for start in range(0, self.samples, batch_size):
            batch = range(start, min(start + batch_size, self.samples))
            if not self.learn:
                for sample in batch:
                    self._sample(sample, self._layers(), {})
            elif batch_size == 1:
                self._learn_online(start)
            else:
                self._learn_batch(batch)
        return Run({name: self._responses(name) for name in self.network.populations}, self._counts())

    def _learn_online(self, sample: int) -> None:
        layers, learners = self._layers(), self._learners()
        self._sample(sample, layers, learners)
        for key, learner in learners.items():
            self._normalise(key, learner.weight, learner, {int(i) for i in self._spiked(key[1], sample)})
            self._note(key, learner)
        for layer in layers.values():
            self._settle(layer.population, layer.theta)

    def _learn_batch(self, batch: range) -> None:
        """Every sample starts from the same weights and thresholds; changes are added up in order."""
        weights = {key: self.network.connections[key].weight for key in self.network.rules}
        summed = {key: torch.zeros_like(weight) for key, weight in weights.items()}
        populations = {name: self.network.population(name) for name in self.network.populations}
        raised = {name: torch.zeros_like(p.theta) for name, p in populations.items() if p.theta is not None}
        for sample in batch:
            layers, learners = self._layers(), self._learners()
            self._sample(sample, layers, learners)
            for key, learner in learners.items():
                summed[key] += learner.weight - weights[key]
                self._note(key, learner)
            for name, rise in raised.items():
                rise += layers[name].theta - populations[name].theta
        for key, weight in weights.items():
            low, high = self.network.rules[key].bounds
            moved = torch.clamp(weight + summed[key], low, high)
            columns = {int(i) for sample in batch for i in self._spiked(key[1], sample)}
            learner = self._learners()[key]
            self._normalise(key, moved, learner, columns)
            self._note(key, learner)
        for name, rise in raised.items():
            self._settle(populations[name], populations[name].theta + rise)

    def _normalise(self, key: Key, weight: Tensor, learner: _Learner, columns: set[int]) -> None:
        chosen = torch.tensor(sorted(columns), dtype=torch.int64)
        if key in self.network.normalisations and len(chosen):
            weight = self.network.normalisations[key].apply(weight, chosen)
            learner.normalised += weight.shape[0] * len(chosen)
        self.network.connections[key].weight.copy_(weight)

    def _note(self, key: Key, learner: _Learner) -> None:
        before = self.changes.get(key, WeightChanges())
        self.changes[key] = WeightChanges(
            before.on_pre + learner.on_pre, before.on_post + learner.on_post, before.normalised + learner.normalised
        )

    def _settle(self, population: Population, theta: Tensor | None) -> None:
        """Keep a threshold offset for the next sample."""
        if theta is not None and population.theta is not None and population.homeostasis is not None:
            c = _single(population.homeostasis.coefficients(self.steps * self.network.dt))
            population.theta.copy_(population.homeostasis.after_sample(theta, c))

    def _spiked(self, name: str, sample: int) -> Tensor:
        parts = [spikes for s, _, spikes in self.rasters[name] if s == sample]
        return torch.cat(parts) if parts else torch.zeros(0, dtype=torch.int64)

    def _layers(self) -> dict[str, _Layer]:
        layers = {}
        for name in self.network.populations:
            population = self.network.population(name)
            theta, homeostasis = population.theta, population.homeostasis
            layers[name] = _Layer(
                population,
                _single(population.neuron.coefficients(self.network.dt)),
                population.neuron.initial(torch.zeros(1, population.n)),
                None if theta is None else theta.clone(),
                None if homeostasis is None else _single(homeostasis.coefficients(self.steps * self.network.dt)),
            )
        return layers

    def _learners(self) -> dict[Key, _Learner]:
        learners = {}
        for key, rule in self.network.rules.items():
            connection = self.network.connections[key]
            learners[key] = _Learner(
                rule,
                connection.weight.detach().clone(),
                _single(rule.coefficients(self.network.dt)),
                {name: torch.zeros(connection.n_source) for name in rule.pre_traces},
                {name: torch.zeros(connection.n_target) for name in rule.post_traces},
            )
        return learners

    def _sample(self, sample: int, layers: dict[str, _Layer], learners: dict[Key, _Learner]) -> None:
        connections = self.network.connections.items()
        arrivals = {
            (key[1], c.port): torch.zeros(max(d.longest_delay for _, d in connections), c.n_target)
            for key, c in connections
        }
        for t in range(self.steps):
            for name, layer in layers.items():
                ports = layer.population.neuron.ports
                silence = torch.zeros(1, layer.population.n)
                arrived = ports(*(_taken(arrivals.get((name, port)), silence) for port in ports._fields))  # type: ignore[attr-defined]
                layer.step(arrived, learn=self.learn)
                if len(layer.spikes):
                    self.rasters[name].append((sample, t, layer.spikes))
            given = {name: torch.from_numpy(train.at(sample, t)).long() for name, train in self.trains.items()}
            spikes = given | {name: layer.spikes for name, layer in layers.items()}
            for key, learner in learners.items():
                learner.step(spikes[key[0]], spikes[key[1]], self.network.dt)
            for key, connection in connections:
                weight = connection.weight.data
                if key in learners:
                    connection.weight.data = learners[key].weight
                connection.send(spikes[key[0]], arrivals[key[1], connection.port])
                connection.weight.data = weight

    def _responses(self, name: str) -> Responses:
        n = self.network.population(name).n
        counts = torch.zeros(self.samples, n, dtype=torch.int32)
        first = torch.full((self.samples, n), self.steps, dtype=torch.int32)
        for sample, t, spikes in self.rasters[name]:
            counts[sample, spikes] += 1
            first[sample, spikes] = torch.clamp(first[sample, spikes], max=t)
        events = None
        if name in self.record:
            listed = [(t, sample, int(i)) for sample, t, spikes in self.rasters[name] for i in spikes]
            columns = torch.tensor(sorted(listed), dtype=torch.int64).reshape(-1, 3)
            events = Events(*columns.unbind(1))
        return Responses(counts, steps=self.steps, first=first, events=events)

    def _counts(self) -> Counts:
        spikes = {name: train.spikes for name, train in self.trains.items()}
        spikes |= {name: sum(len(s) for _, _, s in raster) for name, raster in self.rasters.items()}
        return tally(
            self.network,
            samples=self.samples,
            steps=self.steps,
            arithmetic=_arithmetic(self.network),
            spikes=spikes,
            changes=self.changes,
        )


def _arithmetic(network: Network) -> Arithmetic:
    from picojoule.simulate.event.cache import facts
    from picojoule.simulate.event.engine import arithmetic
    from picojoule.simulate.event.plan import plan

    return arithmetic(facts(plan(network, learn=True)))


def _taken(buffer: Tensor | None, silence: Tensor) -> Tensor:
    """What arrives now; what arrives later moves up by one step."""
    if buffer is None:
        return silence
    now = buffer[0].clone()
    buffer[:-1] = buffer[1:].clone()
    buffer[-1] = 0.0
    return now.unsqueeze(0)


def _single(coefficients: Any) -> Any:
    """Coefficients in the precision of the loop."""
    return type(coefficients)(*(value.to(torch.float32) for value in coefficients))
