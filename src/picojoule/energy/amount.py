"""Energies as people write them, `50 nJ`, read as numbers."""

import math
import re

from picojoule.core.arguments import public
from picojoule.core.errors import ParameterError

UNITS = {"pJ": 1.0, "nJ": 1e3, "uJ": 1e6, "µJ": 1e6, "mJ": 1e9, "J": 1e12}
_KNOWN = "pJ, nJ, µJ (or uJ), mJ, J"


@public
def energy_amount(text: str, *, name: str = "energy") -> float:
    """Read an energy.

    Args:
        text: a number above 0 and its unit, for instance `50 nJ`.
        name: what it is, for messages.

    Returns:
        The energy, in pJ.

    Raises:
        ParameterError: if there is no number or no unit, if the unit is not known, or the number is not above 0.

    Example:
        >>> energy_amount("50 nJ"), energy_amount("0.2uJ")
        (50000.0, 200000.0)
    """
    match = re.fullmatch(r"\s*([+\-−]?[\d.]*(?:e[+\-]?\d+)?|[+\-−]?inf|nan)\s*([^\W\d]*)\s*", text, re.IGNORECASE)
    number = _number(match[1]) if match else None
    if match is None or number is None:
        raise ParameterError(f"{name} must be a number and a unit, got {text!r}; for instance '50 nJ'")
    unit = match[2].replace("\N{GREEK SMALL LETTER MU}", "\N{MICRO SIGN}")
    if not unit:
        raise ParameterError(f"{name} {text!r} has no unit; add one of {_KNOWN}, for instance '{text.strip()} nJ'")
    if unit not in UNITS:
        raise ParameterError(f"{name} {text!r} has the unknown unit {match[2]!r}; use one of {_KNOWN}")
    if not (math.isfinite(number) and number > 0):
        raise ParameterError(f"{name} must be a finite energy > 0 pJ, got {text!r}; for instance '50 nJ'")
    return number * UNITS[unit]


def _number(text: str) -> float | None:
    try:
        return float(text.replace("−", "-"))
    except ValueError:
        return None
