"""Units in types: one declaration checks every field."""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any, ClassVar

import numpy as np
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


NUMBERS: dict[str, Any] = {
    "int": 20,
    "float": 20.0,
    "float16": np.float16(20.0),
    "float32": np.float32(20.0),
    "float64": np.float64(20.0),
    "longdouble": np.longdouble(20.0),
    "int8": np.int8(20),
    "uint64": np.uint64(20),
    "fraction": Fraction(20),
    "array of no dimension": np.array(20.0, dtype=np.float32),
    "whole array of no dimension": np.array(20),
}
SEVERAL: dict[str, Any] = {
    "list": [5.0, 10.0],
    "list of whole numbers": [5, 10],
    "tuple": (5.0, 10),
    "list of NumPy's": [np.float32(5.0), np.int64(10)],
    "list of tensors": [torch.tensor(5.0), torch.tensor(10.0)],
    "float16 array": np.array([5.0, 10.0], dtype=np.float16),
    "float32 array": np.array([5.0, 10.0], dtype=np.float32),
    "array of another byte order": np.array([5.0, 10.0], dtype=">f8"),
    "whole array": np.array([5, 10]),
    "read-only array": np.broadcast_to(np.array([5.0, 10.0]), (2,)),
    "whole tensor": torch.tensor([5, 10]),
}
NO_NUMBER: dict[str, Any] = {
    "bool": True,
    "bool of NumPy": np.bool_(True),
    "bool tensor": torch.tensor(True),
    "bools": [True, False],
    "bool among numbers": [5.0, True],
    "bool array": np.array([True, False]),
    "text": "20",
    "texts": ["5", "10"],
    "text array": np.array(["5", "10"]),
    "none": None,
    "none among numbers": [5.0, None],
    "complex": 5.0 + 0.0j,
    "complex of NumPy": np.complex64(5.0),
    "complex tensor": torch.tensor([5.0 + 0.0j]),
    "ragged": [[5.0], [10.0, 20.0]],
    "nothing": [],
    "empty tensor": torch.ones(0),
    "sparse tensor": torch.ones(2).to_sparse(),
    "class": float,
    "dict": {"tau": 5.0},
    "tensors with gradients in a list": [torch.ones((), requires_grad=True), 5.0],
}


@pytest.mark.parametrize("value", NUMBERS.values(), ids=NUMBERS)
def test_numbers_of_every_kind_become_plain_ones(value: Any) -> None:
    model = Model(tau=value)
    validate(model)
    assert type(model.tau) in {int, float}
    assert model.tau == check("tau", value, Unit("ms")) == 20.0


@pytest.mark.parametrize("value", SEVERAL.values(), ids=SEVERAL)
def test_several_numbers_of_every_kind_become_a_tensor(value: Any) -> None:
    model = Model(tau=value)
    validate(model)
    assert isinstance(model.tau, torch.Tensor)
    assert model.tau.dtype in {torch.float32, torch.float64}
    assert model.tau.tolist() == [5.0, 10.0]
    with pytest.raises(ParameterError, match=r"Model\.tau must be > 0 ms, got -"):
        validate(Model(tau=-1 * np.asarray(value, dtype=float)))  # type: ignore[arg-type]


@pytest.mark.parametrize("value", NO_NUMBER.values(), ids=NO_NUMBER)
def test_what_is_no_number_is_refused_by_name(value: Any) -> None:
    with pytest.raises(ParameterError, match=r"Model\.tau must be a number in ms, got "):
        validate(Model(tau=value))


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf], ids=str)
@pytest.mark.parametrize("kind", [float, np.float32, lambda x: [5.0, x], np.array, torch.tensor], ids=range(5))
def test_numbers_that_are_not_finite_are_refused(kind: Any, bad: float) -> None:
    with pytest.raises(ParameterError, match=rf"Model\.tau must be a finite number in ms, got {bad}"):
        validate(Model(tau=kind(bad)))


def test_a_whole_number_beyond_every_float_is_not_finite() -> None:
    with pytest.raises(ParameterError, match=r"Model\.tau must be a finite number in ms, got inf"):
        validate(Model(tau=10**400))


def test_tensors_of_floats_are_kept_as_they_are() -> None:
    tau = torch.nn.Parameter(torch.tensor([5.0, 10.0]))
    model = Model(tau=tau)
    validate(model)
    assert model.tau is tau


@pytest.mark.parametrize("rate", [[1.0, 2.0], torch.ones(2), torch.ones((), requires_grad=True)], ids=range(3))
def test_where_one_number_is_declared_several_are_refused(rate: Any) -> None:
    with pytest.raises(ParameterError, match=r"Faster\.rate is one number in Hz for all"):
        validate(Faster(rate=rate))


def test_where_one_number_is_declared_a_tensor_of_one_becomes_it() -> None:
    model = Faster(rate=torch.tensor(5.0))  # type: ignore[arg-type]
    validate(model)
    assert type(model.rate) is float
    assert model.rate == 5.0


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
