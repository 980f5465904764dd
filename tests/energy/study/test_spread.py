"""Intervals of accuracies against closed forms and tables."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picojoule.core.errors import ParameterError
from picojoule.decode.score import confidence_interval
from picojoule.energy.study.spread import Spread, spread


def test_two_seeds_have_the_closed_form_of_one_degree_of_freedom() -> None:
    # with one degree of freedom Student's distribution is Cauchy's: its quantile is tan(pi (p - 1/2))
    found = spread([0.50, 0.52], images=1000)
    half = math.tan(math.pi * 0.475) * (0.02 / math.sqrt(2)) / math.sqrt(2)
    assert (found.mean, found.low, found.high) == pytest.approx((0.51, 0.51 - half, 0.51 + half))
    assert found.over == "2 seeds"


def test_three_seeds_have_the_closed_form_of_two_degrees_of_freedom() -> None:
    # with two degrees of freedom the quantile is (2p - 1) / sqrt(2 p (1 - p))
    t = 0.95 / math.sqrt(2 * 0.975 * 0.025)
    found = spread([0.90, 0.91, 0.92], images=1000)
    assert t == pytest.approx(4.3027, abs=1e-4)
    assert found.high - found.mean == pytest.approx(t * 0.01 / math.sqrt(3))


def test_one_seed_has_the_interval_of_its_test_images() -> None:
    found = spread([0.913], images=1000)
    assert (found.low, found.high) == confidence_interval(913, 1000)
    assert found.over == "1,000 test images"


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=6))
def test_the_mean_lies_in_an_interval_of_fractions(values: list[float]) -> None:
    found = spread(values, images=10**6)
    assert 0.0 <= found.low <= found.mean + 1e-6
    assert found.mean - 1e-6 <= found.high <= 1.0
    assert found.values == tuple(values)


def test_intervals_that_touch_overlap_and_do_so_both_ways() -> None:
    def interval(low: float, high: float) -> Spread:
        return Spread((low + high) / 2, low, high, "", ())

    one, touching, apart = interval(0.1, 0.3), interval(0.3, 0.4), interval(0.31, 0.4)
    assert one.overlaps(touching)
    assert touching.overlaps(one)
    assert not one.overlaps(apart)
    assert not apart.overlaps(one)
    assert interval(0.0, 1.0).overlaps(touching)


@pytest.mark.parametrize("values", [[], [1.01], [0.5, -0.1], [float("nan")], [91.0]], ids=str)
def test_what_is_no_accuracy_is_refused(values: list[float]) -> None:
    with pytest.raises(ParameterError, match=r"accuracies must be fractions in \[0, 1\], at least one, .* by 100"):
        spread(values, images=100)
