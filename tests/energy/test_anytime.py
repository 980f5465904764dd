"""Answers after every step: those of the mean of the scores so far."""

import pytest
import torch
from torch import Tensor, nn

from picojoule.core.errors import ShapeError
from picojoule.energy.anytime import Answers, answers_over_time
from picojoule.energy.count.count import Count
from picojoule.layers import Sequential, Spiking
from tests.held import LIF

SCORES = torch.tensor([[[1.0, 0.0, 0.5]], [[0.0, 3.0, 0.0]], [[5.0, 0.0, 0.0]]])  # [T, B, classes]


class Table(nn.Module):
    """Gives its input on."""

    def forward(self, x: Tensor) -> Tensor:
        return x


def test_classes_and_sureness_are_those_of_the_mean_so_far() -> None:
    model = Sequential(Table())
    found = answers_over_time(model, [SCORES, SCORES], Count(model, batch_axis=1), steps=3)
    assert found.classes.tolist() == [[0, 0], [1, 1], [0, 0]]
    means = SCORES[:, 0].cumsum(0) / torch.tensor([[1.0], [2.0], [3.0]])
    torch.testing.assert_close(found.sureness[:, 0], means.softmax(1).amax(1))
    assert found.right(torch.tensor([0, 1])).tolist() == [[True, False], [False, True], [True, False]]


def test_stops_count_steps_from_one() -> None:
    found = Answers(torch.tensor([[0, 0], [1, 1]]), torch.tensor([[0.9, 0.2], [0.9, 0.3]]), n_classes=2)
    assert found.stops(0.5).tolist() == [1, 2]
    assert found.threshold(torch.tensor([0, 1])) == pytest.approx(0.2)  # one of two is right at once, and at the end
    assert found.threshold(torch.tensor([1, 1])) == float("inf")  # any stop loses


def test_the_readout_is_counted_and_the_steps_can_be_cut() -> None:
    model = Sequential(Spiking(LIF(tau=2.0)))
    count = Count(model, each_step=True)
    answers_over_time(model, [SCORES], count, steps=3)
    readout = [work for work in count.workload().works if work.part == "readout"]
    assert readout
    assert sum(work.operations.additions for work in readout) > 0
    assert sum(work.updates for work in count.workload(stops=1).works) == 3


@pytest.mark.parametrize("wrong", [torch.zeros(3, 1), torch.zeros(1, 3, 2)], ids=["no classes", "batch first"])
def test_other_shapes_are_refused(wrong: Tensor) -> None:
    class Wrong(nn.Module):
        def forward(self, _: Tensor) -> Tensor:
            return wrong

    model = Wrong()
    with pytest.raises(ShapeError, match=r"must give scores \[T, B, classes\], here \[3, 1, classes\], got \["):
        answers_over_time(model, [SCORES], Count(model, batch_axis=1), steps=3)
