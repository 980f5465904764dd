"""Scores over time: closed forms, gradients, and padded samples that count as if they stood alone."""

from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from picojoule.core.errors import ShapeError
from picojoule.learn import max_over_time, mean_over_time
from tests.rounding import assert_same_sums

Scores = Callable[..., Tensor]
BOTH = pytest.mark.parametrize("scores", [mean_over_time, max_over_time])


def ramp(steps: int) -> Tensor:
    """A readout whose second class grows by one in each step, while the first falls."""
    t = torch.arange(steps, dtype=torch.float64)
    return torch.stack([-t, t], dim=1)[:, None]  # [T, 1, 2]


@given(st.integers(1, 50))
def test_of_a_ramp_the_mean_is_half_of_the_maximum(steps: int) -> None:
    assert mean_over_time(ramp(steps)).tolist() == [[-(steps - 1) / 2, (steps - 1) / 2]]
    assert max_over_time(ramp(steps)).tolist() == [[0.0, steps - 1]]


def test_the_mean_of_spikes_is_their_rate() -> None:
    spikes = torch.tensor([1.0, 0.0, 0.0, 1.0]).reshape(4, 1, 1)
    assert mean_over_time(spikes).item() == 0.5


@BOTH
@given(lengths=st.lists(st.integers(1, 6), min_size=1, max_size=4), seed=st.integers(0, 99))
def test_a_padded_sample_counts_as_if_it_stood_alone(scores: Scores, lengths: list[int], seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    output = torch.randn(6, len(lengths), 2, 3, generator=generator, dtype=torch.float64)
    mask = torch.arange(6)[:, None] < torch.tensor(lengths)
    together = scores(output, mask=mask)
    for b, length in enumerate(lengths):
        alone = output[:length, b : b + 1]
        assert_same_sums(together[b : b + 1], scores(alone), terms=6 + 1, size=float(alone.abs().max()))


@BOTH
def test_what_is_padded_gets_no_gradient_even_where_it_is_not_finite(scores: Scores) -> None:
    output = torch.tensor([2.0, 1.0, float("inf")]).reshape(3, 1, 1).requires_grad_()
    result = scores(output, mask=torch.tensor([[True], [True], [False]]))
    result.sum().backward()  # type: ignore[no-untyped-call]
    assert result.isfinite().all()
    assert output.grad is not None
    assert output.grad.flatten().tolist() == ([0.5, 0.5, 0.0] if scores is mean_over_time else [1.0, 0.0, 0.0])


def test_equal_maxima_share_the_gradient() -> None:
    output = torch.tensor([3.0, 1.0, 3.0]).reshape(3, 1, 1).requires_grad_()
    max_over_time(output).sum().backward()  # type: ignore[no-untyped-call]
    assert output.grad is not None
    assert output.grad.flatten().tolist() == [0.5, 0.0, 0.5]


@BOTH
@pytest.mark.parametrize(
    ("output", "mask", "message"),
    [
        (torch.zeros(3, 2), None, r"output must be \[T, B, \*N\] with at least one step, got \[3, 2\]"),
        (torch.zeros(0, 2, 2), None, r"with at least one step, got \[0, 2, 2\]"),
        (torch.zeros(3, 2, 2).long(), None, r"floating point, got torch.int64; use .float\(\)"),
        (torch.zeros(3, 2, 2), torch.ones(2, 3).bool(), r"bool \[T, B\] = \[3, 2\], got torch.bool \[2, 3\]"),
        (torch.zeros(3, 2, 2), torch.ones(3, 2), r"got torch.float32 \[3, 2\]"),
        (torch.zeros(3, 2, 2), torch.tensor([[True, False]] * 3), "leaves no step of sample 1; leave such samples out"),
    ],
)
def test_what_does_not_fit_is_refused(scores: Scores, output: Tensor, mask: Tensor | None, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        scores(output, mask=mask)
