"""Weights between layers."""

import pytest
import torch
from torch import nn

from picojoule.core.errors import ParameterError, ShapeError
from picojoule.layers.linear import Linear
from tests.layers.stacks import drive


@pytest.mark.parametrize("bias", [True, False])
def test_parameters_are_drawn_and_named_like_torchs(bias: bool) -> None:
    torch.manual_seed(4)
    ours = Linear(7, 5, bias=bias)
    torch.manual_seed(4)
    theirs = nn.Linear(7, 5, bias=bias)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.equal(one, other)
    assert repr(ours) == repr(theirs)


@pytest.mark.parametrize("density", [0.0, 0.02, 0.5, 1.0])
@pytest.mark.parametrize("bias", [True, False])
def test_products_and_gradients_are_torchs(density: float, bias: bool) -> None:
    torch.manual_seed(4)
    ours, theirs = Linear(40, 24, bias=bias).double(), nn.Linear(40, 24, bias=bias).double()
    theirs.load_state_dict(ours.state_dict())
    spikes = (torch.rand(20, 4, 40) < density).double()
    one, other = spikes.clone().requires_grad_(), spikes.clone().requires_grad_()
    weight = drive(20, 4, 24, dtype=torch.float64)
    ours_out, theirs_out = ours(one), theirs(other)
    torch.testing.assert_close(ours_out, theirs_out, rtol=1e-13, atol=1e-13)
    got = torch.autograd.grad((ours_out * weight).sum(), [one, *ours.parameters()])
    expected = torch.autograd.grad((theirs_out * weight).sum(), [other, *theirs.parameters()])
    for a, b in zip(got, expected, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("shape", [(3,), (2, 3), (4, 2, 3), (5, 4, 2, 3), (0, 2, 3)])
def test_any_leading_axes_will_do(shape: tuple[int, ...]) -> None:
    layer, x = Linear(3, 2), drive(*shape)
    assert layer(x).shape == (*shape[:-1], 2)
    assert layer.bias is not None
    torch.testing.assert_close(layer(x), x @ layer.weight.T + layer.bias)


def test_autocast_works_in_half_precision_like_torchs() -> None:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert Linear(3, 2)(drive(5, 2, 3)).dtype == torch.bfloat16


def test_wrong_input_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"Linear takes 3 inputs in the last axis, got \[5, 2, 4\]"):
        Linear(3, 2)(drive(5, 2, 4))
    with pytest.raises(ShapeError, match=r"floating-point input, got torch.int64; use \.float\(\)"):
        Linear(3, 2)(torch.ones(5, 2, 3, dtype=torch.int64))
    with pytest.raises(ParameterError, match=r"Linear\.in_features must be >= 1 neurons, got 0"):
        Linear(0, 2)
