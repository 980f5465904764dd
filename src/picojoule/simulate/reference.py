"""The reference engine: the same loops in plain torch, one operation after the other. It is the truth, and slow."""

import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from picojoule.connect.base import Connection
from picojoule.core.arguments import public
from picojoule.core.counts import Counts
from picojoule.core.errors import EngineError
from picojoule.core.events import Events
from picojoule.core.params import Samples
from picojoule.core.responses import Responses
from picojoule.core.trains import SpikeTrains
from picojoule.network.network import Network, Population
from picojoule.simulate.event.plan import RulePlan, trace_integrate, trace_rule
from picojoule.simulate.finite import check_finite, check_kept, check_learned
from picojoule.simulate.inputs import (
    Spikes,
    check_numbers,
    checked_coefficients,
    checked_inputs,
    checked_record,
)
from picojoule.simulate.reference_parts import Layer, Learner, single
from picojoule.simulate.result import Run
from picojoule.simulate.tally import Arithmetic, WeightChanges, tally

Key = tuple[str, str]
RULE = "look at the equations of its rule"


@dataclass(frozen=True)
class Reference:
    """Run networks step by step in plain torch: any connection, any selection, no compilation.

    Equations are traced all the same, to count the arithmetic of a step.

    Example:
        >>> Reference()
        Reference()
    """

    @public
    def run(
        self,
        network: Network,
        spikes: Spikes | Mapping[str, Spikes],
        *,
        learn: bool = False,
        batch_size: Samples = 1,
        record: Iterable[str] = (),
    ) -> Run:
        """See `picojoule.simulate.run.run`."""
        trains = checked_inputs(network, spikes)
        names = checked_record(network, record)
        check_numbers(network, learn=learn)
        with torch.no_grad():
            return _Simulation(network, trains, learn, names).run(batch_size)


class _Simulation:
    def __init__(self, network: Network, trains: dict[str, SpikeTrains], learn: bool, record: frozenset[str]) -> None:
        first = next(iter(trains.values()))
        self.network, self.trains, self.learn, self.record = network, trains, learn, record
        self.samples, self.steps = first.samples, first.steps
        self.rules = {key: trace_rule(rule) for key, rule in network.rules.items()}
        self.changes: dict[Key, WeightChanges] = {}
        self.events = dict.fromkeys(network.connections, 0)
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
        if self.learn:
            check_learned(self.network)
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
        thetas = {name: p.theta for name, p in populations.items() if p.theta is not None}
        raised = {name: torch.zeros_like(theta) for name, theta in thetas.items()}
        for sample in batch:
            layers, learners = self._layers(), self._learners()
            self._sample(sample, layers, learners)
            for key, learner in learners.items():
                check_kept(f"weight of {'->'.join(key)} after learning", learner.weight, learner.rule)
                summed[key] += learner.weight - weights[key]
                self._note(key, learner)
            for name, layer in layers.items():
                if layer.theta is not None:
                    raised[name] += layer.theta - thetas[name]
        for key, weight in weights.items():
            low, high = self.network.rules[key].bounds
            moved = torch.clamp(weight + summed[key], low, high)
            columns = {int(i) for sample in batch for i in self._spiked(key[1], sample)}
            learner = self._learners()[key]
            self._normalise(key, moved, learner, columns)
            self._note(key, learner)
        for name, rise in raised.items():
            self._settle(populations[name], thetas[name] + rise)

    def _normalise(self, key: Key, weight: Tensor, learner: Learner, columns: set[int]) -> None:
        chosen = torch.tensor(sorted(columns), dtype=torch.int64)
        if key in self.network.normalisations and len(chosen):
            weight = self.network.normalisations[key].apply(weight, chosen)
            weight[:, chosen] = weight[:, chosen].clamp(*self.network.rules[key].bounds)
            learner.normalised += weight.shape[0] * len(chosen)
        self.network.connections[key].weight.copy_(weight)

    def _note(self, key: Key, learner: Learner) -> None:
        before = self.changes.get(key, WeightChanges())
        self.changes[key] = WeightChanges(
            before.on_pre + learner.on_pre, before.on_post + learner.on_post, before.normalised + learner.normalised
        )

    def _settle(self, population: Population, theta: Tensor | None) -> None:
        """Keep a threshold offset for the next sample."""
        if theta is not None and population.theta is not None and population.homeostasis is not None:
            c = single(population.homeostasis.coefficients(self.steps * self.network.dt))
            population.theta.copy_(population.homeostasis.after_sample(theta, c))

    def _spiked(self, name: str, sample: int) -> Tensor:
        parts = [spikes for s, _, spikes in self.rasters[name] if s == sample]
        return torch.cat(parts) if parts else torch.zeros(0, dtype=torch.int64)

    def _layers(self) -> dict[str, Layer]:
        layers = {}
        for name in self.network.populations:
            population = self.network.population(name)
            theta, homeostasis = population.theta, population.homeostasis
            layers[name] = Layer(
                name,
                population,
                single(checked_coefficients(self.network, name)),
                population.neuron.initial(torch.zeros(1, population.n)),
                None if theta is None else theta.clone(),
                None if homeostasis is None else single(homeostasis.coefficients(self.steps * self.network.dt)),
            )
        return layers

    def _learners(self) -> dict[Key, Learner]:
        learners = {}
        for key, rule in self.network.rules.items():
            connection = self.network.connections[key]
            learners[key] = Learner(
                rule,
                self.rules[key],
                connection.weight.detach().clone(),
                single(rule.coefficients(self.network.dt)),
                {name: torch.zeros(connection.n_source) for name in rule.pre_traces},
                {name: torch.zeros(connection.n_target) for name in rule.post_traces},
            )
        return learners

    def _sample(self, sample: int, layers: dict[str, Layer], learners: dict[Key, Learner]) -> None:
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
                layer.step(arrived, learn=self.learn, sample=sample, t=t)
                if len(layer.spikes):
                    self.rasters[name].append((sample, t, layer.spikes))
            given = {name: torch.from_numpy(train.at(sample, t)).long() for name, train in self.trains.items()}
            spikes = given | {name: layer.spikes for name, layer in layers.items()}
            for key, learner in learners.items():
                learner.step(spikes[key[0]], spikes[key[1]], self.network.dt)
                check_finite(f"weight of {'->'.join(key)} in step {t} of sample {sample}", learner.weight, RULE)
            for key, connection in connections:
                weight = connection.weight.data
                if key in learners:
                    connection.weight.data = learners[key].weight
                sent = connection.send(spikes[key[0]], arrivals[key[1], connection.port])
                self.events[key] += _whole(sent, connection)
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
        return Responses(counts, steps=self.steps, first=first, events=events, dt=self.network.dt)

    def _counts(self) -> Counts:
        spikes = {name: train.spikes for name, train in self.trains.items()}
        spikes |= {name: sum(len(s) for _, _, s in raster) for name, raster in self.rasters.items()}
        return tally(
            self.network,
            samples=self.samples,
            steps=self.steps,
            arithmetic=_arithmetic(self.network, self.rules),
            spikes=spikes,
            events=self.events,
            changes=self.changes,
        )


def _arithmetic(network: Network, rules: Mapping[Key, RulePlan]) -> Arithmetic:
    """What single steps cost, whatever the connections are."""
    step = {}
    for name in network.populations:
        population = network.population(name)
        extra = 1 + (population.homeostasis is not None)  # the comparison with 0, and the adaptive threshold
        step[name] = trace_integrate(population.neuron).operations(extra=extra)
    on_pre = {key: rule.on_pre.operations() for key, rule in rules.items()}
    return Arithmetic(step, on_pre, {key: rule.on_post.operations() for key, rule in rules.items()})


def _whole(events: object, connection: Connection) -> int:
    """The synaptic events that a connection says it sent."""
    try:
        return operator.index(events)  # type: ignore[arg-type]
    except TypeError as error:
        kind = type(connection).__name__
        raise EngineError(f"{kind}.send must return how many synaptic events it sent, got {events!r}") from error


def _taken(buffer: Tensor | None, silence: Tensor) -> Tensor:
    """What arrives now; what arrives later moves up by one step."""
    if buffer is None:
        return silence
    now = buffer[0].clone()
    buffer[:-1] = buffer[1:].clone()
    buffer[-1] = 0.0
    return now.unsqueeze(0)
