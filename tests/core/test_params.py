"""Units in types: one declaration checks every field."""

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from picojoule.core.errors import ParameterError
from picojoule.core.params import (
    Duration,
    Rate,
    Time,
    Unit,
    as_tensor,
    check,
    decay_of,
    units_of,
    validate,
    whole_steps,
)


@dataclass(frozen=True)
class Model:
    kind: ClassVar[str] = "model"
    tau: Time = 20.0
    hold: Duration = 0.0
    share: Annotated[float, Unit("of 1", at_least=0.0, at_most=1.0)] = 0.5
    name: str = "free"


@dataclass(frozen=True)
class Faster(Model):
    rate: Rate = 10.0


def test_units_are_read_from_annotations_inherited_ones_first() -> None:
    assert list(units_of(Faster)) == ["tau", "hold", "share", "rate"]
    assert units_of(Faster)["rate"] == Unit("Hz", above=0.0)


@given(tau=st.floats(exclude_min=True, min_value=0.0, allow_infinity=False), share=st.floats(0.0, 1.0))
def test_values_in_range_pass(tau: float, share: float) -> None:
    validate(Model(tau=tau, share=share, name=""))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Model(tau=0.0), r"Model\.tau must be > 0 ms, got 0$"),
        (Model(tau=-5), r"Model\.tau must be > 0 ms, got -5$"),
        (Model(hold=-0.25), r"Model\.hold must be >= 0 ms, got -0\.25$"),
        (Model(share=1.5), r"Model\.share must be <= 1 of 1, got 1\.5$"),
        (Model(tau=math.nan), r"Model\.tau must be a finite number in ms, got nan$"),
        (Model(hold=math.inf), r"Model\.hold must be a finite number in ms, got inf$"),
        (Model(tau="20"), r"Model\.tau must be a number in ms, got '20'$"),  # type: ignore[arg-type]
        (Model(tau=True), r"Model\.tau must be a number in ms, got True$"),
        (Model(tau=None), r"Model\.tau must be a number in ms, got None$"),  # type: ignore[arg-type]
        (Model(tau=torch.tensor([1.0, 0.0])), r"Model\.tau must be > 0 ms, got 0$"),
        (Faster(rate=-1.0), r"Faster\.rate must be > 0 Hz, got -1$"),
    ],
)
def test_values_out_of_range_are_refused_with_name_bound_and_unit(model: Model, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        validate(model)


def test_a_parameter_error_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="steps must be >= 1 steps, got 0"):
        check("steps", 0, Unit("steps", at_least=1))


def test_tensors_that_need_a_gradient_are_checked_too() -> None:
    check("tau", torch.tensor(3.0, requires_grad=True), Unit("ms", above=0.0))
    with pytest.raises(ParameterError, match="tau must be > 0 ms, got -3"):
        check("tau", torch.tensor(-3.0, requires_grad=True), Unit("ms", above=0.0))


def test_numbers_become_double_and_tensors_stay_as_they_are() -> None:
    single = torch.tensor([1.0], requires_grad=True)
    assert as_tensor(single) is single
    assert as_tensor(0.1).dtype == torch.float64
    assert as_tensor(0.1).item() == 0.1


@given(tau=st.floats(0.1, 1e6), dt=st.floats(0.01, 10.0))
def test_two_half_steps_decay_as_one(tau: float, dt: float) -> None:
    whole, half = decay_of(tau, dt).item(), decay_of(tau, dt / 2).item()
    assert whole == pytest.approx(math.exp(-dt / tau), rel=1e-14)
    assert half * half == pytest.approx(whole, rel=1e-14)


@pytest.mark.parametrize(
    ("duration", "dt", "steps"),
    [(5.0, 1.0, 5), (5.0, 0.5, 10), (0.3, 0.1, 3), (1.4, 1.0, 1), (1.6, 1.0, 2), (0.0, 0.1, 0)],
)
def test_durations_become_whole_steps(duration: float, dt: float, steps: int) -> None:
    assert whole_steps(duration, dt).item() == float(steps)
