"""The outcome of a study in one sentence, whoever wins."""

import math

from picojoule.energy.study.extent import Extent
from picojoule.energy.study.spread import Spread, paired_difference


def sentence(
    spiking: tuple[str, Spread],
    rival: tuple[str, Spread],
    *,
    compute: Extent | None,
    total: Extent | None,
    notes: tuple[str, ...] = (),
) -> str:
    """Who needs less energy, by what interval over which tables, and whose accuracy is higher.

    Args:
        spiking: name and accuracy.
        rival: name and accuracy.
        compute: ratios of arithmetic alone, spiking over rival; `None` if no table prices both.
        total: ratios with memory; `None` if no table prices both with memory.
        notes: clauses that must not be missed, such as what was not counted.

    Returns:
        One sentence.

    Example:
        >>> from picojoule.energy.study.extent import extent
        >>> from picojoule.energy.study.spread import spread
        >>> sides = ("the SNN", spread([0.8], images=100)), ("the ANN", spread([0.95], images=100))
        >>> text = sentence(*sides, compute=extent({"fp32": 1.5}), total=extent({"fp32": 3.0}))
        >>> for clause in text.replace(": ", ":; ").split("; "):
        ...     print(clause)
        The SNN loses on energy under every cost table:
        with memory it needs 3.0 times as much energy as the ANN (fp32)
        in arithmetic alone 1.50 times as much (fp32)
        it is less accurate, 80.0 % against 95.0 %, and the 95 % intervals do not overlap.
    """
    (name, accuracy), (other, others) = spiking, rival
    clauses = [_energy(name, other, compute, total), _accuracy(accuracy, others), *notes]
    text = "; ".join(clauses)
    return f"{text[:1].upper()}{text[1:]}."


def _energy(name: str, other: str, compute: Extent | None, total: Extent | None) -> str:
    alone, whole = "in arithmetic alone", "with memory"
    if compute and total:
        found = f"{whole} it needs {total.words(other)}; {alone} {compute.words()}"
        return f"{_headline(name, compute, total)}: {found}"
    if total:
        return f"{_one_headline(name, total)}: {whole} it needs {total.words(other)}"
    if compute:
        found = f"{alone} it needs {compute.words(other)}; memory, which often costs more, is not priced"
        return f"{_one_headline(name, compute)}: {found}"
    return f"no cost table prices both {name} and {other}, so nothing can be said of their energies"


def _headline(name: str, compute: Extent, total: Extent) -> str:
    if compute.wins and total.loses:
        return f"{name} needs less energy only as long as memory is not counted, and loses with it"
    if compute.loses and total.wins:
        return f"{name} needs less energy only where memory is counted, and loses without it"
    return _one_headline(name, compute, total)


def _one_headline(name: str, *found: Extent) -> str:
    if all(one.wins for one in found):
        return f"{name} needs less energy under every cost table"
    if all(one.loses for one in found):
        return f"{name} loses on energy under every cost table"
    if all(one.never_less for one in found):
        return f"{name} needs less energy under no cost table"
    return f"whether {name} needs less energy depends on the cost table"


def _accuracy(own: Spread, other: Spread) -> str:
    overlap = "overlap" if own.overlaps(other) else "do not overlap"
    joint = "but" if own.overlaps(other) else "and"
    if own.mean == other.mean:
        return f"both are equally accurate, {percents(own.mean, other.mean)[0]}"
    one, two = percents(own.mean, other.mean)
    word = "more" if own.mean > other.mean else "less"
    paired = paired_difference(own, other)
    if paired is None:
        return f"it is {word} accurate, {one} against {two}, {joint} the 95 % intervals {overlap}"
    low, high = sorted(100.0 * math.copysign(1.0, paired[0]) * bound for bound in paired[1:])
    difference = f"{100.0 * abs(paired[0]):.1f} points (95 % interval {low:.1f} to {high:.1f}, paired over {own.over})"
    return f"it is {word} accurate, {one} against {two}, by {difference}"


def percents(one: float, other: float) -> tuple[str, str]:
    """Two fractions in percent, with as many digits as tell them apart.

    Example:
        >>> percents(0.98, 0.97), percents(0.98004, 0.97996)
        (('98.0 %', '97.0 %'), ('98.004 %', '97.996 %'))
    """
    pairs = [(f"{100 * one:.{digits}f} %", f"{100 * other:.{digits}f} %") for digits in range(1, 9)]
    return next((pair for pair in pairs if pair[0] != pair[1]), pairs[0])
