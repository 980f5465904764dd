"""How figures are worded, on the terminal and in reports."""

from collections.abc import Sequence


def percent(fraction: float) -> str:
    """A fraction as it is shown.

    Example:
        >>> percent(0.8361)
        '83.61 %'
    """
    return f"{100.0 * fraction:.2f} %"


def short(network: str) -> str:
    """What tells a network from the other.

    Example:
        >>> short("the ReLU network")
        'ReLU'
    """
    return network.removeprefix("the ").replace(" network", "", 1)


def listed(entries: Sequence[str]) -> str:
    """Entries as a sentence lists them.

    Args:
        entries: at least one.

    Example:
        >>> listed(["a"]), listed(["a", "b", "c"])
        ('a', 'a, b and c')
    """
    return entries[0] if len(entries) == 1 else f"{', '.join(entries[:-1])} and {entries[-1]}"


def factor(value: float) -> str:
    """A factor with as many digits as it deserves.

    Args:
        value: finite.

    Example:
        >>> factor(1.234), factor(2.34), factor(1234.5)
        ('1.23', '2.3', '1,234')
    """
    return f"{value:,.{2 if value < 1.95 else 1 if value < 9.95 else 0}f}"
