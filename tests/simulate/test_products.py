"""Products of spikes against dense ones: values, gradients, what is skipped, the same bits on any number of threads."""

import math
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor
from torch.nn.functional import linear

from picojoule.core.errors import EngineError, ShapeError
from picojoule.simulate import products
from picojoule.simulate.products import density_limit, spike_product

# rows × inputs × outputs around the widths of vectors (8, 16), blocks (32, 64), searches (64) and chunks (1,024 rows)
SIZES = [
    (1, 1, 1),
    (7, 5, 3),
    (100, 70, 65),
    (1030, 64, 33),
    (2049, 130, 17),
    (50, 63, 48),
    (3, 200, 128),
    (64, 65, 90),
]


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every product goes by the list of non-zeros, however many there are."""
    monkeypatch.setattr(products, "density_limit", lambda *_: 1.0)


@pytest.fixture(params=[1, 2, 3])
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def drawn(*shape: int, density: float, dtype: torch.dtype, spikes: bool = True, seed: int = 0) -> Tensor:
    g = torch.Generator().manual_seed(seed)
    mask = torch.rand(shape, generator=g, dtype=torch.float64) < density
    numbers = torch.ones(shape, dtype=dtype) if spikes else torch.randn(shape, generator=g, dtype=dtype)
    return torch.where(mask, numbers, torch.zeros((), dtype=dtype))


def parts(rows: int, inputs: int, outputs: int, dtype: torch.dtype) -> tuple[Tensor, Tensor, Tensor]:
    """A weight, a bias and the gradient of the output."""
    g = torch.Generator().manual_seed(1)
    shapes = ((outputs, inputs), (outputs,), (rows, outputs))
    weight, bias, gradient = (torch.randn(shape, generator=g, dtype=dtype) for shape in shapes)
    return weight, bias, gradient


def with_gradients(function: object, gradient: Tensor, *arguments: Tensor) -> list[Tensor]:
    leaves = [argument.detach().requires_grad_() for argument in arguments]
    out = function(*leaves)  # type: ignore[operator]
    return [out.detach(), *torch.autograd.grad(out, leaves, gradient)]


@pytest.mark.usefixtures("listed")
@pytest.mark.parametrize("spikes", [True, False])
@pytest.mark.parametrize("density", [0.0, 0.02, 0.4, 1.0])
@pytest.mark.parametrize("size", SIZES)
def test_values_and_gradients_equal_those_of_the_dense_product(
    size: tuple[int, int, int], density: float, spikes: bool
) -> None:
    rows, inputs, _ = size
    x = drawn(rows, inputs, density=density, dtype=torch.float64, spikes=spikes)
    weight, bias, gradient = parts(*size, torch.float64)

    found = with_gradients(spike_product, gradient, x, weight, bias)

    for ours, dense in zip(found, with_gradients(linear, gradient, x, weight, bias), strict=True):
        torch.testing.assert_close(ours, dense, rtol=1e-12, atol=1e-12)


@pytest.mark.usefixtures("listed")
@pytest.mark.parametrize("size", SIZES)
def test_float32_sums_in_the_order_of_the_inputs(size: tuple[int, int, int]) -> None:
    rows, inputs, _ = size
    x = drawn(rows, inputs, density=0.1, dtype=torch.float32)
    weight, bias, _ = parts(*size, torch.float32)

    expected = bias.repeat(rows, 1)
    for i in range(inputs):
        expected += x[:, i, None] * weight[:, i]

    assert torch.equal(spike_product(x, weight, bias), expected)


@pytest.mark.usefixtures("listed")
def test_without_bias_sums_begin_at_zero() -> None:
    weight = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert spike_product(torch.tensor([0.0, 1.0]), weight).tolist() == [2.0, 4.0]


@pytest.mark.usefixtures("listed")
@pytest.mark.parametrize("shape", [(5,), (2, 3, 5), (2, 1, 2, 5)])
def test_gradcheck(shape: tuple[int, ...]) -> None:
    x = drawn(*shape, density=0.5, dtype=torch.float64, spikes=False).requires_grad_()
    weight, bias, _ = (part.requires_grad_() for part in parts(1, 5, 3, torch.float64))
    assert torch.autograd.gradcheck(spike_product, (x, weight, bias))
    assert torch.autograd.gradcheck(spike_product, (x.detach(), weight))


def test_the_density_decides_and_both_ways_agree() -> None:
    rows, inputs, outputs = 512, 96, 160
    limit = density_limit(rows, inputs, outputs)
    assert 0.05 < limit < 0.5
    weight, bias, gradient = parts(rows, inputs, outputs, torch.float64)
    for density in (0.2 * limit, 0.999 * limit, 1.5 * limit):
        x = drawn(rows, inputs, density=density, dtype=torch.float64)
        found = with_gradients(spike_product, gradient, x, weight, bias)
        for ours, dense in zip(found, with_gradients(linear, gradient, x, weight, bias), strict=True):
            torch.testing.assert_close(ours, dense, rtol=1e-12, atol=1e-12)


def test_an_input_that_is_sparse_only_in_the_sampled_rows_is_right() -> None:
    x = torch.ones(640, 96)  # every tenth row is looked at first
    x[::10] = 0.0
    weight, bias, _ = parts(640, 96, 160, torch.float32)
    torch.testing.assert_close(spike_product(x, weight, bias), linear(x, weight, bias))


def test_few_rows_and_few_outputs_need_sparser_inputs() -> None:
    assert density_limit(1, 700, 128) == 0.0
    assert density_limit(16_000, 700, 10) < density_limit(16_000, 700, 128) < density_limit(16_000, 700, 1000) < 0.5
    assert density_limit(128, 700, 128) < density_limit(16_000, 700, 128)


@pytest.mark.usefixtures("listed")
def test_bits_do_not_depend_on_the_number_of_threads(threads: int) -> None:
    rows, inputs, outputs = 3000, 200, 150
    x = drawn(rows, inputs, density=0.3, dtype=torch.float32, spikes=False)
    x[:1000] = 0.0  # unequal rows and columns: parts are of unequal lengths
    x[:, 150:] = 0.0
    weight, bias, gradient = parts(rows, inputs, outputs, torch.float32)

    def results() -> list[Tensor]:
        out, _, d_weight, d_bias = with_gradients(spike_product, gradient, x, weight, bias)
        return [out, d_weight, d_bias]

    found = results()
    torch.set_num_threads(1)
    for ours, one in zip(found, results(), strict=True):
        assert torch.equal(ours, one)


@pytest.mark.usefixtures("listed")
def test_infinite_and_undefined_numbers_spread_where_there_are_spikes() -> None:
    weight = torch.tensor([[math.inf, 1.0, 2.0], [math.nan, -math.inf, 3.0]])
    x = torch.tensor([[0.0, 1.0, 1.0], [1.0, 1.0, 0.0], [0.0, 0.0, math.nan], [0.0, -0.0, 1.0]])
    found = spike_product(x, weight)
    expected = [[3.0, -math.inf], [math.inf, math.nan], [math.nan, math.nan], [2.0, 3.0]]
    torch.testing.assert_close(found, torch.tensor(expected), equal_nan=True)


@pytest.mark.parametrize("shape", [(0, 3), (4, 0, 3), (2, 0)])
def test_empty_inputs(shape: tuple[int, ...]) -> None:
    x, weight, bias = torch.zeros(shape), torch.ones(2, shape[-1]), torch.tensor([1.0, 2.0])
    gradient = torch.ones(*shape[:-1], 2)
    found = with_gradients(spike_product, gradient, x, weight, bias)
    for ours, dense in zip(found, with_gradients(linear, gradient, x, weight, bias), strict=True):
        assert torch.equal(ours, dense)


@pytest.mark.usefixtures("listed")
def test_any_memory_layout() -> None:
    base = drawn(6, 70, 9, density=0.3, dtype=torch.float64)
    x = base.transpose(1, 2)
    weight = parts(1, 40, 70, torch.float64)[0].t()
    gradient = torch.ones((), dtype=torch.float64).expand(6, 9, 40)
    found = with_gradients(spike_product, gradient, x, weight)
    for ours, dense in zip(found, with_gradients(linear, gradient, x, weight), strict=True):
        torch.testing.assert_close(ours, dense)


@pytest.mark.usefixtures("listed")
def test_only_what_is_asked_for_gets_a_gradient() -> None:
    x, weight = torch.ones(3, 4), torch.ones(2, 4, requires_grad=True)
    spike_product(x, weight).sum().backward()  # type: ignore[no-untyped-call]
    assert torch.equal(weight.grad, torch.full((2, 4), 3.0))  # type: ignore[arg-type]
    assert x.grad is None
    assert not spike_product(x, weight.detach()).requires_grad


@pytest.mark.usefixtures("listed")
def test_spikes_may_change_before_the_backward_pass() -> None:
    x, weight = torch.eye(3), torch.ones(2, 3, requires_grad=True)
    out = spike_product(x, weight)
    x.zero_()  # the list of spikes was made before
    out.sum().backward()  # type: ignore[no-untyped-call]
    assert torch.equal(weight.grad, torch.ones(2, 3))  # type: ignore[arg-type]


@pytest.mark.usefixtures("listed")
def test_second_derivatives_are_refused() -> None:
    x, weight = torch.ones(3, 4), torch.ones(2, 4, requires_grad=True)
    with pytest.raises(EngineError, match="spike_product has plain first derivatives only"):
        torch.autograd.grad(spike_product(x, weight).pow(2).sum(), weight, create_graph=True)


@pytest.mark.parametrize(
    ("x", "weight", "bias", "text"),
    [
        (torch.ones(2, 3, dtype=torch.int64), torch.ones(4, 3), None, r"float32 or float64, got torch\.int64; give it"),
        (torch.ones(2, 3), torch.ones(4, 3).double(), None, r"one dtype, got torch\.float32, torch\.float64; convert"),
        (torch.ones(2, 3), torch.ones(3, 4), None, r"weight \[outputs, inputs\], got \[2, 3\] and \[3, 4\]"),
        (torch.ones(()), torch.ones(3, 4), None, r"got \[\] and \[3, 4\]"),
        (torch.ones(2, 3), torch.ones(4, 3), torch.ones(3), r"a bias \[4\], one for each output, got \[3\]"),
    ],
)
def test_what_does_not_fit_is_refused(x: Tensor, weight: Tensor, bias: Tensor | None, text: str) -> None:
    with pytest.raises(ShapeError, match=text):
        spike_product(x, weight, bias)
