"""What a simulation really did, counted.

A *spike* is one neuron firing once; a *synaptic event* is one spike arriving at one synapse, which is one addition.
The counters say what any hardware that runs the same model event by event has to do; prices are put on them in
`picojoule.energy`.
"""

from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from picojoule.core.errors import ParameterError, UnknownNameError


@dataclass(frozen=True)
class Operations:
    """Arithmetic of one elementwise step, read off its traced graph."""

    additions: int = 0  # additions, subtractions, comparisons, minima and maxima
    multiplications: int = 0
    divisions: int = 0
    functions: int = 0  # exp, log, tanh, …

    @property
    def total(self) -> int:
        """All operations, whatever their kind."""
        return self.additions + self.multiplications + self.divisions + self.functions

    def __add__(self, other: "Operations") -> "Operations":
        return Operations(
            self.additions + other.additions,
            self.multiplications + other.multiplications,
            self.divisions + other.divisions,
            self.functions + other.functions,
        )

    def __mul__(self, times: int) -> "Operations":
        return Operations(
            self.additions * times, self.multiplications * times, self.divisions * times, self.functions * times
        )


@dataclass
class PopulationCounts:
    """Work of one population, summed over the samples of a run."""

    neurons: int
    spikes: int = 0
    updates: int = 0  # neurons × steps × samples
    state_words: int = 0  # numbers that one update reads and writes
    step: Operations = field(default_factory=Operations)  # of one neuron in one step

    def __add__(self, other: "PopulationCounts") -> "PopulationCounts":
        _same("population", self, other, ("neurons", "state_words", "step"))
        return PopulationCounts(
            self.neurons, self.spikes + other.spikes, self.updates + other.updates, self.state_words, self.step
        )


@dataclass
class ConnectionCounts:
    """Work of one connection, summed over the samples of a run."""

    synapses: int
    events: int = 0  # synaptic events: one weight read and one addition each
    updates_on_pre: int = 0  # weights that a presynaptic spike changed: one read and one write each
    updates_on_post: int = 0  # weights that a postsynaptic spike changed: one read and one write each
    normalised: int = 0  # weights rescaled to a fixed sum: read and added, then read, multiplied, written
    stored_weights: int = 0  # numbers that memory must hold; 1 where all synapses share one weight
    on_pre: Operations = field(default_factory=Operations)  # of one update
    on_post: Operations = field(default_factory=Operations)

    def __add__(self, other: "ConnectionCounts") -> "ConnectionCounts":
        _same("connection", self, other, ("synapses", "stored_weights", "on_pre", "on_post"))
        return ConnectionCounts(
            self.synapses,
            self.events + other.events,
            self.updates_on_pre + other.updates_on_pre,
            self.updates_on_post + other.updates_on_post,
            self.normalised + other.normalised,
            self.stored_weights,
            self.on_pre,
            self.on_post,
        )


_Key = TypeVar("_Key")
_Part = TypeVar("_Part", PopulationCounts, ConnectionCounts)


@dataclass
class Counts:
    """Counters of a run.

    Args:
        samples: presentations that were run (an image shown twice counts twice).
        steps: time steps, summed over presentations.
        populations: counters by population name; spiking inputs are there too, with `updates == 0`.
        connections: counters by `(source, target)`.
    """

    samples: int = 0
    steps: int = 0
    populations: dict[str, PopulationCounts] = field(default_factory=dict)
    connections: dict[tuple[str, str], ConnectionCounts] = field(default_factory=dict)

    def __add__(self, other: "Counts") -> "Counts":
        """Counters of two runs of the same network, one after the other."""
        return Counts(
            self.samples + other.samples,
            self.steps + other.steps,
            _merge(self.populations, other.populations),
            _merge(self.connections, other.connections),
        )

    def spike_rate(self, population: str, *, dt: float) -> float:
        """Mean firing rate of one neuron.

        Args:
            population: name of the population.
            dt: length of one step, in ms.

        Returns:
            Spikes per neuron and second of simulated time, in Hz; 0 before the first step.

        Raises:
            UnknownNameError: if there is no such population.

        Example:
            >>> Counts(1, 250, {"Ae": PopulationCounts(neurons=4, spikes=10)}).spike_rate("Ae", dt=1.0)
            10.0
        """
        if population not in self.populations:
            raise UnknownNameError("population", population, self.populations)
        counts = self.populations[population]
        seconds = self.steps * dt / 1000.0
        return counts.spikes / (counts.neurons * seconds) if seconds > 0 else 0.0

    def per_sample(self) -> dict[str, float]:
        """Mean work of one presentation, over all populations and connections.

        Returns:
            `spikes`, `synaptic_events`, `neuron_updates` and `weight_updates` (normalisation included); zeros before
            the first presentation.

        Example:
            >>> Counts(2, 500, {"Ae": PopulationCounts(neurons=4, spikes=10)}).per_sample()["spikes"]
            5.0
        """
        totals = {
            "spikes": sum(p.spikes for p in self.populations.values()),
            "synaptic_events": sum(c.events for c in self.connections.values()),
            "neuron_updates": sum(p.updates for p in self.populations.values()),
            "weight_updates": sum(
                c.updates_on_pre + c.updates_on_post + c.normalised for c in self.connections.values()
            ),
        }
        return {name: total / max(self.samples, 1) for name, total in totals.items()}

    def to_dict(self) -> dict[str, Any]:
        """All counters as plain values for a JSON file; connections are named `source -> target`.

        Example:
            >>> Counts(connections={("X", "Ae"): ConnectionCounts(synapses=6)}).to_dict()["connections"].keys()
            dict_keys(['X -> Ae'])
        """
        return {
            "samples": self.samples,
            "steps": self.steps,
            "populations": {name: asdict(p) for name, p in self.populations.items()},
            "connections": {f"{source} -> {target}": asdict(c) for (source, target), c in self.connections.items()},
        }


def _same(kind: str, one: object, other: object, names: tuple[str, ...]) -> None:
    for name in names:
        a, b = getattr(one, name), getattr(other, name)
        if a != b:
            raise ParameterError(
                f"cannot add the counts of two different {kind}s: {name} is {a} in one and {b} in the other. "
                "Add only runs of the same network with the same rules."
            )


def _merge(one: dict[_Key, _Part], other: dict[_Key, _Part]) -> dict[_Key, _Part]:
    merged = dict(one)
    for name, counts in other.items():
        merged[name] = merged[name] + counts if name in merged else counts
    return merged


def counts_from_dict(stored: dict[str, Any]) -> Counts:
    """Counters from what `Counts.to_dict` gave.

    Example:
        >>> counts = Counts(1, 250, {"X": PopulationCounts(4)}, {("X", "Y"): ConnectionCounts(synapses=6)})
        >>> counts_from_dict(counts.to_dict()) == counts
        True
    """
    populations = {
        name: PopulationCounts(**{**part, "step": Operations(**part["step"])})
        for name, part in stored["populations"].items()
    }
    connections = {}
    for name, part in stored["connections"].items():
        source, _, target = name.partition(" -> ")
        arithmetic = {kind: Operations(**part[kind]) for kind in ("on_pre", "on_post")}
        connections[source, target] = ConnectionCounts(**{**part, **arithmetic})
    return Counts(stored["samples"], stored["steps"], populations, connections)
