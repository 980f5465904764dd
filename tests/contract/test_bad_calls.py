"""Whatever is given in place of an argument of a public callable works, or is refused in one line that says so."""

import warnings
from pathlib import Path

import pytest

import picojoule as pj
from picojoule.core.errors import UnknownNameError
from tests.contract.calls import BAD, called, good_arguments, public_callables
from tests.contract.energy_calls import HANDED_OVER

CALLS = public_callables()
NO_VALUES = ("None", "object", "class", "module class", "bytes", "complex")  # of another kind wherever they are refused
# What speaks there is not this library: a module or a function of the user's.
FOREIGN = {
    ("OverTime.forward", "x"),
    ("fit", "progress"),
    ("energy.train_relu_network", "progress"),
    ("present", "images"),
}
# Elementwise, in the midst of every step of a neuron: what they are given has been checked.
WITHIN = {"at_rest"}
WITHIN |= {f"energy.{name}" for name in HANDED_OVER}
WORDS = {"run", "Spiking", "Network.connect", "load_data", "Poisson.trains", "AllActivity.predict", "fit", "NumbaLoop"}


def test_callables_are_found() -> None:
    assert set(CALLS) >= WORDS
    assert len(CALLS) > 100


@pytest.mark.parametrize("name", sorted(set(CALLS) - WITHIN))
def test_a_bad_argument_is_refused_in_one_line_that_names_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)  # a text may be the name of a file
    function = CALLS[name]
    good = good_arguments(name, function)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        called(function, {key: make() for key, make in good.items() if make is not None})
        for parameter in good:
            for what, bad in BAD.items():
                arguments = {key: make() for key, make in good.items() if make is not None}
                try:
                    called(function, arguments | {parameter: bad()})
                except pj.PicojouleError as error:
                    _check_message(f"{name}({parameter}={what})", parameter, what, error)
                except Exception as error:
                    if (name, parameter) not in FOREIGN:
                        pytest.fail(f"{name}({parameter}={what}): {type(error).__name__}: {error}")
    capsys.readouterr()


def _check_message(where: str, parameter: str, what: str, error: Exception) -> None:
    assert "\n" not in str(error), where
    assert len(str(error)) < 500, where
    if what in NO_VALUES and not isinstance(error, UnknownNameError) and "present(images=" not in where:
        assert parameter in str(error), f"{where}: {error}"
