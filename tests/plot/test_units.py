"""Energies in words: three digits, and a unit in which they are neither tiny nor huge."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picojoule.core.errors import ParameterError
from picojoule.plot.units import energy_text, energy_unit

SIZES = {"pJ": 1.0, "nJ": 1e3, "µJ": 1e6, "mJ": 1e9, "J": 1e12}


@given(st.floats(0.001, 9e14))
def test_text_says_the_energy_to_three_digits(picojoules: float) -> None:
    number, unit = energy_text(picojoules).split(" ")
    digits = 0.0005 if picojoules < 1 else 0.00501 * picojoules  # below 1 pJ: three decimals
    assert math.isclose(float(number) * SIZES[unit], picojoules, rel_tol=0, abs_tol=max(digits, 1e-12))


@given(st.floats(1.0, 9e14))
def test_numbers_lie_between_1_and_1000(picojoules: float) -> None:
    number = energy_text(picojoules).split(" ")[0]
    assert 1.0 <= float(number) < 1000.0
    assert len(re.sub(r"\D", "", number)) == 3


@pytest.mark.parametrize(
    ("picojoules", "text"),
    [
        (0.0, "0 pJ"),
        (0.03, "0.030 pJ"),
        (1.5e-5, "1.50e-05 pJ"),
        (9.996, "10.0 pJ"),
        (99.97, "100 pJ"),
        (999.4, "999 pJ"),
        (999.6, "1.00 nJ"),
        (640.0, "640 pJ"),
        (2.5e9, "2.50 mJ"),
        (3.6e12, "3.60 J"),
        (5e15, "5.00e+03 J"),
    ],
)
def test_text_at_the_borders_of_units(picojoules: float, text: str) -> None:
    assert energy_text(picojoules) == text


@given(st.floats(0.0, 1e15), st.floats(0.0, 1e15))
def test_more_energy_never_has_a_smaller_unit(first: float, second: float) -> None:
    low, high = sorted((first, second))
    assert energy_unit(low)[0] <= energy_unit(high)[0]


@pytest.mark.parametrize("bad", [-1.0, float("nan"), float("inf")])
def test_what_is_no_energy_is_refused(bad: float) -> None:
    with pytest.raises(ParameterError, match=r"an energy must be finite and >= 0 pJ, got (-1|nan|inf) pJ"):
        energy_text(bad)
