"""What a study itself sees that would fool a reader."""

from collections.abc import Sequence

from picojoule.energy.study.spread import Spread
from picojoule.energy.study.trial import Side

NO_SPIKES = (
    "no spikes: {name} never spiked on the test images, so its figures are those of a network that does nothing. Raise "
    "the input or the weights, lower the thresholds, or train it longer, and compare again."
)
ALL_SPIKES = (
    "all spikes: every neuron of {name} spiked in every step, so that spikes carry no information and save nothing. "
    "Lower the input or the weights, raise the thresholds, or add a penalty on activity, and compare again."
)


def degenerate(side: Side) -> str:
    """A sentence if a spiking network is silent or spikes all the time; else nothing.

    Args:
        side: the spiking network.

    Example:
        >>> from picojoule.energy.work import Workload
        >>> silent = Side("the SNN", 0.1, 10, {"events": Workload(1, (), spikes=0, chances=100)})
        >>> degenerate(silent)[:34]
        'no spikes: the SNN never spiked on'
    """
    works = list(side.inference.values())
    if all(work.spikes == 0 for work in works):
        return NO_SPIKES.format(name=side.name)
    if all(work.spikes == work.chances for work in works):
        return ALL_SPIKES.format(name=side.name)
    return ""


def own_warnings(
    spiking: tuple[Side, Spread], rival: tuple[Side, Spread], *, without_memory: Sequence[str], seeds: int
) -> list[str]:
    """What the study sees beside the warnings of its trials.

    Args:
        spiking: the spiking network, and its accuracy.
        rival: the network that it is compared with, and its accuracy.
        without_memory: names of tables that have no price of memory.
        seeds: number of trials.

    Returns:
        Sentences, the gravest first.
    """
    (side, accuracy), (other, others) = spiking, rival
    found = [degenerate(side)]
    if not accuracy.overlaps(others):
        worse, better = (side, other) if accuracy.mean < others.mean else (other, side)
        found.append(
            f"unequal accuracy: {worse.name} answers worse than {better.name} beyond the 95 % intervals, so the "
            "energies are those of networks that do not do the same. A smaller network that is as accurate as the "
            "worse one might need less."
        )
    found += [
        f"missing memory cost: {table} has no price of memory, which often costs more than arithmetic; its figures "
        "are of arithmetic alone."
        for table in without_memory
    ]
    if seeds == 1:
        found.append(
            "one seed: the intervals say how much other test images may change the accuracies, and nothing of other "
            "seeds. Compare with several seeds."
        )
    return [sentence for sentence in found if sentence]
