"""Values that training moves stay in their range."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from picojoule.core.params import Unit
from picojoule.layers.bounded import moved

UNITS = {
    "above": Unit("ms", above=0.0),
    "above one": Unit("ms", above=1.0),
    "at least": Unit("mV", at_least=-2.0),
    "at most": Unit("mV", at_most=50.0),
    "between": Unit("ms", above=1.0, at_most=50.0),
    "closed": Unit("ms", at_least=0.0, at_most=50.0),
    "free": Unit("mV"),
}
every_unit = pytest.mark.parametrize("unit", UNITS.values(), ids=UNITS.keys())
DOUBLE = torch.float64


@every_unit
@given(start=st.floats(1.001, 49.0), change=st.floats(-1e6, 1e6))
def test_no_change_leads_out_of_the_range(unit: Unit, start: float, change: float) -> None:
    value = moved(torch.tensor(start, dtype=DOUBLE), torch.tensor(change, dtype=DOUBLE), unit)
    assert unit.bound_broken_by(value.item()) is None


@every_unit
@given(start=st.floats(1.001, 49.0))
def test_without_a_change_it_is_the_start(unit: Unit, start: float) -> None:
    value = moved(torch.tensor(start, dtype=DOUBLE), torch.tensor(0.0, dtype=DOUBLE), unit).item()
    if unit in (UNITS["free"], UNITS["above"]):
        assert value == start  # so that a layer that may learn fires like one that may not
    assert value == pytest.approx(start, rel=1e-14, abs=1e-12)


@every_unit
@given(start=st.floats(1.1, 48.0), change=st.floats(-3.0, 3.0))
def test_a_greater_change_never_gives_a_lesser_value_in_a_range_with_a_lower_bound(
    unit: Unit, start: float, change: float
) -> None:
    changes = torch.tensor([change, change + 0.1], dtype=DOUBLE)
    one, other = moved(torch.tensor(start, dtype=DOUBLE), changes, unit).tolist()
    assert one > other if unit == UNITS["at most"] else one < other


def test_the_closed_forms() -> None:
    start, change = torch.tensor(20.0, dtype=DOUBLE), torch.tensor(0.5, dtype=DOUBLE)
    assert moved(start, change, UNITS["above"]).item() == pytest.approx(20.0 * math.exp(0.5), rel=1e-15)
    assert moved(start, change, UNITS["at least"]).item() == pytest.approx(-2.0 + 22.0 * math.exp(0.5), rel=1e-15)
    assert moved(start, change, UNITS["at most"]).item() == pytest.approx(50.0 - 30.0 * math.exp(0.5), rel=1e-15)
    odds = 20.0 / 30.0 * math.exp(0.5)
    assert moved(start, change, UNITS["closed"]).item() == pytest.approx(50.0 * odds / (1.0 + odds), rel=1e-14)
    assert moved(start, change, UNITS["free"]).item() == 20.5


def test_the_gradient_of_a_positive_value_is_the_value() -> None:
    change = torch.tensor(0.25, dtype=DOUBLE, requires_grad=True)
    value = moved(torch.tensor(20.0, dtype=DOUBLE), change, UNITS["above"])
    (grad,) = torch.autograd.grad(value, change)
    assert grad.item() == pytest.approx(value.item(), rel=1e-15)
