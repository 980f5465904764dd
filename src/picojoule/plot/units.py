"""Energies as people read them: three digits and the unit that fits."""

import math

from picojoule.core.errors import ParameterError

_UNITS = ((1.0, "pJ"), (1e3, "nJ"), (1e6, "µJ"), (1e9, "mJ"), (1e12, "J"))


def energy_unit(picojoules: float) -> tuple[float, str]:
    """Find the unit in which an energy is at least 1, and not 1,000 or more.

    Args:
        picojoules: an energy in pJ, at least 0.

    Returns:
        The unit's size in pJ, and its name.

    Raises:
        ParameterError: if the energy is negative, NaN or infinite; energies are counted, so look at the counts.

    Example:
        >>> energy_unit(52_000.0)
        (1000.0, 'nJ')
    """
    if not (math.isfinite(picojoules) and picojoules >= 0):
        raise ParameterError(f"an energy must be finite and >= 0 pJ, got {picojoules:g} pJ; look at its counts")
    fitting = [unit for unit in _UNITS if picojoules >= unit[0] * 0.9995]  # 999.6 pJ is written as 1.00 nJ
    return fitting[-1] if fitting else _UNITS[0]


def energy_text(picojoules: float) -> str:
    """Write an energy with three digits and the unit that fits.

    Args:
        picojoules: an energy in pJ, at least 0.

    Returns:
        The number and its unit.

    Raises:
        ParameterError: if the energy is negative, NaN or infinite; energies are counted, so look at the counts.

    Example:
        >>> [energy_text(e) for e in (0.0, 0.9, 4.6, 52_000.0, 1.234e6, 999.6)]
        ['0 pJ', '0.900 pJ', '4.60 pJ', '52.0 nJ', '1.23 µJ', '1.00 nJ']
    """
    size, unit = energy_unit(picojoules)
    value = picojoules / size
    if value == 0:
        return f"0 {unit}"
    if value < 0.001 or value >= 1000 * 0.9995:
        return f"{value:.2e} {unit}"
    before_point = 1 if value < 9.995 else 2 if value < 99.95 else 3
    return f"{value:.{3 - before_point}f} {unit}" if value >= 0.9995 else f"{value:.3f} {unit}"
