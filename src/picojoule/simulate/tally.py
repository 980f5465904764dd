"""From what an engine counted to `Counts`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from picojoule.connect.base import Connection
from picojoule.core.counts import ConnectionCounts, Counts, Operations, PopulationCounts
from picojoule.network.network import Network, Population


@dataclass(frozen=True)
class Arithmetic:
    """The arithmetic of single steps, read off traced graphs.

    Args:
        step: of one neuron in one step, by population.
        on_pre: of one weight change by a presynaptic spike, by connection.
        on_post: of one weight change by a postsynaptic spike, by connection.
    """

    step: Mapping[str, Operations]
    on_pre: Mapping[tuple[str, str], Operations]
    on_post: Mapping[tuple[str, str], Operations]


@dataclass(frozen=True)
class WeightChanges:
    """What happened to the weights of one connection."""

    on_pre: int = 0
    on_post: int = 0
    normalised: int = 0


def tally(
    network: Network,
    *,
    samples: int,
    steps: int,
    arithmetic: Arithmetic,
    spikes: Mapping[str, int],
    events: Mapping[tuple[str, str], int],
    changes: Mapping[tuple[str, str], WeightChanges],
) -> Counts:
    """Counts of a run.

    Args:
        network: what was run.
        samples: number of presentations.
        steps: steps of each.
        arithmetic: what single steps cost.
        spikes: spikes of every input and population, by name.
        events: synaptic events of every connection.
        changes: weight changes of the connections that learned.
    """
    counts = Counts(samples=samples, steps=samples * steps)
    for name, size in network.inputs.items():
        counts.populations[name] = PopulationCounts(size, spikes=spikes[name])
    for name in network.populations:
        population = network.population(name)
        counts.populations[name] = PopulationCounts(
            population.n,
            spikes=spikes[name],
            updates=population.n * samples * steps,
            state_words=_state_words(population),
            step=arithmetic.step[name],
        )
    for key, connection in network.connections.items():
        changed = changes.get(key, WeightChanges())
        counts.connections[key] = ConnectionCounts(
            connection.synapses,
            events=events[key],
            updates_on_pre=changed.on_pre,
            updates_on_post=changed.on_post,
            normalised=changed.normalised,
            stored_weights=connection.weight.numel() + _delays(connection),
            on_pre=arithmetic.on_pre.get(key, Operations()),
            on_post=arithmetic.on_post.get(key, Operations()),
        )
    return counts


def synaptic_events(connection: Connection, spikes: int, by_source: Callable[[], Tensor]) -> int:
    """Synaptic events of a connection: of every source neuron, its spikes times its synapses.

    Args:
        connection: what the spikes go through.
        spikes: of all source neurons together.
        by_source: gives those of each, `[n_source]`; asked only where fan-outs differ.
    """
    low, high = connection.fan_out.aminmax()
    return int(low) * spikes if low == high else int((connection.fan_out * by_source()).sum())


def _state_words(population: Population) -> int:
    state = len(population.neuron.initial(torch.zeros(1, 1)))
    return state + (population.theta is not None)


def _delays(connection: Connection) -> int:
    delay = getattr(connection, "delay", None)
    return 0 if delay is None else int(delay.numel())
