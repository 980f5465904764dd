"""Energies as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picojoule.core.errors import ParameterError
from picojoule.energy.amount import UNITS, energy_amount

GREEK = "\N{GREEK SMALL LETTER MU}J"


@pytest.mark.parametrize(
    ("text", "picojoules"),
    [
        ("50 nJ", 50e3),
        ("0.2 uJ", 0.2e6),
        ("0.2 µJ", 0.2e6),
        (f"0.2 {GREEK}", 0.2e6),
        ("800 pJ", 800.0),
        ("1 mJ", 1e9),
        ("1J", 1e12),
        (" 1.5e3nJ ", 1.5e6),
        (".5 pJ", 0.5),
    ],
)
def test_read(text: str, picojoules: float) -> None:
    assert energy_amount(text) == pytest.approx(picojoules, rel=1e-15)


@given(st.floats(1e-6, 1e6), st.sampled_from(sorted(UNITS)))
def test_any_number_in_any_unit(number: float, unit: str) -> None:
    assert energy_amount(f"{number!r} {unit}") == pytest.approx(number * UNITS[unit], rel=1e-12)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("50", "--energy-budget '50' has no unit; add one of pJ, nJ, µJ (or uJ), mJ, J, for instance '50 nJ'"),
        ("-5 nJ", "--energy-budget must be a finite energy > 0 pJ, got '-5 nJ'; for instance '50 nJ'"),
        ("0 nJ", "--energy-budget must be a finite energy > 0 pJ, got '0 nJ'; for instance '50 nJ'"),
        ("inf nJ", "--energy-budget must be a finite energy > 0 pJ, got 'inf nJ'; for instance '50 nJ'"),
        ("1e999 nJ", "--energy-budget must be a finite energy > 0 pJ, got '1e999 nJ'; for instance '50 nJ'"),
        ("nan nJ", "--energy-budget must be a finite energy > 0 pJ, got 'nan nJ'; for instance '50 nJ'"),
        ("5 kWh", "--energy-budget '5 kWh' has the unknown unit 'kWh'; use one of pJ, nJ, µJ (or uJ), mJ, J"),
        ("5 NJ", "--energy-budget '5 NJ' has the unknown unit 'NJ'; use one of pJ, nJ, µJ (or uJ), mJ, J"),
        ("nJ", "--energy-budget must be a number and a unit, got 'nJ'; for instance '50 nJ'"),
        ("", "--energy-budget must be a number and a unit, got ''; for instance '50 nJ'"),
        ("5 nJ or so", "--energy-budget must be a number and a unit, got '5 nJ or so'; for instance '50 nJ'"),
        ("five nJ", "--energy-budget must be a number and a unit, got 'five nJ'; for instance '50 nJ'"),
        ("1.2.3 nJ", "--energy-budget must be a number and a unit, got '1.2.3 nJ'; for instance '50 nJ'"),
        ("5,5 nJ", "--energy-budget must be a number and a unit, got '5,5 nJ'; for instance '50 nJ'"),
    ],
)
def test_refused_with_the_way_out(text: str, message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        energy_amount(text, name="--energy-budget")
    assert str(caught.value) == message
