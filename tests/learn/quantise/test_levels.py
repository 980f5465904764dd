"""How many levels so many bits make."""

import pytest

from picojoule.core.errors import ParameterError
from picojoule.learn.quantise.levels import Levels, check_bits, signed_levels, unsigned_levels


@pytest.mark.parametrize("bits", range(1, 17))
def test_there_are_never_more_levels_than_codes(bits: int) -> None:
    unsigned, signed = unsigned_levels(bits), signed_levels(bits)
    assert unsigned == Levels(0, 2**bits - 1)  # all codes are used
    assert signed.low == -signed.high
    assert signed.high == (1 if bits == 1 else 2 ** (bits - 1) - 1)  # all but one, so that signs are alike


@pytest.mark.parametrize("bits", [*range(1, 17), 32])
def test_numbers_of_bits_that_there_are(bits: int) -> None:
    check_bits("Layer", bits)


def test_the_owner_is_named() -> None:
    with pytest.raises(ParameterError, match=r"^Layer\.bits must be 1 … 16, or 32 for full precision, got 20$"):
        check_bits("Layer", 20)
