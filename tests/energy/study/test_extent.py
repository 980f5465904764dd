"""How an interval of ratios is said."""

import pytest

from picojoule.energy.study.extent import Extent, extent, times


def found(**ratios: float) -> Extent:
    made = extent(ratios)
    assert made is not None
    return made


def test_no_table_has_no_interval() -> None:
    assert extent({}) is None


def test_the_ends_are_those_of_the_ratios_with_their_tables() -> None:
    one = found(a=2.0, b=0.5, c=3.0, d=1.0)
    assert (one.low, one.low_table, one.high, one.high_table, one.tables) == (0.5, "b", 3.0, "c", 4)


@pytest.mark.parametrize(
    ("ratios", "wins", "loses", "never_less"),
    [
        ({"a": 0.5, "b": 0.9}, True, False, False),
        ({"a": 0.5, "b": 0.997}, False, False, False),  # no difference that the assumptions could carry
        ({"a": 0.5, "b": 2.0}, False, False, False),
        ({"a": 1.003, "b": 2.0}, False, False, True),
        ({"a": 1.1, "b": 2.0}, False, True, True),
        ({"a": 1.0}, False, False, True),
        ({"a": 0.0}, True, False, False),
        ({"a": float("inf")}, False, True, True),
    ],
    ids=str,
)
def test_who_wins(ratios: dict[str, float], wins: bool, loses: bool, never_less: bool) -> None:
    one = found(**ratios)
    assert (one.wins, one.loses, one.never_less) == (wins, loses, never_less)


@pytest.mark.parametrize(
    ("ratios", "words", "short"),
    [
        ({"a": 0.5}, "2.0 times less energy than R (a)", "2.0 times less (a)"),
        ({"a": 0.5, "b": 0.05}, "2.0 (a) to 20 (b) times less energy than R", "2.0 (a) to 20 (b) times less"),
        ({"a": 0.5, "b": 0.5001}, "2.0 times less energy than R (all 2 tables)", "2.0 times less (all 2 tables)"),
        ({"a": 4.0}, "4.0 times as much energy as R (a)", "4.0 times as much (a)"),
        ({"a": 4.0, "b": 1.2}, "1.20 (b) to 4.0 (a) times as much energy as R", "1.20 (b) to 4.0 (a) times as much"),
        (
            {"a": 0.5, "b": 3.0},
            "from 2.0 times less (a) to 3.0 times as much (b) energy as R",
            "from 2.0 times less (a) to 3.0 times as much (b)",
        ),
        (
            {"a": 1.0, "b": 3.0},
            "from as much (a) to 3.0 times as much (b) energy as R",
            "from as much (a) to 3.0 times as much (b)",
        ),
        ({"a": 1.001}, "as much energy as R (a)", "as much (a)"),
        ({"a": 1.001, "b": 0.999}, "as much energy as R (all 2 tables)", "as much (all 2 tables)"),
        ({"a": 0.0}, "infinitely many times less energy than R (a)", "infinitely many times less (a)"),
    ],
    ids=str,
)
def test_words(ratios: dict[str, float], words: str, short: str) -> None:
    assert found(**ratios).words("R") == words
    assert found(**ratios).words() == short


@pytest.mark.parametrize(
    ("factor", "words"),
    [(1.0, "1.00"), (1.949, "1.95"), (1.951, "2.0"), (9.94, "9.9"), (9.96, "10"), (12345.6, "12,346")],
)
def test_factors_have_the_digits_that_they_deserve(factor: float, words: str) -> None:
    assert times(factor) == words
