"""Stopping when sure: the first moment, and the threshold that loses nothing on validation."""

import pytest
import torch

from picojoule.core.errors import ParameterError, ShapeError
from picojoule.decode.early_exit import choose_threshold, first_sure


def test_the_last_moment_answers_whatever_is_left() -> None:
    sureness = torch.tensor([[0.1, 0.5], [0.2, 0.1]])
    assert first_sure(sureness, 2.0).tolist() == [1, 1]
    assert first_sure(sureness, 0.0).tolist() == [0, 0]
    assert first_sure(sureness, 0.5).tolist() == [1, 0]


def test_sureness_is_left_as_it_was() -> None:
    sureness = torch.tensor([[0.1], [0.2]])
    before = sureness.clone()
    first_sure(sureness, 5.0)
    assert torch.equal(sureness, before)


def test_no_threshold_stops_earlier_without_loss() -> None:
    generator = torch.Generator().manual_seed(0)
    right = torch.rand(6, 300, generator=generator) < torch.linspace(0.3, 0.95, 6)[:, None]
    sureness = (right * 0.3 + torch.rand(6, 300, generator=generator) * 0.7).round(decimals=2)
    chosen = choose_threshold(sureness, right, loss=0.01)
    needed = right[-1].double().mean() - 0.01

    def outcome(threshold: float) -> tuple[float, float]:
        stops = first_sure(sureness, threshold)
        return float(right.gather(0, stops[None]).double().mean()), float(stops.double().mean())

    accuracy, mean = outcome(chosen)
    assert accuracy >= needed
    assert mean < 5
    for other in sorted(set(sureness[:-1].flatten().tolist())):
        accuracy, earlier = outcome(other)
        assert earlier >= mean or accuracy < needed


def test_where_every_stop_loses_nothing_stops() -> None:
    right = torch.tensor([[False, False], [True, True]])
    assert choose_threshold(torch.tensor([[0.9, 0.8], [1.0, 1.0]]), right) == float("inf")
    assert choose_threshold(torch.tensor([[0.9, 0.8], [1.0, 1.0]]), right, loss=0.5) == pytest.approx(0.9)


def test_a_single_moment_is_the_last() -> None:
    assert choose_threshold(torch.tensor([[0.9]]), torch.tensor([[True]])) == float("inf")
    assert first_sure(torch.tensor([[0.9]]), 0.1).tolist() == [0]


def test_bad_input() -> None:
    with pytest.raises(ShapeError, match=r"\[moments, samples\]"):
        first_sure(torch.zeros(3), 0.1)
    with pytest.raises(ShapeError, match="both be"):
        choose_threshold(torch.zeros(2, 3), torch.zeros(2, 4, dtype=torch.bool))
    with pytest.raises(ParameterError, match="not percent"):
        choose_threshold(torch.zeros(2, 3), torch.zeros(2, 3, dtype=torch.bool), loss=5.0)
