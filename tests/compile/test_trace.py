"""What can be traced, what the graph then says, and what is refused: by name, with the model and a remedy."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor

from picojoule.compile.expressions import lines
from picojoule.compile.trace import trace
from picojoule.core.errors import TraceError

OUTSIDE = torch.tensor(0.5)
Equation = Callable[[Tensor, Tensor], Any]


class Model:
    """A model with one method, `step(v, u)`."""

    def __init__(self, equation: Equation) -> None:
        self.equation = equation

    def step(self, v: Tensor, u: Tensor) -> Any:
        raise NotImplementedError


def traced(equation: Equation) -> tuple[list[str], tuple[Any, ...]]:
    model = type("Model", (), {"step": lambda _, v, u: equation(v, u)})()
    graph = trace(model, "step", ["v", "u"])
    assert graph.inputs == ("v", "u")
    return lines(graph), graph.outputs


@pytest.mark.parametrize(
    ("equation", "operation"),
    [
        (lambda v, u: v[0] * u, "select.int"),
        (lambda v, u: v.index_select(0, torch.arange(7)) * u, "arange"),
        (lambda v, u: v.gather(0, v.argsort()) * u, "sort"),
        (lambda v, u: v.sum() * u, "sum"),
        (lambda v, u: v / u.max(), "amax|max"),
        (lambda v, u: v.cumsum(0) + u, "cumsum"),
        (lambda v, u: v @ u, "sum|dot|mv"),
        (lambda v, u: (v + u).view(1, 7), "view"),
        (lambda v, u: v.unsqueeze(0) + u, "unsqueeze"),
        (lambda v, u: torch.cat([v, u]), "cat"),
        (lambda v, u: v + torch.rand_like(u), "rand_like"),
        (lambda v, u: torch.bernoulli(v) + u, "rand|bernoulli"),
        (torch.normal, "normal|randn"),
        (lambda v, u: v.round() + u, "round"),
        (lambda v, u: torch.add(v, u, alpha=2), "add"),
        (lambda v, u: torch.div(v, u, rounding_mode="floor"), "div"),
        (lambda v, u: torch.sin(v) + u, "sin"),
    ],
)
def test_what_is_not_elementwise_is_refused(equation: Equation, operation: str) -> None:
    with pytest.raises(TraceError, match=rf"^Model\.step uses \w*({operation})") as refused:
        traced(equation)
    assert "not elementwise" in str(refused.value)
    assert "write it with arithmetic" in str(refused.value)  # the way out


@pytest.mark.parametrize(
    ("equation", "dtype"),
    [
        (lambda v, u: (10 * v).long() + u, "int64"),
        (lambda v, u: (v.double() * u).float(), "float64"),
        (lambda v, u: v.half() + u, "float16"),
    ],
)
def test_a_cast_that_would_round_otherwise_is_refused(equation: Equation, dtype: str) -> None:
    with pytest.raises(TraceError, match=rf"Model\.step uses a cast to torch\.{dtype}.*float32"):
        traced(equation)


@pytest.mark.parametrize("equation", [lambda v, u: v * OUTSIDE + u, lambda v, u: v * torch.tensor(0.5) + u])
def test_a_captured_tensor_is_refused(equation: Equation) -> None:
    with pytest.raises(
        TraceError, match=r"Model\.step captures a tensor from outside; return it from coefficients\(\)"
    ):
        traced(equation)


@pytest.mark.parametrize("equation", [lambda v, u: v if v.sum() > 0 else u, lambda v, u: v * u.mean().item()])
def test_a_branch_on_values_is_refused(equation: Equation) -> None:
    with pytest.raises(TraceError, match=r"Model\.step cannot be traced as elementwise torch code: .*control flow"):
        traced(equation)


@pytest.mark.parametrize("returned", [3.0, None, {"v": 1}])
def test_only_tensors_may_be_returned(returned: object) -> None:
    with pytest.raises(TraceError, match=rf"Model\.step must return tensors .* got {type(returned).__name__}"):
        traced(lambda *_: returned)


def test_two_arguments_of_one_name_are_refused() -> None:
    with pytest.raises(TraceError, match=r"Model\.step has two arguments called 'v'; rename"):
        trace(Model(lambda v, u: v + u), "step", ["v", "v"])


@dataclass(frozen=True)
class Part:
    slope: float = 2.0

    def steep(self, v: Tensor, slope: Tensor) -> Tensor:
        return v * slope

    def frozen(self, v: Tensor) -> Tensor:
        return v * self.slope


@dataclass(frozen=True)
class Parts:
    gain: float = 3.0
    each: Tensor = field(default_factory=lambda: torch.ones(7))
    flag: bool = True
    name: str = "soft"
    pair: tuple[float, float] = (1.0, 2.0)
    table: dict[str, float] = field(default_factory=lambda: {"a": 1.0})
    part: Part = field(default_factory=Part)
    nothing: None = None
    shape: Callable[[Tensor], Tensor] = torch.tanh

    @property
    def doubled(self) -> float:
        return 2.0 * self.gain

    def reads_gain(self, v: Tensor) -> Tensor:
        return v * self.gain

    def reads_each(self, v: Tensor) -> Tensor:
        return v * self.each

    def reads_flag(self, v: Tensor) -> Tensor:
        return v if self.flag else -v

    def reads_name(self, v: Tensor) -> Tensor:
        return v if self.name == "soft" else -v

    def reads_pair(self, v: Tensor) -> Tensor:
        return v * self.pair[0]

    def reads_table(self, v: Tensor) -> Tensor:
        return v * self.table["a"]

    def reads_doubled(self, v: Tensor) -> Tensor:
        return v * self.doubled

    def allowed(self, v: Tensor) -> Tensor:
        return self.shape(self.part.steep(v, v)) if self.nothing is None else v

    def hidden(self, v: Tensor) -> Tensor:
        return self.part.frozen(v)


@pytest.mark.parametrize("name", ["gain", "each", "flag", "name", "pair", "table", "doubled"])
def test_a_value_read_from_the_model_is_refused(name: str) -> None:
    """It would stand in the kernel for good, and for every other model of the same class."""
    with pytest.raises(
        TraceError, match=rf"Parts\.{name} is read inside an equation.*coefficients\(\) and read c\.{name}"
    ):
        trace(Parts(), f"reads_{name}", ["v"])


def test_a_value_of_a_part_is_refused_too() -> None:
    with pytest.raises(TraceError, match=r"Parts\.part\.slope is read inside an equation"):
        trace(Parts(), "hidden", ["v"])


def test_methods_functions_parts_and_their_absence_may_be_used() -> None:
    assert lines(trace(Parts(), "allowed", ["v"])) == ["_0 = v * v", "_1 = functions.tanh(_0)"]


class State(NamedTuple):
    v: Tensor
    t0: Tensor  # could be mistaken for an operation's own name


def test_named_tuples_go_in_and_out_in_order() -> None:
    model = type("Model", (), {"step": lambda _, x, s, w: (x + s.t0, State(s.v * w, s.t0), [x][0])})()
    graph = trace(model, "step", ["x", (State, State._fields), "w"])
    assert graph.inputs == ("x", "v", "t0", "w")
    assert lines(graph) == ["_0 = x + t0", "_1 = v * w"]
    assert graph.outputs == ("_0", "_1", "t0", "x")


@pytest.mark.parametrize(
    ("equation", "expected"),
    [
        (lambda v, _: 1.0 - v, ["_0 = real(1.0) - v"]),
        (lambda v, _: 1 / v, ["_0 = real(1.0) / v"]),
        (lambda v, _: v**2, ["_0 = v * v"]),  # as torch does it; `pow` would be a function
        (lambda v, _: v**3, ["_0 = v * v", "_1 = _0 * v"]),
        (lambda v, _: v**1.5, ["_0 = v ** real(1.5)"]),
        (lambda v, u: v.clone().add_(u), ["_0 = v + u"]),  # in place, but on a copy
        (lambda v, u: torch.where(v > 0, u, 0.0), ["_0 = v > real(0.0)", "_1 = u if _0 else real(0.0)"]),
        (
            lambda v, u: (v > 0).float() * u,
            ["_0 = v > real(0.0)", "_1 = real(1.0) if _0 else real(0.0)", "_2 = _1 * u"],
        ),
        (lambda v, u: (v > 0) * u, ["_0 = v > real(0.0)", "_1 = real(1.0) if _0 else real(0.0)", "_2 = _1 * u"]),
        (
            lambda v, u: (v > 0) & ~(u > 0),
            ["_0 = v > real(0.0)", "_1 = u > real(0.0)", "_2 = not _1", "_3 = _0 and _2"],
        ),
        (lambda v, u: (v > 0) + (u > 0), ["_0 = v > real(0.0)", "_1 = u > real(0.0)", "_2 = _0 or _1"]),
        (lambda v, _: v.bool(), ["_0 = v != real(0.0)"]),
        (lambda v, u: torch.where(v > 0, u, -math.inf), ["_0 = v > real(0.0)", "_1 = u if _0 else real(-math.inf)"]),
        (lambda v, u: v * torch.ones_like(u) + torch.zeros_like(u), []),
        (lambda v, u: (v + u) * (v + u), ["_0 = v + u", "_1 = _0 * _0"]),  # computed once
    ],
)
def test_the_graph_of_an_equation(equation: Equation, expected: list[str]) -> None:
    assert traced(equation)[0] == expected


def test_operations_are_counted() -> None:
    model = type("Model", (), {"step": lambda _, v, u: torch.clamp(v * u + torch.exp(v), 0.0, 1.0) / u**2})()
    counted = trace(model, "step", ["v", "u"]).operations(extra=1)
    assert (counted.additions, counted.multiplications, counted.divisions, counted.functions) == (4, 2, 1, 1)
