"""Budgets between what a network costs without a spike and what it costs without a limit."""

from collections.abc import Sequence

from picojoule.core.errors import ParameterError
from picojoule.energy.amount import energy_amount
from picojoule.plot.units import energy_unit

SHARES = (1 / 2, 1 / 4, 1 / 8, 1 / 16)  # of the energy of spikes
ROUNDING = 0.01  # of the energy of spikes


def budgets_between(minimum: float, unlimited: float) -> tuple[str, ...]:
    """Budgets that leave a half, a quarter, an eighth and a sixteenth of the energy of spikes.

    Args:
        minimum: pJ per image without a spike.
        unlimited: pJ per image without a limit.

    Returns:
        Budgets as text, rounded so that no more than a hundredth of their energy of spikes is changed; none if there
        is nothing between.

    Example:
        >>> budgets_between(1_100_000.0, 17_100_000.0)
        ('9.1 µJ', '5.1 µJ', '3.1 µJ', '2.1 µJ')
    """
    if unlimited <= minimum:
        return ()
    return tuple(_rounded(minimum + share * (unlimited - minimum), minimum) for share in SHARES)


def checked_budgets(budgets: Sequence[str]) -> tuple[str, ...]:
    """Refuse what is no energy, and budgets that are there twice.

    Args:
        budgets: as the user gave them.

    Returns:
        The same, the largest first.

    Raises:
        ParameterError: names the first one that is no good.
    """
    amounts = {text: energy_amount(text, name="--budgets") for text in budgets}
    seen: dict[float, str] = {}
    for text in budgets:
        if amounts[text] in seen:
            raise ParameterError(
                f"--budgets holds {seen[amounts[text]]!r} and {text!r}, the same energy; leave one out"
            )
        seen[amounts[text]] = text
    return tuple(sorted(budgets, key=lambda text: -amounts[text]))


def _rounded(value: float, minimum: float) -> str:
    size, unit = energy_unit(value)
    for digits in range(2, 17):
        text = f"{value / size:.{digits}g}"
        if abs(float(text) * size - value) <= ROUNDING * (value - minimum):
            break
    return f"{float(text):.15g} {unit}"
