"""The learning rate over a training, against its closed form."""

import math

import pytest

from picojoule.core.errors import ParameterError
from picojoule.learn import warm_up_cosine


def test_a_line_up_and_half_a_cosine_down() -> None:
    for part in (0.0, 0.03, 0.0999):
        assert warm_up_cosine(part) == pytest.approx(part / 0.1)
    for part in (0.1, 0.4, 0.7, 1.0):
        assert warm_up_cosine(part) == pytest.approx(math.cos(math.pi / 2 * (part - 0.1) / 0.9) ** 2)


def test_the_warm_up_may_be_nothing_or_everything() -> None:
    assert [warm_up_cosine(part, warm_up=0.0) for part in (0.0, 0.5, 1.0)] == pytest.approx([1.0, 0.5, 0.0])
    assert [warm_up_cosine(part, warm_up=1.0) for part in (0.0, 0.5, 1.0)] == [0.0, 0.5, 1.0]


def test_its_mean_is_half_the_largest_rate() -> None:
    rates = [warm_up_cosine((k + 0.5) / 1000) for k in range(1000)]
    assert sum(rates) / 1000 == pytest.approx(0.5, abs=1e-6)


@pytest.mark.parametrize("part", [-0.01, 1.01, math.nan])
def test_parts_outside_the_training(part: float) -> None:
    with pytest.raises(ParameterError, match="part must be"):
        warm_up_cosine(part)
