"""Bits of a rate code, against the smallest power of two that holds all rates."""

import pytest

from picojoule.core.errors import ParameterError
from picojoule.learn import bits_for_steps


def test_known_cases() -> None:
    cases = {1: 1, 2: 2, 3: 2, 4: 3, 7: 3, 8: 4, 15: 4, 16: 5, 25: 5, 250: 8, 255: 8, 256: 9, 350: 9}
    assert {steps: bits_for_steps(steps) for steps in cases} == cases


@pytest.mark.parametrize("power", [10, 29, 48, 53, 64])
def test_exact_where_a_float_logarithm_rounds(power: int) -> None:
    assert bits_for_steps(2**power - 1) == power
    assert bits_for_steps(2**power) == power + 1


def test_so_many_bits_hold_every_rate_and_one_less_does_not() -> None:
    for steps in range(1, 600):
        bits = bits_for_steps(steps)
        assert 2 ** (bits - 1) < steps + 1 <= 2**bits


@pytest.mark.parametrize("steps", [0, -3, 2.5, True])
def test_what_is_no_number_of_steps(steps: int) -> None:
    with pytest.raises(ParameterError, match=rf"steps must be (>= 1|a whole number in) steps, got {steps!r}$"):
        bits_for_steps(steps)
