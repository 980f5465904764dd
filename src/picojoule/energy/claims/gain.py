"""How many times more energy a conventional network needs than the spiking one, under one way of counting."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product

from picojoule.energy.account import account
from picojoule.energy.claims.networks import PublishedNetwork, Range
from picojoule.energy.claims.rivals import Elementwise, Kind, rival_work
from picojoule.energy.claims.spiking import Update, spiking_work
from picojoule.energy.costs import CostTable
from picojoule.energy.work import Workload


@dataclass(frozen=True)
class Counting:
    """What is counted, and against what.

    Args:
        rival: the conventional network.
        skips: whether the rival skips inputs that are zero, where this costs it less.
        input_spikes: whether the spikes of the input are counted; else it is silent.
        update: of the spiking neurons.
        elementwise: of the rival's units.
        memory: whether reads and writes are counted.
    """

    rival: Kind = "ReLU RNN"
    skips: bool = True
    input_spikes: bool = True
    update: Update = "traced"
    elementwise: Elementwise = "counted"
    memory: bool = True


def gain(network: PublishedNetwork, table: CostTable, counting: Counting) -> Range:
    """Energy of the rival over that of the spiking network, for one sample.

    Args:
        network: the published sizes and rates.
        table: of costs.
        counting: what is counted.

    Returns:
        Above 1 the spiking network needs less. An interval where a rate is: both ends of every rate are computed, and
        a rate between them gives a factor between theirs, because both energies are linear in it.

    Example:
        >>> from picojoule.energy.claims.networks import network
        >>> from picojoule.energy.costs import cost_table
        >>> found = gain(network("ECG"), cost_table("horowitz-45nm-fp32"), Counting(memory=False))
        >>> f"{found.lowest:.2f}"
        '4.73'
    """
    quotients = [
        min(_energy(rival, table, counting) for rival in rivals) / _energy(spiking, table, counting)
        for spiking, rivals in _workloads(network, counting)
    ]
    return Range(min(quotients), max(quotients))


def _energy(work: Workload, table: CostTable, counting: Counting) -> float:
    priced = account(work, table)
    return priced.total if counting.memory else priced.compute


@lru_cache(maxsize=256)
def _pairs(network: PublishedNetwork, counting: Counting) -> tuple[tuple[Workload, tuple[Workload, ...]], ...]:
    return tuple(_made(network, counting))


def _workloads(network: PublishedNetwork, counting: Counting) -> tuple[tuple[Workload, tuple[Workload, ...]], ...]:
    return _pairs(network, replace(counting, memory=True))  # the same work, priced in two ways


def _made(network: PublishedNetwork, counting: Counting) -> Iterator[tuple[Workload, tuple[Workload, ...]]]:
    inputs = set(network.input_rate) if counting.input_spikes else {0.0}
    hidden = {tuple(layer.rate[end] for layer in network.layers) for end in (0, 1)}
    for share, rates in product(sorted(inputs), sorted(hidden)):
        spiking = spiking_work(network, input_rate=share, rates=rates, update=counting.update)
        shares = (None, share) if counting.skips else (None,)
        yield (
            spiking,
            tuple(rival_work(network, counting.rival, skipped=s, elementwise=counting.elementwise) for s in shares),
        )
