"""Hand-counted modules: pooling, norms, activation functions, embeddings, convolutions of other shapes."""

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from picojoule.core.counts import Operations
from picojoule.energy.count.count import Count
from picojoule.energy.work import Workload


def counted(model: nn.Module, *x: Tensor, grad: bool = False, **options: Any) -> Workload:
    with torch.set_grad_enabled(grad), Count(model, **options) as count:
        model(*x)
    assert count.uncounted == ()
    return count.workload(skip_zeros=False)


def operations(work: Workload) -> Operations:
    return sum((line.operations for line in work.works), Operations())


def products(work: Workload) -> tuple[int, int, int]:
    found = [line.products for line in work.works]
    return sum(p.dense for p in found), sum(p.macs for p in found), sum(p.accumulates for p in found)


def inside(size: int, windows: int, *, kernel: int, stride: int, padding: int = 0, dilation: int = 1) -> int:
    """Places of an axis in all windows, counted one by one."""
    places = range(size)
    return sum(
        k * stride - padding + j * dilation in places for k, j in itertools.product(range(windows), range(kernel))
    )


X = torch.randn(2, 3, 9, 8, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "dilation", "ceil"),
    [(2, 2, 0, 1, False), (3, 2, 1, 1, False), (3, 2, 1, 1, True), (3, 1, 1, 2, False), (2, 3, 1, 1, True)],
)
def test_max_pooling_compares_what_lies_inside(
    kernel: int, stride: int, padding: int, dilation: int, ceil: bool
) -> None:
    pool = nn.MaxPool2d(kernel, stride, padding, dilation, ceil_mode=ceil)
    out = pool(X)
    each = [
        inside(X.shape[a], out.shape[a], kernel=kernel, stride=stride, padding=padding, dilation=dilation)
        for a in (2, 3)
    ]
    assert operations(counted(pool, X)) == Operations(additions=6 * math.prod(each) - out.numel())


def test_mean_pooling_adds_what_lies_inside_and_multiplies_once() -> None:
    pool = nn.AvgPool2d(3, 2, 1)
    out = pool(X)
    each = [inside(X.shape[a], out.shape[a], kernel=3, stride=2, padding=1) for a in (2, 3)]
    assert operations(counted(pool, X)) == Operations(6 * math.prod(each) - out.numel(), out.numel())
    assert operations(counted(nn.AvgPool1d(2), X[0])) == Operations(27 * 4, 27 * 4)
    assert operations(counted(nn.AvgPool3d(2), X[:, :, None, :, :].expand(2, 3, 2, 9, 8))) == Operations(
        6 * 16 * 7, 6 * 16
    )


@pytest.mark.parametrize("windows", [1, 2, 4, 5])
def test_adaptive_pooling_takes_the_windows_of_torch(windows: int) -> None:
    each = []
    for size in (
        9,
        8,
    ):  # by definition: a place belongs to window k if it lies in [floor(k s / n), ceil((k + 1) s / n))
        bounds = [(math.floor(k * size / windows), math.ceil((k + 1) * size / windows)) for k in range(windows)]
        each.append(sum(stop - start for start, stop in bounds))
    out = 6 * windows**2
    assert operations(counted(nn.AdaptiveAvgPool2d(windows), X)) == Operations(6 * math.prod(each) - out, out)
    assert operations(counted(nn.AdaptiveMaxPool2d(windows), X)) == Operations(6 * math.prod(each) - out)


def test_batch_norm_is_folded_counted_or_trained() -> None:
    conv, norm = nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4)
    model = nn.Sequential(conv, norm).eval()
    alone = operations(counted(conv, X))
    size = 2 * 4 * 7 * 6
    assert operations(counted(model, X)) == alone + Operations(additions=size)  # the sums get a bias
    assert operations(counted(model, X, fold_batch_norm=False)) == alone + Operations(size, size)
    with_bias = nn.Sequential(nn.Conv2d(3, 4, 3), norm).eval()
    assert operations(counted(with_bias, X)) == alone + Operations(additions=size)
    assert operations(counted(norm.train(), torch.ones(1, 4, 5, 5))) == Operations(4 * 100, 3 * 100)


@pytest.mark.parametrize("between", [nn.ReLU(), nn.ReLU(inplace=True)], ids=["new", "in place"])
def test_a_batch_norm_behind_an_activation_is_not_folded(between: nn.Module) -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 3), between, nn.BatchNorm2d(4)).eval()
    size = 2 * 4 * 7 * 6
    before = operations(counted(nn.Sequential(model[0], between), X))
    assert operations(counted(model, X)) == before + Operations(size, size)


@pytest.mark.parametrize(("affine", "extra"), [(True, 1), (False, 0)], ids=["affine", "plain"])
def test_layer_and_group_norm(affine: bool, extra: int) -> None:
    # sum, difference, square and its sum, times 1 / root; then scale and shift; eps, 1 / n twice, 1 / root per group
    size = X.numel()
    for norm, groups in (
        (nn.LayerNorm([9, 8], elementwise_affine=affine), 6),
        (nn.GroupNorm(3, 3, affine=affine), 6),
    ):
        assert operations(counted(norm, X)) == Operations(
            (3 + extra) * size, (2 + extra) * size + 2 * groups, groups, groups
        )


V = torch.randn(2, 8, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(
    ("module", "each"),
    [
        (nn.ReLU(), Operations(1)),
        (nn.PReLU(), Operations(1, 1)),
        (nn.LeakyReLU(), Operations(1, 1)),
        (nn.Sigmoid(), Operations(1, 0, 1, 1)),
        (nn.Tanh(), Operations(functions=1)),
        (nn.SiLU(), Operations(1, 1, 1, 1)),
        (nn.GELU(), Operations(1, 3, 0, 1)),
        (nn.Softmax(-1), Operations(3, 0, 1, 1)),
        (nn.CELU(), Operations(2, 1, 0, 1)),
        (nn.Hardshrink(), Operations(1)),
        (nn.Softshrink(), Operations(2)),
        (nn.Identity(), Operations()),
        (nn.Dropout().eval(), Operations()),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, nn.Module) else "",
)
def test_activation_functions(module: nn.Module, each: Operations) -> None:
    for grad in (False, True):
        assert operations(counted(module, V, grad=grad)) == each * 16


def test_a_gated_unit_has_half_the_outputs() -> None:
    assert operations(counted(nn.GLU(), V)) == Operations(1, 1, 1, 1) * 8


def test_an_embedding_reads_rows_and_makes_analog_values() -> None:
    model = nn.Sequential(nn.Embedding(10, 4), nn.Linear(4, 2, bias=False))
    work = counted(model, torch.tensor([[1, 2, 3], [4, 5, 6]]))
    assert products(work) == (48, 48, 0)
    table = [t for line in work.works for t in line.traffic if t.words == 40]
    assert sum(t.reads for t in table) == 6 * 4


def test_a_dropout_that_trains_makes_zeros_that_are_skipped() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Dropout(0.5), nn.Linear(8, 4))
    kept: list[Tensor] = []
    model[0].register_forward_hook(lambda *call: kept.append(call[2]))
    with Count(model) as count:
        model(V)
    dense, macs, _ = products(count.workload())
    assert (dense, macs) == (64, 4 * int(kept[0].count_nonzero()))


class Weighted(nn.Module):
    """Something with a weight."""

    def __init__(self, does: Callable[[Tensor, Tensor], Tensor], *shape: int) -> None:
        super().__init__()
        self.weight, self.does = nn.Parameter(torch.ones(shape)), does

    def forward(self, x: Tensor) -> Tensor:
        return self.does(x, self.weight)


@pytest.mark.parametrize(
    ("does", "shape"),
    [
        (lambda x, w: torch.einsum("bi,ij->bj", x, w), (8, 4)),
        (lambda x, w: torch.tensordot(x, w, 1), (8, 4)),
        (lambda x, w: torch.stack([torch.mv(w, row) for row in x]), (4, 8)),
        (lambda x, w: torch.stack([torch.addmv(w[:, 0], w, row) for row in x]), (4, 8)),
        (lambda x, w: (w @ x.T).T, (4, 8)),
        (lambda x, w: torch.matmul(x[:, None, None], w), (8, 4)),
    ],
    ids=["einsum", "tensordot", "mv", "addmv", "left", "matmul"],
)
def test_every_spelling_of_a_product(does: Callable[[Tensor, Tensor], Tensor], shape: Sequence[int]) -> None:
    for grad in (False, True):
        assert products(counted(Weighted(does, *shape), V, grad=grad)) == (64, 64, 0)


def test_a_transposed_convolution_with_output_padding() -> None:
    layer = nn.ConvTranspose1d(1, 1, 3, stride=2, padding=1, output_padding=1, bias=False)
    x = torch.ones(1, 1, 4)
    size = 2 * 3 - 2 + 2 + 1 + 1  # (n - 1) stride - 2 padding + (kernel - 1) + output padding + 1
    met = sum(0 <= 2 * i - 1 + k < size for i in range(4) for k in range(3))
    assert layer(x).shape[-1] == size
    assert products(counted(layer, x)) == (met, met, 0)


@pytest.mark.parametrize("change", ["double", "channels last", "not contiguous", "half", "asks for a gradient"])
def test_the_layout_and_precision_of_the_input_change_nothing(change: str) -> None:
    layer = nn.Conv2d(3, 4, 3, padding=1)
    expected = products(counted(layer, X))
    x = X.clone()
    if change == "double":
        layer, x = layer.double(), x.double()
    elif change == "channels last":
        layer.weight.data = layer.weight.data.to(memory_format=torch.channels_last)
        x = x.to(memory_format=torch.channels_last)
    elif change == "not contiguous":
        x = X.transpose(2, 3).contiguous().transpose(2, 3)
    elif change == "half":
        layer, x = layer.bfloat16(), x.bfloat16()
    else:
        x.requires_grad_()
    assert products(counted(layer, x, grad=change.startswith("asks"))) == expected


def test_parametrised_weights_cost_what_plain_ones_do() -> None:
    plain = operations(counted(nn.Linear(8, 4), V))
    for wrap in (nn.utils.parametrizations.weight_norm, nn.utils.parametrizations.spectral_norm):
        for grad in (False, True):
            assert operations(counted(wrap(nn.Linear(8, 4)), V, grad=grad)) == plain


def test_interpolation_is_a_weighted_mean_of_neighbours() -> None:
    found = operations(counted(nn.Upsample(scale_factor=2, mode="bilinear"), X))
    assert found == Operations(3, 4) * (4 * X.numel())
    assert operations(counted(nn.Upsample(scale_factor=2), X)) == Operations()


def test_what_has_no_rule_is_named() -> None:
    for module, x, said in (
        (nn.FractionalMaxPool2d(2, output_size=3), X, "FractionalMaxPool2d: fractional_max_pool2d"),
        (nn.Fold((4, 4), 2, stride=2), torch.randn(2, 12, 4), "Fold: col2im"),
    ):
        with Count(module) as count:
            module(x)
        assert count.uncounted == (said,)


def residual(x: Tensor, _: Tensor) -> Tensor:
    return x + x


def scaled(x: Tensor, _: Tensor) -> Tensor:
    return x / 2


def pooled(x: Tensor, _: Tensor) -> Tensor:
    return nn.functional.avg_pool1d(x, 1)


@pytest.mark.parametrize("does", [residual, scaled, pooled], ids=lambda does: does.__name__)
def test_sums_and_means_of_spikes_are_multiplied_and_warned_of(does: Callable[[Tensor, Tensor], Tensor]) -> None:
    model = nn.Sequential(Weighted(does, 1), nn.Linear(8, 3))
    x = (V > 0).float()
    with torch.no_grad(), Count(model, input_spikes=True) as count:
        model(x)
    assert products(count.workload()) == (48, 3 * int(x.sum()), 0)
    assert any(sentence.startswith("Not binary: 1 Linear") for sentence in count.warnings)


@pytest.mark.parametrize(
    ("does", "binary"),
    [
        (lambda x, _: -x, True),
        (lambda x, _: x * x, True),
        (lambda x, _: torch.zeros_like(x) + x, True),
        (lambda x, _: torch.cat([x, torch.zeros_like(x)], 1)[:, :8], True),
        (lambda x, _: x.masked_fill(x == 0, 1.0), True),
        (lambda x, _: x.masked_fill(x > 0, 3.0), False),
        (lambda x, _: torch.where(x > 0, x, torch.full_like(x, 0.5)), False),
        (lambda x, _: 1 - x, False),
    ],
    ids=["neg", "and", "first of a sum", "cat", "fill 1", "fill 3", "where", "one minus"],
)
def test_what_stays_a_spike(does: Callable[[Tensor, Tensor], Tensor], binary: bool) -> None:
    model = nn.Sequential(Weighted(does, 1), nn.Linear(8, 3))
    x = (V > 0).float()
    with torch.no_grad(), Count(model, input_spikes=True) as count:
        model(x)
    met = 3 * int(does(x, x).count_nonzero())
    assert products(count.workload()) == (48, 0 if binary else met, met if binary else 0)
