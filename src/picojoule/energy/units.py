"""Energies in words."""

_UNITS = ((1e12, "J"), (1e9, "mJ"), (1e6, "µJ"), (1e3, "nJ"))


def energy_text(picojoules: float) -> str:
    """An energy with three digits and the unit that suits it.

    Args:
        picojoules: in pJ.

    Returns:
        Text such as `365 nJ`.

    Example:
        >>> energy_text(365_240.0), energy_text(4.6), energy_text(2_835_000.0)
        ('365 nJ', '4.6 pJ', '2.83 µJ')
    """
    scale, unit = next(((s, u) for s, u in _UNITS if abs(picojoules) >= s), (1.0, "pJ"))
    value = picojoules / scale
    return f"{value:,.0f} {unit}" if abs(value) >= 1000 else f"{value:.3g} {unit}"
