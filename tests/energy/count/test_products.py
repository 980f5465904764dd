"""Hand-counted products: dense layers, convolutions at borders, zeros in inputs and weights, activations that meet."""

import itertools
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from picojoule.energy.count.count import Count
from picojoule.energy.work import Products, Workload


def counted(model: nn.Module, x: Tensor, **options: Any) -> Workload:
    with torch.no_grad(), Count(model, **options) as count:
        model(x)
    assert count.uncounted == ()
    return count.workload()


def products(work: Workload) -> Products:
    found = [line.products for line in work.works]
    return Products(
        sum(p.dense for p in found), sum(p.macs for p in found), sum(p.accumulates for p in found),
        max((p.targets for p in found), default=0),
    )  # fmt: skip


def test_a_dense_layer_line_by_line() -> None:
    layer = nn.Linear(4, 3)
    with torch.no_grad():
        layer.weight[1, 2] = 0.0
    x = torch.tensor([[1.0, 0.0, 2.0, 0.0], [0.0, 0.0, 0.0, 5.0]])
    with torch.no_grad(), Count(layer) as count:
        layer(x)
    lines = {line.part: line for line in count.workload().works}
    # input 0 meets 3 weights, input 2 only 2, input 3 of the second row 3
    assert lines["synapses"].products == Products(dense=24, macs=8, targets=3)
    assert lines["synapses"].operations.multiplications == lines["synapses"].operations.additions == 8
    assert [(t.words, t.reads, t.writes) for t in lines["synapses"].traffic] == [(12, 8, 0)]
    # 6 biases, and 8 inputs that are compared with zero; both are read
    assert lines["neurons"].operations.additions == 6 + 8
    assert {(t.words, t.reads, t.writes) for t in lines["neurons"].traffic} == {(3, 6, 0), (4, 8, 0)}

    everything = {line.part: line for line in count.workload(skip_zeros=False).works}
    assert everything["synapses"].operations.multiplications == 24
    assert everything["neurons"].operations.additions == 6


def by_hand(x: Tensor, weight: Tensor, settings: dict[str, Any], size: tuple[int, int]) -> tuple[int, int]:
    """Products of a convolution, counted one by one: those inside the picture, and those without a zero."""
    stride, padding, dilation, groups = (settings.get(k, d) for k, d in (("stride", 1), ("padding", 0), ("dilation", 1), ("groups", 1)))  # fmt: skip  # noqa: E501
    inside = effective = 0
    samples, height, width = x.shape[0], *x.shape[2:]
    out_channels, in_group, kernel_y, kernel_x = weight.shape
    for b, o, p, q in itertools.product(range(samples), range(out_channels), *map(range, size)):
        group = o // (out_channels // groups)
        for i, u, v in itertools.product(range(in_group), range(kernel_y), range(kernel_x)):
            row, column = p * stride - padding + u * dilation, q * stride - padding + v * dilation
            if 0 <= row < height and 0 <= column < width:
                inside += 1
                effective += int(bool(x[b, group * in_group + i, row, column] * weight[o, i, u, v]))
    return inside, effective


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"padding": 1},
        {"stride": 2, "padding": 1},
        {"stride": 3},
        {"padding": 2, "dilation": 2},
        {"groups": 2, "padding": 1},
    ],
    ids=str,
)
def test_a_convolution_is_counted_exactly_at_its_borders(settings: dict[str, Any]) -> None:
    generator = torch.Generator().manual_seed(0)
    layer = nn.Conv2d(2, 4, 3, bias=False, **settings)
    with torch.no_grad():
        layer.weight.copy_(torch.randint(-1, 2, layer.weight.shape, generator=generator))
    x = torch.randint(0, 2, (2, 2, 6, 5), generator=generator).float()
    inside, effective = by_hand(x, layer.weight, settings, layer(x).shape[2:])
    found = products(counted(layer, x))
    assert (found.dense, found.macs) == (inside, effective)


def test_reused_weights_are_read_once_for_a_picture() -> None:
    layer = nn.Conv2d(1, 2, 3, padding=1, bias=False)
    x = torch.zeros(3, 1, 4, 4)
    x[0] = 1.0  # 100 positions of 2 x 9 weights
    x[1, 0, 0, 0] = 1.0  # a corner: 4 positions, so 8 products, all with weights of their own
    with torch.no_grad(), Count(layer) as count:
        layer(x)
    for options, reads in (
        ({}, 200 + 8),
        ({"reuse_weights": True}, 18 + 8),
        ({"reuse_weights": True, "skip_zeros": False}, 3 * 18),
    ):
        (line,) = [line for line in count.workload(**options).works if line.part == "synapses"]
        assert sum(traffic.reads for traffic in line.traffic) == reads
        assert line.products.macs == (600 if "skip_zeros" in options else 208)


def test_in_a_dense_layer_there_is_nothing_to_reuse() -> None:
    layer = nn.Linear(5, 4)
    x = torch.randn(6, 5, generator=torch.Generator().manual_seed(0))
    with torch.no_grad(), Count(layer) as count:
        layer(x)
    assert count.workload(reuse_weights=True).works == count.workload().works


def test_a_transposed_convolution_counts_each_product_of_its_definition() -> None:
    layer = nn.ConvTranspose2d(1, 2, 2, stride=2, bias=False)  # every input meets every weight, nothing overlaps
    x = torch.tensor([[[[1.0, 0.0], [0.0, 3.0]]]])
    assert products(counted(layer, x)) == Products(dense=4 * 8, macs=2 * 8, targets=2 * 16)


def test_one_dimension_and_three() -> None:
    assert products(counted(nn.Conv1d(1, 2, 3, padding=1), torch.ones(1, 1, 4))).macs == 2 * (2 + 3 + 3 + 2)
    assert products(counted(nn.Conv3d(1, 1, 2), torch.ones(1, 1, 2, 2, 3))).macs == 16


def test_circular_padding_meets_weights_everywhere() -> None:
    layer = nn.Conv1d(1, 1, 3, padding=1, padding_mode="circular")
    assert products(counted(layer, torch.ones(1, 1, 4))).macs == 12


def test_weights_on_the_left_count_as_weights() -> None:
    class Left(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.tensor([[1.0, 0.0, 2.0]]))

        def forward(self, x: Tensor) -> Tensor:
            sums: Tensor = self.weight @ x.T
            return sums

    x = torch.tensor([[1.0, 1.0, 1.0], [0.0, 1.0, 1.0]])
    assert products(counted(Left(), x)) == Products(dense=6, macs=3, targets=1)


def test_two_activations_that_meet() -> None:
    class Meet(nn.Module):
        def forward(self, a: Tensor, b: Tensor) -> Tensor:
            return torch.bmm(a, b)

    a = torch.tensor([[[1.0, 0.0], [2.0, 3.0]]])
    b = torch.tensor([[[1.0, 0.0, 1.0], [0.0, 0.0, 1.0]]])
    model = Meet()
    with Count(model) as count:
        model(a, b)
    # rows (1, 0) and (2, 3); row 0 of b has 2 that are not zero, row 1 has 1
    assert products(count.workload()) == Products(dense=12, macs=2 + 3, targets=3)


def test_what_is_made_of_weights_alone_costs_nothing() -> None:
    class Normed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.randn(3, 4))

        def forward(self, x: Tensor) -> Tensor:
            y: Tensor = x @ (self.weight / self.weight.norm(dim=1, keepdim=True)).T.exp()
            return y

    found = counted(Normed(), torch.ones(2, 4))
    assert products(found) == Products(dense=24, macs=24, targets=3)
    assert sum(line.operations.functions + line.operations.divisions for line in found.works) == 0


def test_zero_input_costs_no_product() -> None:
    model = nn.Sequential(nn.Conv2d(1, 3, 3), nn.Flatten(), nn.Linear(27, 2))
    found = counted(nn.Sequential(model[0]), torch.zeros(2, 1, 5, 5))
    assert products(found).macs == 0
    assert products(found).dense > 0


def test_doubling_the_batch_doubles_everything() -> None:
    model = nn.Sequential(nn.Conv2d(1, 3, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(27, 5))
    x = torch.rand(3, 1, 6, 6, generator=torch.Generator().manual_seed(0)) - 0.3
    once, twice = counted(model, x), counted(model, torch.cat([x, x]))
    assert twice.images == 2 * once.images
    for a, b in zip(once.works, twice.works, strict=True):
        assert a.operations * 2 == b.operations
        assert [(t.words, 2 * t.reads, 2 * t.writes) for t in a.traffic] == [
            (t.words, t.reads, t.writes) for t in b.traffic
        ]
        assert 2 * a.products.effective == b.products.effective


def test_counts_add_over_samples_and_calls() -> None:
    model = nn.Sequential(nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 2))
    x = torch.randn(5, 6, generator=torch.Generator().manual_seed(0))
    with torch.no_grad(), Count(model) as one_by_one:
        for row in x:
            model(row[None])
    assert one_by_one.samples == 5
    assert products(one_by_one.workload()) == products(counted(model, x))


def test_counting_changes_no_output_and_no_gradient() -> None:
    model = nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.Flatten(), nn.Linear(48, 5))
    x = torch.rand(4, 1, 6, 6, generator=torch.Generator().manual_seed(0))
    plain = model.eval()(x)
    plain.sum().backward()
    expected = [p.grad.clone() for p in model.parameters() if p.grad is not None]
    model.zero_grad()
    with Count(model):
        seen = model(x)
        seen.sum().backward()
    assert torch.equal(plain, seen)
    assert all(torch.equal(a, p.grad) for a, p in zip(expected, model.parameters(), strict=True) if p.grad is not None)


def test_backward_is_not_counted() -> None:
    model = nn.Linear(4, 3)
    x = torch.ones(2, 4)
    with Count(model) as count:
        model(x).sum().backward()
    assert products(count.workload()) == products(counted(model, x))
