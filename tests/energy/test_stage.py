"""Stages: every product counted, also at the borders, against torch's own convolution."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import conv2d, max_pool2d

from picojoule.core.errors import ParameterError, ShapeError
from picojoule.energy.stage import convolution_stage, dense_stage


@st.composite
def convolutions(draw: st.DrawFn) -> tuple[tuple[int, int, int], int, int, int]:
    """Shape, channels, kernel and pooling that fit together."""
    kernel, pool = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    height, width = (draw(st.integers(kernel + pool - 1, 12)) for _ in range(2))
    return (draw(st.integers(1, 3)), height, width), draw(st.integers(1, 4)), kernel, pool


@given(convolutions())
def test_fan_out_is_what_a_convolution_does_with_each_input(
    convolution: tuple[tuple[int, int, int], int, int, int],
) -> None:
    shape, channels, kernel, pool = convolution
    stage = convolution_stage(shape, channels, kernel=kernel, pool=pool)
    image = torch.zeros(1, *shape, dtype=torch.float64, requires_grad=True)
    sums = conv2d(image, torch.ones(channels, shape[0], kernel, kernel, dtype=torch.float64))
    assert stage.units == tuple(max_pool2d(sums, pool).shape[1:])
    _, height, width = stage.units
    # the sums that lie in a whole window
    sums[..., : height * pool, : width * pool].sum().backward()  # type: ignore[no-untyped-call]
    assert image.grad is not None
    assert stage.fan_out.equal(image.grad[0].long())


def test_the_first_layer_of_the_small_network_by_hand() -> None:
    stage = convolution_stage((1, 28, 28), 12, kernel=5, pool=2)
    assert (stage.inputs, stage.outputs, stage.units) == (784, 12 * 12 * 12, (12, 12, 12))
    assert stage.products == 24 * 24 * 25 * 12
    assert (stage.weights, stage.biases) == (12 * 25, 12)
    assert stage.comparisons == 1728 * 3  # of four sums the largest
    corner, edge, middle = stage.fan_out[0, 0, 0], stage.fan_out[0, 0, 14], stage.fan_out[0, 14, 14]
    assert [corner.item(), edge.item(), middle.item()] == [12, 60, 300]


def test_sums_that_no_window_takes_are_not_made() -> None:
    # five sums, of which windows of two take four: the last pixel is never used
    stage = convolution_stage((1, 1 + 1, 6), 1, kernel=2, pool=1)
    cut = convolution_stage((1, 3, 6), 1, kernel=2, pool=2)
    assert stage.fan_out[0, 0].tolist() == [1, 2, 2, 2, 2, 1]
    assert cut.fan_out[0].tolist() == [[1, 2, 2, 2, 1, 0], [2, 4, 4, 4, 2, 0], [1, 2, 2, 2, 1, 0]]


def test_a_dense_stage_uses_every_input_alike() -> None:
    stage = dense_stage(784, 100)
    assert (stage.name, stage.products, stage.weights, stage.biases) == ("784 -> 100", 78_400, 78_400, 100)
    assert stage.comparisons == 0
    assert stage.used(torch.ones(784)) == 78_400


@given(st.integers(0, 2**32 - 1))
def test_what_is_used_adds_up(seed: int) -> None:
    stage = convolution_stage((2, 6, 7), 3, kernel=3, pool=2)
    active = torch.randint(0, 9, (2, 2, 6, 7), generator=torch.Generator().manual_seed(seed))
    assert stage.used(active[0]) + stage.used(active[1]) == stage.used(active.sum(0))
    assert stage.used(torch.full((2, 6, 7), 5)) == 5 * stage.products


def test_counts_of_another_shape_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"784 -> 10 has inputs \[784\], got counts \[28, 28\]; count how often each"):
        dense_stage(784, 10).used(torch.zeros(28, 28))


@pytest.mark.parametrize(
    ("shape", "channels", "kernel", "pool"),
    [((1, 4, 4), 12, 5, 1), ((1, 5, 9), 12, 5, 2), ((1, 28, 28), 0, 5, 2), ((0, 28, 28), 1, 5, 2)],
)
def test_what_does_not_fit_is_refused(shape: tuple[int, int, int], channels: int, kernel: int, pool: int) -> None:
    with pytest.raises(ParameterError, match=r"do not fit into .* an input of .*\. Use smaller ones\."):
        convolution_stage(shape, channels, kernel=kernel, pool=pool)


@pytest.mark.parametrize(("inputs", "outputs"), [(0, 10), (10, 0)])
def test_dense_stages_need_inputs_and_outputs(inputs: int, outputs: int) -> None:
    with pytest.raises(ParameterError, match=f"inputs and outputs >= 1, got {inputs} and {outputs}"):
        dense_stage(inputs, outputs)
