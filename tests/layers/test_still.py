"""Input that stands still."""

import pytest
import torch
from torch import Tensor, nn

from picojoule.layers.linear import Linear
from picojoule.layers.over_time import OverTime
from picojoule.layers.still import gives_the_same, stands_still


class Own(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x + torch.rand_like(x)


def test_an_expanded_image_stands_still() -> None:
    image = torch.rand(2, 1, 4, 4)
    assert stands_still(image.expand(5, 2, 1, 4, 4))
    assert stands_still(image.expand(5, 2, 1, 4, 4)[1:4])
    assert not stands_still(image.expand(5, 2, 1, 4, 4).contiguous())
    assert not stands_still(image[None])  # a single step needs no care
    assert not stands_still(torch.rand(5, 1, 4).expand(5, 2, 4))  # samples that are the same are another matter


@pytest.mark.parametrize(
    ("module", "training", "expected"),
    [
        (nn.Conv2d(1, 2, 3), True, True),
        (nn.Linear(1, 2), True, True),
        (Linear(1, 2), True, True),
        (nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()), True, True),
        (OverTime(nn.Conv2d(1, 2, 3)), True, True),
        (nn.BatchNorm2d(2), False, True),
        (nn.BatchNorm2d(2), True, False),
        (nn.BatchNorm2d(2, track_running_stats=False), False, False),
        (nn.Dropout(), False, True),
        (nn.Dropout(), True, False),
        (nn.Sequential(nn.Linear(1, 2), nn.Dropout2d()), True, False),
        (nn.FractionalMaxPool2d(2, output_size=1), False, False),
        (Own(), False, False),
        (OverTime(Own()), False, False),
    ],
)
def test_only_what_is_known_to_repeat_itself_is_trusted(module: nn.Module, training: bool, expected: bool) -> None:
    assert gives_the_same(module.train(training)) is expected
