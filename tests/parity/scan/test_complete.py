"""The parity suite asks about everything that there is: a new neuron, loop, form or precision cannot stay out of it."""

import dataclasses
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from itertools import product
from typing import Any

import torch

import picojoule.compile
import picojoule.neurons
import picojoule.simulate.scan
from picojoule.compile.loop_form import LoopForm
from picojoule.neurons.base import Neuron
from picojoule.simulate.scan import scan
from picojoule.simulate.scan.job import Loop
from tests.parity.scan import test_every_loop
from tests.parity.scan.cases import CASES, RECURRENT


def classes_in(package: Any, base: type[Any]) -> set[str]:
    """Names of the classes that can be used, as they stand in the package's files."""
    return {
        name
        for module in modules_of(package)
        for name, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, base) and not inspect.isabstract(kind) and kind.__module__ == module.__name__
    }


def modules_of(package: Any) -> Iterator[Any]:
    for found in pkgutil.iter_modules(package.__path__):
        yield importlib.import_module(f"{package.__name__}.{found.name}")


def test_every_neuron_loop_form_and_precision_is_a_case() -> None:
    neurons = classes_in(picojoule.neurons, Neuron)
    loops = classes_in(picojoule.simulate.scan, Loop) - {"ReferenceLoop"}
    precisions = {str(dtype).removeprefix("torch.") for dtype in scan._REAL}
    cases = {(case.neuron, case.loop, case.form, case.dtype) for case in CASES}
    assert cases == set(product(neurons, loops, RECURRENT, precisions))
    assert len(CASES) == len(cases)
    assert neurons >= {"LIF", "ALIF", "HodgkinHuxley"}
    assert loops >= {"NumbaLoop", "TritonLoop"}


def test_the_public_names_are_among_them() -> None:
    public = [getattr(picojoule.neurons, name) for name in dir(picojoule.neurons)]
    kinds = {kind.__name__ for kind in public if inspect.isclass(kind) and issubclass(kind, Neuron)} - {"Neuron"}
    assert kinds == {case.neuron for case in CASES}


def test_every_precision_that_scan_computes_in_is_asked_for() -> None:
    given = {torch.float16, torch.bfloat16, torch.float32, torch.float64}
    computed = {scan._inputs(picojoule.neurons.LIF(), torch.zeros(1, 1, 1, dtype=dtype))[0].dtype for dtype in given}
    assert {str(dtype).removeprefix("torch.") for dtype in computed} == {case.dtype for case in CASES}


def test_both_tests_are_given_all_cases() -> None:
    fixture = test_every_loop.ran
    assert fixture._fixture_function_marker.params == tuple(CASES)


def test_the_forms_are_those_that_emitters_write() -> None:
    """One emitter for each form of each target, and nothing else tells forms apart but what `test_any_form` draws."""
    emitters = {
        name for module in modules_of(picojoule.compile) for name, _ in inspect.getmembers(module, inspect.isfunction)
        if name.endswith("_source")
    }  # fmt: skip
    numba = {"scan_source": "scan", "recurrent_source": "recurrent"}
    assert {name for name in emitters if not name.startswith("triton")} == set(numba)
    assert set(numba.values()) == set(RECURRENT)
    drawn = {"dtype", "recurrent", "masked", "kinds", "keep", "wanted", "backward", "binary"}
    assert {field.name for field in dataclasses.fields(LoopForm)} == drawn
