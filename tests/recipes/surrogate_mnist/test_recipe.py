"""The schedule of the learning rate, and the threads. What a whole run does: test_run.py."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from picojoule.recipes.surrogate_mnist.recipe import WARM_UP, rate_at, threads


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_the_rate_rises_then_falls(one: float, other: float) -> None:
    early, late = sorted((one, other))
    assert 0.0 <= rate_at(early) <= 1.0
    if late <= WARM_UP:
        assert rate_at(early) <= rate_at(late)
    if early >= WARM_UP:
        assert rate_at(early) >= rate_at(late)


def test_it_begins_and_ends_at_zero_without_a_jump() -> None:
    assert rate_at(0.0) == 0.0
    assert rate_at(1.0) == pytest.approx(0.0, abs=1e-15)
    assert rate_at(WARM_UP) == 1.0
    assert rate_at(WARM_UP - 1e-12) == pytest.approx(1.0)


def test_threads_are_given_back_even_after_an_error() -> None:
    before = torch.get_num_threads()

    def interrupted() -> None:
        with threads(before + 1):
            assert torch.get_num_threads() == before + 1
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert torch.get_num_threads() == before
