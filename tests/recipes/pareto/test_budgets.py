"""Budgets between the least and the most that a network may cost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picojoule.core.errors import ParameterError
from picojoule.energy.amount import energy_amount
from picojoule.recipes.pareto.budgets import ROUNDING, SHARES, budgets_between, checked_budgets


@given(st.floats(1.0, 1e9), st.floats(1e-4, 1e3))
def test_they_leave_their_share_of_the_energy_of_spikes(minimum: float, part: float) -> None:
    spikes = part * minimum
    found = [energy_amount(text) for text in budgets_between(minimum, minimum + spikes)]
    for energy, share in zip(found, SHARES, strict=True):
        assert (energy - minimum) / spikes == pytest.approx(share, rel=1.01 * ROUNDING)
    assert len(set(found)) == len(SHARES)


def test_nothing_is_between_where_there_are_no_spikes() -> None:
    assert budgets_between(5.0, 5.0) == ()


def test_the_largest_is_first() -> None:
    assert checked_budgets(["30 nJ", "0.1 uJ", "900 pJ"]) == ("0.1 uJ", "30 nJ", "900 pJ")


def test_the_same_energy_twice_is_refused() -> None:
    with pytest.raises(ParameterError, match="--budgets holds '1 uJ' and '1000 nJ', the same energy; leave one out"):
        checked_budgets(["1 uJ", "5 nJ", "1000 nJ"])
    with pytest.raises(ParameterError, match="--budgets '5' has no unit"):
        checked_budgets(["5"])
