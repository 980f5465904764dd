"""Bounds: how changes end, or fade, at the lowest and the highest weight."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from picojoule.core.errors import ParameterError
from picojoule.learn.stdp.bounds import HardBounds, SoftBounds

LOW, HIGH = torch.tensor(-1.0, dtype=torch.float64), torch.tensor(3.0, dtype=torch.float64)
inside = st.floats(-1.0, 3.0)


def number(value: float) -> torch.Tensor:
    return torch.tensor([value], dtype=torch.float64)


@given(w=inside, amount=st.floats(0.0, 10.0))
def test_hard_bounds_take_changes_in_full_up_to_the_bound(w: float, amount: float) -> None:
    bounds = HardBounds(low=-1.0, high=3.0)
    assert bounds.increase(number(w), number(amount), low=LOW, high=HIGH).item() == min(w + amount, 3.0)
    assert bounds.decrease(number(w), number(amount), low=LOW, high=HIGH).item() == max(w - amount, -1.0)


@given(w=inside, amount=st.floats(0.0, 1.0))
def test_soft_bounds_scale_changes_by_the_distance_left(w: float, amount: float) -> None:
    bounds = SoftBounds(low=-1.0, high=3.0)
    up = bounds.increase(number(w), number(amount), low=LOW, high=HIGH).item()
    down = bounds.decrease(number(w), number(amount), low=LOW, high=HIGH).item()
    assert 3.0 - up == pytest.approx((3.0 - w) * (1.0 - amount), abs=1e-14)
    assert down + 1.0 == pytest.approx((w + 1.0) * (1.0 - amount), abs=1e-14)


@pytest.mark.parametrize("kind", [HardBounds, SoftBounds])
def test_an_empty_interval_is_refused(kind: type[HardBounds | SoftBounds]) -> None:
    with pytest.raises(ParameterError, match=rf"{kind.__name__}: low must be < high, got low=1 and high=0\.5"):
        kind(low=1.0, high=0.5)
    with pytest.raises(ParameterError, match=r"low must be a (finite )?number in weight, got nan"):
        kind(low=float("nan"))
