"""A convolutional ReLU network's work, counted by hand for 12C5-P2-64C5-P2-10."""

from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from picojoule.core.counts import Operations
from picojoule.core.errors import ParameterError, ShapeError
from picojoule.energy.account import account
from picojoule.energy.costs import arithmetic_table
from picojoule.energy.dense import dense_inference
from picojoule.energy.feedforward import feedforward_inference
from picojoule.energy.stage import Stage, convolution_stage, dense_stage
from picojoule.energy.work import Traffic, Work, Workload

FIRST = convolution_stage((1, 28, 28), 12, kernel=5, pool=2)
SECOND = convolution_stage((12, 12, 12), 64, kernel=5, pool=2)
NETWORK = (FIRST, SECOND, dense_stage(1024, 10))


def part(workload: Workload, name: str) -> list[Work]:
    return [work for work in workload.works if work.part == name]


def test_every_line_of_the_small_network() -> None:
    work = feedforward_inference(NETWORK, images=3)
    macs = (24 * 24 * 25 * 12, 8 * 8 * 25 * 12 * 64, 10_240)
    assert [w.operations for w in part(work, "synapses")] == [Operations(3 * m, 3 * m) for m in macs]
    assert [w.traffic for w in part(work, "synapses")] == [
        (Traffic(weights, reads=3 * m),) for weights, m in zip((300, 19_200, 10_240), macs, strict=True)
    ]
    # three comparisons find the largest of four sums; bias and ReLU for each unit that is left; ten biases
    assert [w.operations for w in part(work, "neurons")] == [
        Operations(additions=3 * 5 * 1728),
        Operations(additions=3 * 5 * 1024),
        Operations(additions=3 * 10),
    ]
    assert [w.traffic for w in part(work, "neurons")] == [
        (Traffic(784, reads=3 * 784), Traffic(12, reads=3 * 1728), Traffic(1728, writes=3 * 1728)),
        (Traffic(1728, reads=3 * 1728), Traffic(64, reads=3 * 1024), Traffic(1024, writes=3 * 1024)),
        (Traffic(1024, reads=3 * 1024), Traffic(10, reads=3 * 10)),
    ]
    assert part(work, "readout")[0].operations == Operations(additions=30)


@given(st.lists(st.integers(1, 40), min_size=2, max_size=5), st.integers(1, 9))
def test_of_dense_stages_it_is_the_dense_network(layers: list[int], images: int) -> None:
    stages = [dense_stage(a, b) for a, b in pairwise(layers)]
    assert feedforward_inference(stages, images=images) == dense_inference(layers, images=images)
    active = [torch.arange(units) % (images + 1) for units in layers[:-1]]
    sums = [int(counts.sum()) for counts in active]
    skipped = feedforward_inference(stages, images=images, active=active)
    assert skipped == dense_inference(layers, images=images, active=sums)


def test_a_pixel_at_the_border_saves_less_than_one_in_the_middle() -> None:
    table = arithmetic_table("horowitz-45nm-fp32")

    def energy(row: int, column: int) -> float:
        active = [torch.ones(784).reshape(1, 28, 28), torch.ones(12, 12, 12), torch.ones(1024)]
        active[0][0, row, column] = 0
        return account(feedforward_inference(NETWORK, active=active), table).compute

    full = [torch.ones(stage.fan_out.shape) for stage in NETWORK]
    whole = account(feedforward_inference(NETWORK, active=full), table).compute
    assert whole - energy(0, 0) == pytest.approx(12 * 4.6)
    assert whole - energy(14, 14) == pytest.approx(300 * 4.6)
    # with nothing to skip, only looking at the inputs differs
    dense = account(feedforward_inference(NETWORK), table).compute
    assert whole - dense == pytest.approx((784 + 1728 + 1024) * 0.9)


@pytest.mark.parametrize(
    ("stages", "active", "message"),
    [
        ((), None, "at least one stage, got none"),
        ((FIRST, dense_stage(1024, 10)), None, "has 1728 outputs, but 1024 -> 10 takes 1024 inputs"),
        ((dense_stage(4, 2),), (torch.ones(4), torch.ones(2)), "active must hold 1 tensors, .* got 2"),
    ],
)
def test_bad_networks(stages: tuple[Stage, ...], active: tuple[torch.Tensor, ...] | None, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        feedforward_inference(stages, active=active)


def test_no_images_are_refused() -> None:
    with pytest.raises(ParameterError, match="images must be >= 1, got 0"):
        feedforward_inference(NETWORK, images=0)


def test_counts_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"4 -> 2 has inputs \[4\], got counts \[3\]"):
        feedforward_inference([dense_stage(4, 2)], active=[torch.ones(3)])
