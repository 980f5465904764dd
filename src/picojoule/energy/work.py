"""Work: operations and memory traffic, before any price.

A spiking network's work is read off the counters of a run:

    neuron updates     updates x (operations of the traced step), state words read and written
    spikes             one word (the neuron's address) written and read
    synaptic events    one addition, one weight read
    weight updates     operations of the rule, one weight read and written
    normalisation      one addition and one read for the sum; one multiplication, one read and one write to rescale

A connection that stores a single number (all synapses share it) keeps it in a register and reads no memory.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from picojoule.core.arguments import public
from picojoule.core.counts import ConnectionCounts, Counts, Operations, PopulationCounts
from picojoule.core.errors import ParameterError

Part = Literal["neurons", "synapses", "weight updates", "encoder", "readout"]
PARTS: tuple[Part, ...] = get_args(Part)

SHARED_ASSUMPTIONS = (
    "Not counted: leakage, clocks, control, address arithmetic, wires, moving the image in and the result out.",
    "Every array has a memory of its own, priced by what it must hold; partial sums stay in registers.",
)
SPIKING_ASSUMPTIONS = (
    "A spike is one word, the neuron's address, written once and read once.",
    "Competition among neurons, adaptive thresholds and traces of learning rules are counted where the engine counts "
    "them in a population's step or in a rule's update, and nowhere else.",
)


NO_OPERATIONS = Operations()


@dataclass(frozen=True)
class Products:
    """Synaptic operations of a line, for prices that are given per synaptic operation; `operations` holds them too."""

    dense: int = 0  # products of all inputs and all weights, zeros included, in every step
    macs: int = 0  # multiply-accumulates: weight and input are not zero, and the input is no spike
    accumulates: int = 0  # additions: the weight is not zero, and the input is a spike
    targets: int = 0  # units whose sums these are: what a memory of partial sums must hold

    @property
    def effective(self) -> int:
        """Products without zeros."""
        return self.macs + self.accumulates


NO_PRODUCTS = Products()


@dataclass(frozen=True)
class Traffic:
    """Words that go to and from one memory, summed over a run."""

    words: int  # what the memory must hold
    reads: int = 0
    writes: int = 0


@dataclass(frozen=True)
class Work:
    """One line of the account, summed over a run.

    Args:
        part: the column that it belongs to.
        name: population, connection or stage.
        operations: arithmetic.
        traffic: words read and written, one entry per memory.
        per_spike: whether the work grows with the number of spikes; neuron updates do not.
        products: synaptic operations, those that `operations` holds.
        updates: updates of spiking neurons.
    """

    part: Part
    name: str
    operations: Operations = NO_OPERATIONS
    traffic: tuple[Traffic, ...] = ()
    per_spike: bool = True
    products: Products = NO_PRODUCTS
    updates: int = 0


@dataclass(frozen=True)
class Workload:
    """All the work of a run of `images` images.

    Args:
        images: images that the work is divided by, at least 1.
        works: the lines.
        spikes: spikes of all populations, summed over the run; 0 for a conventional network.
        chances: steps of neurons and of spiking inputs in which a spike could have come, summed over the run, so that
            `spikes / chances` is the spike rate.
        assumptions: sentences that have to stand beside the result.
    """

    images: int
    works: tuple[Work, ...]
    spikes: int = 0
    chances: int = 0
    assumptions: tuple[str, ...] = SHARED_ASSUMPTIONS

    def __post_init__(self) -> None:
        if self.images < 1:
            raise ParameterError(f"images must be >= 1, got {self.images}. Count a run with at least one image.")


@public
def spiking_workload(
    counts: Counts, *, encoder: Iterable[Work] = (), readout: Iterable[Work] = (), images: int | None = None
) -> Workload:
    """Work of a spiking network, from what a run counted.

    The same function serves inference and training: a run without plasticity has no weight updates.

    Args:
        counts: counters of the run.
        encoder: what making the input spikes took, see `encoder_operations`.
        readout: what turning output spikes into a class took, see `readout_operations`.
        images: images that were shown; `None` means every presentation was another image.

    Returns:
        The work, one line per population, connection, encoder and readout stage.

    Raises:
        ParameterError: if nothing was run.

    Example:
        >>> from picojoule.core.counts import ConnectionCounts
        >>> run = Counts(samples=1, connections={("X", "Y"): ConnectionCounts(synapses=6, events=4, stored_weights=6)})
        >>> spiking_workload(run).works[0].operations.additions
        4
    """
    works = [*encoder]
    for name, population in counts.populations.items():
        works += _population(name, population)
    for (source, target), connection in counts.connections.items():
        targets = counts.populations[target].neurons if target in counts.populations else 0
        works += _connection(f"{source} -> {target}", connection, counts.steps, targets)
    return Workload(
        images=counts.samples if images is None else images,
        works=(*works, *readout),
        spikes=sum(population.spikes for population in counts.populations.values()),
        chances=sum(population.neurons for population in counts.populations.values()) * counts.steps,
        assumptions=(*SHARED_ASSUMPTIONS, *SPIKING_ASSUMPTIONS),
    )


def _population(name: str, counts: PopulationCounts) -> list[Work]:
    spikes = Traffic(counts.neurons, reads=counts.spikes, writes=counts.spikes)
    if not counts.updates:  # a population without dynamics is an input: its spikes belong to the encoder
        return [Work("encoder", f"{name} spikes", traffic=(spikes,))]
    words = counts.updates * counts.state_words
    state = Traffic(counts.neurons * counts.state_words, reads=words, writes=words)
    return [
        Work("neurons", name, counts.step * counts.updates, (state,), per_spike=False, updates=counts.updates),
        Work("neurons", f"{name} spikes", traffic=(spikes,)),
    ]


def _connection(name: str, counts: ConnectionCounts, steps: int, targets: int) -> list[Work]:
    stored = counts.stored_weights
    products = Products(dense=counts.synapses * steps, accumulates=counts.events, targets=targets)
    works = [
        Work(
            "synapses",
            name,
            Operations(additions=counts.events),
            (Traffic(stored, reads=counts.events),) if stored > 1 else (),
            products=products,
        )
    ]
    updates = counts.updates_on_pre + counts.updates_on_post
    if updates:
        rule = counts.on_pre * counts.updates_on_pre + counts.on_post * counts.updates_on_post
        works.append(Work("weight updates", name, rule, (Traffic(stored, updates, updates),)))
    if counts.normalised:
        works.append(
            Work(
                "weight updates",
                f"{name} normalisation",
                Operations(additions=counts.normalised, multiplications=counts.normalised),
                (Traffic(stored, reads=2 * counts.normalised, writes=counts.normalised),),
                per_spike=False,
            )
        )
    return works
