"""The digest of a model's code: equal for equal equations, different for different ones, whatever its numbers."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache, partial
from types import ModuleType
from typing import Any, NamedTuple

import pytest
import torch

from picojoule.compile.fingerprint import form
from picojoule.connect.one_to_one import OneToOne
from picojoule.learn.stdp.pair import PairSTDP
from picojoule.network.network import Network
from picojoule.neurons.lif import LIF
from picojoule.simulate.event.engine import Event
from picojoule.simulate.reference import Reference

ENGINES = Event(threads=1), Reference()
GAIN = 2.0
TABLE = {"gain": 2.0, "shape": torch.exp}


def helper(v: float) -> float:
    return GAIN * deeper(v)


def deeper(v: float) -> float:
    return v + 1.0


def model(method: Callable[..., Any], **others: Any) -> Any:
    """A model with one method, its class made anew."""
    annotations = {"x": float}
    made = type("Model", (), {"__annotations__": annotations, "x": 1.0, "method": method, **others})
    return dataclass(frozen=True)(made)


def test_numbers_of_a_model_have_no_part_in_it() -> None:
    assert form(LIF(tau=1.0)) == form(LIF(tau=2.0, v_th=3.0)) == form(LIF(tau=torch.ones(())))
    assert form(PairSTDP(nu=(0.0, 1.0))) == form(PairSTDP())
    assert form(None) != form(LIF())


def test_classes_of_the_same_code_are_alike() -> None:
    assert form(model(lambda _, v: v + 1)(1.0)) == form(model(lambda _, v: v + 1)(2.0))


@pytest.mark.parametrize(
    "other",
    [
        lambda _, v: v - 1,
        lambda _, v: v + 2,
        lambda _, v: v + GAIN,
        lambda _, v: v.real + 1,
        lambda _, v, scale=3.0: v + scale,
        lambda _, v, *, scale=3.0: v + scale,
    ],
)
def test_another_line_is_another_form(other: Callable[..., Any]) -> None:
    assert form(model(other)(1.0)) != form(model(lambda _, v: v + 1)(1.0))


def test_a_function_inside_a_function_counts() -> None:
    one = model(lambda _, v: list(map(lambda u: u + 1, v)))
    other = model(lambda _, v: list(map(lambda u: u + 2, v)))
    assert form(one(1.0)) != form(other(1.0))


def test_the_default_of_an_argument_counts() -> None:
    forms = [form(model(lambda _, v, k=k: v + k)(1.0)) for k in (1.0, 2.0)]
    forms += [form(model(lambda _, v, *, k=k: v + k)(1.0)) for k in (1.0, 2.0)]
    assert len({repr(each) for each in forms}) == 4


def closing_over(value: Any) -> Callable[..., Any]:
    return lambda _, v: (v, value)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1.0, 2.0),
        (helper, deeper),
        (torch.exp, torch.tanh),
        ((1, 2), (1, 3)),
        ([1, 2], [1, 3]),
        ({"a": 1}, {"a": 2}),
        ({1, 2}, {1, 3}),
        (partial(pow, exp=2), partial(pow, exp=3)),
        (lru_cache(helper), lru_cache(deeper)),
        (LIF(tau=1.0), LIF(tau=2.0)),  # here it is no part of the model, so nothing keeps its numbers out
    ],
)
def test_what_an_equation_takes_from_around_it_counts(one: Any, other: Any) -> None:
    assert form(model(closing_over(one))(1.0)) != form(model(closing_over(other))(1.0))
    assert form(model(closing_over(one))(1.0)) == form(model(closing_over(one))(5.0))


def form_with(name: str, value: Any, method: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """The form of a fresh class while a name of this module means something else."""
    monkeypatch.setitem(globals(), name, value)
    return form(model(method)(1.0))


def test_helpers_and_numbers_of_the_module_count_however_deep(monkeypatch: pytest.MonkeyPatch) -> None:
    def method(self: Any, v: Any) -> Any:
        return helper(v)

    before = form(model(method)(1.0))
    assert form_with("unrelated", 5.0, method, monkeypatch) == before
    assert form_with("GAIN", 3.0, method, monkeypatch) != before
    monkeypatch.undo()
    assert form_with("deeper", lambda v: v + 2.0, method, monkeypatch) != before


def users_module(slope: float) -> Any:
    """A module of the user's, as it is before or after an edit."""
    maths = ModuleType("users_maths")
    exec(f"def soft(v):\n    return {slope} * v", maths.__dict__)
    maths.__dict__["soft"].__module__ = "users_maths"
    return maths


def test_a_helper_in_another_module_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    def method(_: Any, v: Any) -> Any:
        return maths.soft(v)  # type: ignore[name-defined]  # noqa: F821

    forms = [form_with("maths", users_module(slope), method, monkeypatch) for slope in (1.0, 2.0)]
    assert forms[0] != forms[1]


def test_a_helper_in_a_module_that_a_function_imported_counts() -> None:
    def with_module(inner: Any) -> Any:
        return form(model(lambda _, v: inner.soft(v))(1.0))

    assert with_module(users_module(1.0)) != with_module(users_module(2.0))
    assert with_module(users_module(1.0)) == with_module(users_module(1.0))


def test_a_property_a_static_method_and_a_base_class_count() -> None:
    def method(self: Any, v: Any) -> Any:
        return v

    plain = form(model(method)(1.0))
    with_property = [form(model(method, p=property(closing_over(k)))(1.0)) for k in (1, 2)]
    with_static = [form(model(method, s=staticmethod(closing_over(k)))(1.0)) for k in (1, 2)]
    assert len({repr(each) for each in (plain, *with_property, *with_static)}) == 5

    class One:
        def inherited(self, v: float) -> float:
            return v

    class Two:
        def inherited(self, v: float) -> float:
            return -v

    children: list[Any] = [dataclass(type("Child", (base,), {})) for base in (One, Two)]
    assert form(children[0]()) != form(children[1]())


@dataclass(frozen=True)
class Shaped:
    shape: Callable[[float], float] = math.exp
    parts: list[int] = field(default_factory=list)


def test_functions_given_as_parameters_count() -> None:
    shapes: list[Any] = [math.exp, math.tanh, torch.exp, torch.tanh, helper, deeper, lambda v: v, lambda v: -v]
    assert len({repr(form(Shaped(shape))) for shape in shapes}) == len(shapes)


class Ordered(NamedTuple):
    v: float
    u: float


class Reversed(NamedTuple):
    u: float
    v: float


def test_the_order_of_a_state_s_fields_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    def method(self: Any, v: Any) -> Any:
        return State(v, v)  # type: ignore[name-defined]  # noqa: F821

    forms = [form_with("State", kind, method, monkeypatch) for kind in (Ordered, Reversed)]
    assert forms[0] != forms[1]


def test_forms_hold_no_addresses() -> None:
    """Or the key of a loop would change from process to process."""
    everything = [form(LIF()), form(PairSTDP()), form(model(closing_over(TABLE))(1.0)), form(Shaped())]
    assert " at 0x" not in repr(everything)
    assert len({repr(form(model(closing_over(object()))(1.0))) for _ in range(3)}) == 1


NEURON = """
from dataclasses import dataclass
from picojoule.neurons.lif import LIF, LIFState

def scaled(v):
    return {factor} * v

@dataclass(frozen=True)
class Mine(LIF):
    def integrate(self, x, state, c):
        v = state.v * c.decay + scaled(x.current)
        return v - c.v_th, LIFState(v)
"""


@pytest.mark.parametrize("namespace", [{}, {"__name__": "__main__"}, {"__name__": "notebook"}], ids=str)
def test_models_without_a_source_file_are_told_apart(namespace: dict[str, Any]) -> None:
    """As notebooks, `python -c` and `exec` make them; a class made in an empty namespace says it is of `builtins`."""

    def made(factor: float) -> Any:
        own = dict(namespace)
        exec(NEURON.format(factor=factor), own)
        return own["Mine"]()

    assert form(made(1.0)) == form(made(1.0)) != form(made(3.0))


def test_such_models_run_as_they_are_written() -> None:
    counts = []
    for factor in (1.0, 3.0):
        own: dict[str, Any] = {}
        exec(NEURON.format(factor=factor), own)
        network = Network(dt=1.0)
        network.add_input("X", 2)
        network.add_population("Y", 2, own["Mine"]())
        network.connect("X", "Y", OneToOne(2, strength=0.2))
        counts.append([engine.run(network, torch.ones(20, 1, 2))["Y"].counts.tolist() for engine in ENGINES])
    assert all(event == reference for event, reference in counts)
    assert counts[0] != counts[1]
