"""The outcome in one sentence, whoever wins."""

from collections.abc import Mapping
from typing import NamedTuple

from picojoule.core.words import factor, listed


class Ratio(NamedTuple):
    """Energy of the spiking network over that of the ReLU network, under one table."""

    compute: float
    total: float


def inference_sentence(
    ratios: Mapping[str, Ratio], *, spiking: tuple[str, float], relu: tuple[str, float], methods: str = ""
) -> str:
    """Who needs less energy per image, by how much under which table, and who is more accurate.

    Args:
        ratios: by table.
        spiking: name and accuracy (a fraction).
        relu: name and accuracy.
        methods: which method was counted, where there was a choice.

    Example:
        >>> text = inference_sentence({"fp32": Ratio(0.5, 0.25)}, spiking=("A", 0.8), relu=("B", 0.9))
        >>> for clause in text.split("; "):
        ...     print(clause)
        A needs less energy per image under every cost table: in compute alone 2.0 times less (fp32)
        with memory 4.0 times less (fp32)
        B is more accurate, 90.0 % against 80.0 %.
    """
    (s, accuracy), (r, rival) = spiking, relu
    return (
        f"{_sentence(ratios, 'needs less energy per image', s, r)}{_note(methods)}; {_accuracy(s, accuracy, r, rival)}."
    )


def training_sentence(
    ratios: Mapping[str, Ratio], *, spiking: tuple[str, int], relu: tuple[str, int], methods: str = ""
) -> str:
    """Whose training took less energy in all, by how much under which table.

    Args:
        ratios: by table, of whole trainings.
        spiking: name and number of images shown, all epochs together.
        relu: name and number of images shown.
        methods: which method was counted, where there was a choice.

    Example:
        >>> text = training_sentence({"fp32": Ratio(3.0, 1.0)}, spiking=("A", 1000), relu=("B", 2000))
        >>> for clause in text.split(": ")[1].split("; "):
        ...     print(clause)
        in compute alone B needs 3.0 times less (fp32)
        with memory both need the same (fp32)
        A was shown 1,000 images and B 2,000.
    """
    (s, shown), (r, rival) = spiking, relu
    body = _sentence(ratios, "needs less energy for all its training", s, r)
    return f"{body}{_note(methods)}; {s} was shown {shown:,} images and {r} {rival:,}."


def _sentence(ratios: Mapping[str, Ratio], what: str, spiking: str, relu: str) -> str:
    winners = {_winner(value, spiking, relu) for ratio in ratios.values() for value in ratio}
    one = winners.pop() if len(winners) == 1 else ""
    headline = (
        f"{_capital(one)} {what} under every cost table" if one else f"Which network {what} depends on what is counted"
    )
    compute = _clause({table: ratio.compute for table, ratio in ratios.items()}, spiking, relu, named=not one)
    total = _clause({table: ratio.total for table, ratio in ratios.items()}, spiking, relu, named=not one)
    return f"{headline}: in compute alone {compute}; with memory {total}"


def _clause(ratios: Mapping[str, float], spiking: str, relu: str, *, named: bool) -> str:
    clauses = []
    for network in (spiking, relu):
        entries = [f"{_times(r)} ({table})" for table, r in ratios.items() if _winner(r, spiking, relu) == network]
        if entries:
            clauses.append(f"{network} needs {listed(entries)}" if named else listed(entries))
    equal = [f"({table})" for table, r in ratios.items() if not _winner(r, spiking, relu)]
    if equal:
        clauses.append(f"both need the same {listed(equal)}")
    return ", ".join(clauses)


def _note(methods: str) -> str:
    return f"; {methods}" if methods else ""


def _winner(ratio: float, spiking: str, relu: str) -> str:
    if abs(ratio - 1.0) < 0.005:  # no difference that the assumptions could carry
        return ""
    return spiking if ratio < 1.0 else relu


def _times(ratio: float) -> str:
    if ratio in (0.0, float("inf")):
        return "no energy at all"
    return f"{factor(max(ratio, 1.0 / ratio))} times less"


def _accuracy(spiking: str, accuracy: float, relu: str, rival: float) -> str:
    if accuracy == rival:
        return f"both are equally accurate, {accuracy:.1%}".replace("%", " %")
    name, high, low = (spiking, accuracy, rival) if accuracy > rival else (relu, rival, accuracy)
    digits = next((d for d in range(1, 9) if f"{100 * high:.{d}f}" != f"{100 * low:.{d}f}"), 9)
    return f"{name} is more accurate, {100 * high:.{digits}f} % against {100 * low:.{digits}f} %"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
