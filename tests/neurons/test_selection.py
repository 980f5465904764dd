"""Who may spike where several cross their threshold."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from picojoule.neurons.selection import OnePerStep

excesses = st.lists(st.integers(-3, 3).map(float), min_size=1, max_size=12)  # few values, so that ties are common


@given(excess=excesses)
def test_the_first_of_the_highest_is_emitted_if_it_crosses(excess: list[float]) -> None:
    emitted = OnePerStep().emitted(torch.tensor([excess]))[0]
    best = max(excess)
    expected = [i == excess.index(best) and best >= 0 for i in range(len(excess))]
    assert emitted.tolist() == expected


def test_the_threshold_itself_crosses() -> None:
    assert OnePerStep().emitted(torch.tensor([[-1.0, 0.0]])).tolist() == [[False, True]]


def test_nobody_is_emitted_where_nobody_crosses() -> None:
    assert not OnePerStep().emitted(torch.tensor([[-1.0, -1e-30]])).any()


def test_every_sample_has_its_own_winner() -> None:
    excess = torch.tensor([[1.0, 2.0, 0.0], [3.0, 2.0, 3.0], [-1.0, -2.0, -3.0]])
    emitted = OnePerStep().emitted(excess)
    assert emitted.sum(1).tolist() == [1, 1, 0]
    assert emitted[:2].int().argmax(1).tolist() == [1, 0]


def test_several_axes_are_one_population() -> None:
    excess = torch.tensor([[[0.0, 1.0], [5.0, 2.0]]])
    emitted = OnePerStep().emitted(excess)
    assert emitted.shape == excess.shape
    assert emitted.nonzero().tolist() == [[0, 1, 0]]
