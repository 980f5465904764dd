"""How figures are worded, on the terminal and in reports."""


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
    return network.removeprefix("the ").removesuffix(" network")
