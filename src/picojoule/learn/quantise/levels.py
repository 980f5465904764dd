"""The grid that so many bits make: whole numbers from `low` to `high`, times a step."""

from dataclasses import dataclass

from picojoule.core.errors import ParameterError

FULL_PRECISION = 32  # bits: the number stays as it is
MOST = 16  # bits: far above, float32 no longer holds every whole number


@dataclass(frozen=True)
class Levels:
    """The whole numbers that are there; `low == 0` for activations, `-high` for weights.

    Args:
        low: the lowest.
        high: the highest.
    """

    low: int
    high: int


def signed_levels(bits: int) -> Levels:
    """Levels of weights: as many below 0 as above, so that a weight and its negative cost the same.

    One of the 2^bits codes stays unused. One bit has no room for 0 and both signs: its levels are -1 and 1.

    Example:
        >>> signed_levels(4), signed_levels(2)
        (Levels(low=-7, high=7), Levels(low=-1, high=1))
    """
    high = max(1, 2 ** (bits - 1) - 1)
    return Levels(-high, high)


def unsigned_levels(bits: int) -> Levels:
    """Levels of activations, which are not negative: 0 and 2^bits - 1 others.

    Example:
        >>> unsigned_levels(4)
        Levels(low=0, high=15)
    """
    return Levels(0, 2**bits - 1)


def check_bits(owner: str, bits: int) -> None:
    """Refuse a number of bits that makes no grid.

    Raises:
        ParameterError: if it is neither in 1 … 16 nor 32.

    Example:
        >>> check_bits("QuantisedReLU", 0)
        Traceback (most recent call last):
        picojoule.core.errors.ParameterError: QuantisedReLU.bits must be 1 … 16, or 32 for full precision, got 0
    """
    if not (1 <= bits <= MOST or bits == FULL_PRECISION):
        raise ParameterError(f"{owner}.bits must be 1 … {MOST}, or {FULL_PRECISION} for full precision, got {bits!r}")
