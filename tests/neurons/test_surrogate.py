"""Surrogates, found automatically: derivative and smooth step belong together, and the published values are met."""

import math
import pickle
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

import picojoule.neurons
from picojoule.compile.trace import trace
from picojoule.core.errors import ParameterError
from picojoule.core.params import units_of
from picojoule.neurons.bells import DoubleGaussian, Gaussian, MultiGaussian
from picojoule.neurons.surrogate import (
    ATan,
    Boxcar,
    FastSigmoid,
    Sigmoid,
    Slayer,
    StraightThrough,
    Surrogate,
    Triangle,
)

KINDS: dict[str, Any] = {
    kind.__name__: kind for kind in Surrogate.__subclasses__() if kind.__module__.startswith("pico")
}
every_surrogate = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
GRID = torch.arange(-400, 401, dtype=torch.float64) / 100  # with 0, and with the ends of windows


def other(kind: Any) -> Any:
    """A surrogate of a kind with other numbers than by default."""
    return kind(**{name: 0.7 * getattr(kind(), name) for name in units_of(kind)})


def autograd(surrogate: Surrogate, excess: Tensor) -> Tensor:
    x = excess.clone().requires_grad_()
    return torch.autograd.grad(surrogate.smooth(x).sum(), x)[0]


def test_the_surrogates_of_this_library_are_found_and_exported() -> None:
    assert len(KINDS) >= 9
    assert all(getattr(picojoule.neurons, name) is kind for name, kind in KINDS.items())


@every_surrogate
def test_the_derivative_is_that_of_the_smooth_step(kind: Any) -> None:
    for surrogate in (kind(), other(kind)):
        torch.testing.assert_close(surrogate.derivative(GRID), autograd(surrogate, GRID), rtol=1e-10, atol=1e-14)


@every_surrogate
def test_the_smooth_step_has_that_slope_by_finite_differences_too(kind: Any) -> None:
    """Autograd and the formula could be wrong alike."""
    x, h = GRID + 1e-3, 1e-6  # beside the places where a slope jumps
    slope = (kind().smooth(x + h) - kind().smooth(x - h)) / (2 * h)
    torch.testing.assert_close(kind().derivative(x), slope, rtol=0.0, atol=1e-8)


@every_surrogate
def test_both_sides_of_the_threshold_are_alike(kind: Any) -> None:
    derivative = kind().derivative(GRID)
    torch.testing.assert_close(derivative, derivative.flip(0), rtol=1e-12, atol=0.0)
    assert derivative.max() == kind().derivative(torch.zeros((), dtype=torch.float64))


@every_surrogate
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_shape_and_dtype_are_those_of_the_excess_and_every_value_is_finite(kind: Any, dtype: torch.dtype) -> None:
    x = torch.tensor([[-1e30, -300.0, -1.0], [0.0, 40.0, 1e30]], dtype=dtype)
    value = kind().derivative(x)
    assert (value.shape, value.dtype) == (x.shape, dtype)
    assert kind().smooth(x).dtype == dtype
    assert torch.isfinite(value).all()


@every_surrogate
def test_float32_has_no_hidden_lower_precision(kind: Any) -> None:
    x = torch.linspace(-1.0, 1.0, 101, dtype=torch.float64)  # not a multiple of a power of 2, as 0.7 below
    single, double = other(kind).derivative(x.float()), other(kind).derivative(x.float().double())
    torch.testing.assert_close(single.double(), double, rtol=1e-6, atol=1e-7)
    assert not torch.equal(double, double.float().double()) or kind in (StraightThrough,)


@every_surrogate
def test_it_can_be_traced_and_keeps_its_numbers_as_arguments(kind: Any) -> None:
    given = {name: f"p_{name}" for name in units_of(kind)}
    graph = trace(kind(), "derivative", ["excess"], numbers=given, differentiable=True)
    assert graph.used_inputs() >= set(given.values())


@every_surrogate
def test_survives_pickling_and_its_repr_evaluates_back(kind: Any) -> None:
    for surrogate in (kind(), other(kind)):
        assert pickle.loads(pickle.dumps(surrogate)) == surrogate
        assert eval(repr(surrogate), dict(KINDS)) == surrogate


@pytest.mark.parametrize(
    ("surrogate", "expected"),
    [
        (ATan(3.0), 1.5),
        (FastSigmoid(25.0), 1.0),
        (Sigmoid(4.0), 1.0),
        (Triangle(height=0.3, width=2.0), 0.3),
        (Boxcar(height=0.6, width=0.1), 0.6),
        (Gaussian(sigma=0.5, scale=0.5), 1.0 / math.sqrt(2.0 * math.pi)),
        # 0.5 (1.15 N(0; 0, 0.5) - 2 * 0.15 N(0.5; 0, 3))
        (MultiGaussian(), 0.5 * (1.15 / 0.5 - 0.3 / 3.0 * math.exp(-1.0 / 72.0)) / math.sqrt(2.0 * math.pi)),
        (DoubleGaussian(), 0.5 * (1.15 / 0.5 - 0.3 / 3.0) / math.sqrt(2.0 * math.pi)),
        (Slayer(slope=5.0, scale=0.4), 1.0),
        (StraightThrough(), 1.0),
    ],
    ids=str,
)
def test_the_derivative_at_threshold(surrogate: Surrogate, expected: float) -> None:
    value = surrogate.derivative(torch.zeros((), dtype=torch.float64))
    assert value.item() == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(
    ("surrogate", "area"),
    [
        (ATan(), 1.0),
        (FastSigmoid(25.0), 2.0 / 25.0),
        (Sigmoid(), 1.0),
        (Triangle(height=0.3, width=2.0), 0.6),
        (Boxcar(height=0.6, width=0.1), 0.12),
        (Gaussian(scale=0.7), 0.7),
        (MultiGaussian(), 0.5 * (1.15 - 0.30)),  # the lobes take away twice their weight
        (DoubleGaussian(), 0.5 * (1.15 - 0.30)),
        (Slayer(scale=0.4), 0.4),
    ],
    ids=str,
)
def test_the_height_of_the_smooth_step_is_the_area_below_the_derivative(surrogate: Surrogate, area: float) -> None:
    low, high = surrogate.smooth(torch.tensor([-1e9, 1e9], dtype=torch.float64)).tolist()
    assert high - low == pytest.approx(area, rel=1e-7)


@given(x=st.floats(-2.0, 2.0))
def test_windows_end_where_they_say(x: float) -> None:
    excess = torch.tensor(x, dtype=torch.float64)
    assert Boxcar(height=0.3, width=0.7).derivative(excess).item() == (0.3 if abs(x) <= 0.7 else 0.0)
    assert Triangle(width=0.7).derivative(excess).item() == pytest.approx(max(0.0, 1.0 - abs(x) / 0.7), abs=1e-15)


def test_the_multi_gaussian_is_negative_outside_and_the_bell_is_its_limit_without_lobes() -> None:
    assert (MultiGaussian().derivative(torch.tensor([-3.0, 1.5, 9.0])) < 0).all()
    almost = MultiGaussian(lobe=1e-300).derivative(GRID)
    torch.testing.assert_close(almost, Gaussian().derivative(GRID), rtol=1e-14, atol=0.0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ATan(0.0), r"ATan\.slope must be > 0 per unit of excess, got 0$"),
        (lambda: Sigmoid(-1.0), r"Sigmoid\.slope must be > 0 per unit of excess, got -1$"),
        (lambda: Triangle(height=0.0), r"Triangle\.height must be > 0 per unit of excess, got 0$"),
        (lambda: Triangle(width=-2.0), r"Triangle\.width must be > 0 units of excess, got -2$"),
        (lambda: Boxcar(width=math.nan), r"Boxcar\.width must be a finite number in units of excess, got nan$"),
        (lambda: Gaussian(sigma=0.0), r"Gaussian\.sigma must be > 0 units of excess, got 0$"),
        (lambda: MultiGaussian(spread=-6.0), r"MultiGaussian\.spread must be > 0 times, got -6$"),
        (lambda: Slayer(scale=0.0), r"Slayer\.scale must be > 0 times, got 0$"),
    ],
)
def test_numbers_out_of_range_are_refused_with_name_bound_and_unit(make: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        make()
