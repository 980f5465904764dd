"""The law of the front: nobody on it is dominated, everybody off it is dominated by one on it."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from picojoule.energy.front import front

POINTS = st.lists(st.tuples(st.integers(1, 6).map(float), st.integers(0, 6).map(float)), max_size=12)


def dominates(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] <= other[0] and one[1] >= other[1] and one != other


@given(POINTS)
def test_nobody_on_the_front_is_dominated_and_everybody_else_is_by_one_on_it(points: list[tuple[float, float]]) -> None:
    found = front(points)
    for number, point in enumerate(points):
        if number in found:
            assert not any(dominates(other, point) for other in points)
        else:
            assert any(dominates(points[other], point) for other in found)


@given(POINTS)
def test_more_energy_on_the_front_buys_more_accuracy(points: list[tuple[float, float]]) -> None:
    found = [points[number] for number in front(points)]
    for (e, a), (f, b) in pairwise(found):
        assert (e < f and a < b) or (e, a) == (f, b)


def test_the_cheapest_and_the_most_accurate_are_on_it() -> None:
    points = [(3.0, 0.9), (1.0, 0.5), (2.0, 0.4), (2.0, 0.7)]
    assert front(points) == (1, 3, 0)
    assert front([]) == ()
