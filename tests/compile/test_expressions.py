"""Emitted lines, evaluated in Python with float32 numbers, give the bits that torch gives."""

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numba import njit
from torch import Tensor

from picojoule.compile import functions
from picojoule.compile.expressions import inlined, lines, operand
from picojoule.compile.graph import Graph, Node
from picojoule.compile.trace import trace

Equation = Callable[[Tensor, Tensor], Tensor]
FINITE = st.floats(-1e4, 1e4, width=32)
ANY = st.floats(width=32)  # infinite, NaN and denormal ones too

EXACT: list[Equation] = [  # each a rounding of its own, the same in IEEE arithmetic wherever it is computed
    lambda v, u: v + u,
    lambda v, u: v - 0.1 * u,
    lambda v, u: v * u,
    lambda v, u: v / u,
    lambda v, u: (v - u) ** 3 / 7.0,
    lambda v, u: -abs(v) + u,
    lambda v, u: torch.where(v < u, v, 2.0 * u),
    lambda v, u: torch.where((v <= 0.5) | ~(u > v), v, u),
    lambda v, u: torch.where((v == u) & (v != 0.0), v, -u),
    torch.minimum,
    torch.maximum,
    lambda v, u: torch.clamp(v, -1.0, 1.0) * u,
    lambda v, u: torch.clamp(v, torch.minimum(u, v), u),
    lambda v, u: torch.relu(v) + (u >= v),
    lambda v, u: torch.clamp(v, min=0.3, max=math.inf) - u,
    lambda v, u: torch.where(v > u, v, -math.inf),
    lambda v, u: torch.full_like(v, 0.1) * 3.0 * u,  # in float32 from the start: 0.3 would be another number
]


def graph_of(equation: Equation) -> Graph:
    model = type("Model", (), {"step": lambda _, v, u: equation(v, u)})()
    return trace(model, "step", ["v", "u"])


class Compiled:
    """The library's functions, each in a kernel of its own."""

    @cache  # noqa: B019  # there is one of it
    def __getattr__(self, name: str) -> Any:
        function = getattr(functions, name)
        return njit(error_model="numpy")(lambda x: function(x))  # noqa: PLW0108


SCOPE = {"math": math, "functions": Compiled(), "real": np.float32}


def evaluated(graph: Graph, **numbers: float) -> Any:
    names: dict[str, Any] = {name: np.float32(number) for name, number in numbers.items()}
    with np.errstate(all="ignore"):
        exec("\n".join(lines(graph)), dict(SCOPE), names)
        return np.float32(eval(operand(graph.outputs[0]), dict(SCOPE), names))


def bits(value: Any) -> bytes:
    return b"nan" if math.isnan(value) else np.float32(value).tobytes()


@pytest.fixture(scope="module")
def graphs() -> list[Graph]:
    return [graph_of(equation) for equation in EXACT]


@pytest.mark.parametrize("index", range(len(EXACT)))
@given(v=ANY, u=ANY)
def test_arithmetic_equals_torch_in_every_bit(index: int, graphs: list[Graph], v: float, u: float) -> None:
    expected = EXACT[index](torch.tensor([v]), torch.tensor([u])).item()
    assert bits(evaluated(graphs[index], v=v, u=u)) == bits(expected)


@pytest.mark.parametrize(("v", "u"), [(math.nan, 1.0), (1.0, math.nan), (math.nan, math.nan)])
@pytest.mark.parametrize("op", ["minimum", "maximum"])
def test_not_a_number_wins_every_comparison(op: str, v: float, u: float) -> None:
    """As in torch: a membrane that is lost must stay visibly lost."""
    graph = Graph(("v", "u"), (Node("_0", op, ("v", "u")),), ("_0",))
    assert math.isnan(evaluated(graph, v=v, u=u))


@cache
def graph_of_function(function: Callable[[Tensor], Tensor]) -> Graph:
    return graph_of(lambda v, _: function(v))


FUNCTIONS: list[Callable[[Tensor], Tensor]] = [
    torch.exp,
    torch.expm1,
    lambda v: torch.log(abs(v)),
    lambda v: torch.log1p(abs(v)),
    lambda v: torch.sqrt(abs(v)),
    torch.tanh,
    torch.sigmoid,
    lambda v: (abs(v) + 0.1) ** 1.5,
    torch.nn.functional.softplus,
]


@pytest.mark.parametrize("function", FUNCTIONS)
@given(v=st.floats(-8.0, 8.0, width=32).filter(bool))
def test_functions_equal_torch_within_their_own_accuracy(function: Callable[[Tensor], Tensor], v: float) -> None:
    """Their last bits depend on the library that computes them, torch's own `sqrt` included."""
    found = evaluated(graph_of_function(function), v=v, u=0.0)
    assert found == pytest.approx(function(torch.tensor([v])).item(), rel=1e-6)


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("v", "v"),
        (0.5, "real(0.5)"),
        (-math.inf, "real(-math.inf)"),
        (math.nan, "real(math.nan)"),
        (True, "True"),
    ],
)
def test_operands(part: str | float | bool, text: str) -> None:
    assert operand(part) == text


def test_a_graph_is_put_into_a_kernel_under_its_names() -> None:
    graph = Graph(("v", "c"), (Node("_0", "mul", ("v", "c")), Node("_1", "add", ("_0", 1.0))), ("_1", "v", 2.0))
    assert inlined(graph, {"v": "old_v", "c": "A_c"}) == (
        ["e__0 = old_v * A_c", "e__1 = e__0 + real(1.0)"],
        ["e__1", "old_v", "real(2.0)"],
    )
