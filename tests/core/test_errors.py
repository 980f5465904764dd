"""The tree of errors, and the proposal of a near name."""

import pickle

import pytest

from picojoule.core import errors
from picojoule.core.errors import (
    NumericalError,
    ParameterError,
    PicojouleError,
    PicojouleWarning,
    ShapeError,
    UnknownNameError,
)


def test_every_error_is_a_picojoule_error() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert len(kinds) >= 8
    assert all(issubclass(kind, PicojouleWarning if issubclass(kind, Warning) else PicojouleError) for kind in kinds)


def test_errors_are_of_the_kind_that_python_would_raise() -> None:
    assert issubclass(ParameterError, ValueError)
    assert issubclass(ShapeError, ValueError)
    assert issubclass(UnknownNameError, LookupError)
    assert issubclass(NumericalError, ArithmeticError)
    assert issubclass(PicojouleWarning, UserWarning)


def test_a_near_name_is_proposed() -> None:
    error = UnknownNameError("dataset", "minst", ["mnist", "fashion"])
    assert str(error) == "unknown dataset 'minst'; did you mean 'mnist'? Known: fashion, mnist"


def test_case_does_not_matter_for_a_near_name() -> None:
    assert "did you mean 'LIF'?" in str(UnknownNameError("neuron", "lfi", ["ALIF", "LIF", "Izhikevich"]))


def test_without_a_near_name_all_known_ones_are_listed_in_order() -> None:
    assert str(UnknownNameError("port", "zz", iter("cab"))) == "unknown port 'zz'. Known: a, b, c"


@pytest.mark.parametrize("error", [ParameterError("tau"), UnknownNameError("port", "exk", ["exc", "inh"])])
def test_errors_reach_another_process_whole(error: PicojouleError) -> None:
    copied = pickle.loads(pickle.dumps(error))
    assert type(copied) is type(error)
    assert str(copied) == str(error)
