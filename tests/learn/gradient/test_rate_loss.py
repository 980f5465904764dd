"""The loss on rates against its closed form."""

import pytest
import torch
from torch import Tensor

from picojoule.core.errors import ParameterError, ShapeError
from picojoule.learn import rate_loss


def test_zero_where_every_neuron_meets_its_target() -> None:
    spikes = torch.zeros(20, 2, 3)
    spikes[:16, [0, 1], [2, 0]] = 1.0  # 16 of 20 steps: the right ones
    spikes[5, [0, 0, 1, 1], [0, 1, 1, 2]] = 1.0  # 1 of 20: the others
    assert rate_loss(spikes, torch.tensor([2, 0])).item() == pytest.approx(0.0, abs=1e-14)
    assert rate_loss(spikes, torch.tensor([0, 2])).item() == pytest.approx(2 * 0.75**2)


@pytest.mark.parametrize("classes", [2, 5])
def test_silence_costs_the_squared_targets(classes: int) -> None:
    loss = rate_loss(torch.zeros(7, 3, classes).double(), torch.zeros(3).long(), right=0.5, wrong=0.1)
    assert loss.item() == pytest.approx(0.5**2 + (classes - 1) * 0.1**2)


def test_the_gradient_asks_the_right_neuron_for_more_and_the_others_for_less() -> None:
    spikes = torch.full((10, 1, 3), 0.4).requires_grad_()
    rate_loss(spikes, torch.tensor([1])).backward()  # type: ignore[no-untyped-call]
    assert spikes.grad is not None
    # d/ds of (mean s - target)² is 2 (mean s - target) / T
    torch.testing.assert_close(spikes.grad[0, 0], torch.tensor([2 * 0.35, -2 * 0.4, 2 * 0.35]) / 10)


def test_padded_steps_do_not_count() -> None:
    spikes = torch.ones(4, 1, 1)
    spikes[2:] = 0.0
    mask = torch.tensor([True, True, False, False])[:, None]
    assert rate_loss(spikes, torch.tensor([0]), right=1.0, mask=mask).item() == 0.0
    assert rate_loss(spikes, torch.tensor([0]), right=1.0).item() == 0.25


@pytest.mark.parametrize(
    ("spikes", "labels", "message"),
    [
        (torch.zeros(2, 3, 4), torch.zeros(2).long(), r"labels int64 \[B\], got \[2, 3, 4\] and torch.int64 \[2\]"),
        (torch.zeros(2, 3, 4), torch.zeros(3), r"got \[2, 3, 4\] and torch.float32 \[3\]"),
        (torch.zeros(2, 3, 4, 5), torch.zeros(3).long(), r"spikes must be \[T, B, classes\]"),
        (torch.zeros(2, 2, 4), torch.tensor([0, 4]), r"labels must lie in 0 … 3, got 0 … 4; add output neurons"),
        (torch.zeros(2, 2, 4), torch.tensor([0, -1]), r"got -1 … 0"),
    ],
)
def test_what_does_not_fit_is_refused(spikes: Tensor, labels: Tensor, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        rate_loss(spikes, labels)


@pytest.mark.parametrize("target", ["right", "wrong"])
def test_a_target_that_no_neuron_can_meet_is_refused(target: str) -> None:
    with pytest.raises(ParameterError, match=rf"{target} must be <= 1 spikes per step, got 1\.5"):
        rate_loss(torch.zeros(2, 1, 4), torch.tensor([0]), **{target: 1.5})  # type: ignore[arg-type]
