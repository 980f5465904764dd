"""Emitted Triton gives the bits that torch gives."""

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from picojoule.compile.graph import Graph, Node
from picojoule.compile.trace import trace
from picojoule.compile.triton_expressions import lines, operand
from picojoule.compile.triton_functions import definitions
from tests.compile.triton_kernels import elementwise

pytest.importorskip("triton", reason="Triton is not installed: pip install 'picojoule[gpu]'")

Equation = Callable[[Tensor, Tensor], Tensor]
DTYPES = (torch.float32, torch.float64)

EXACT: dict[str, Equation] = {  # each a rounding of its own, the same in IEEE arithmetic wherever it is computed
    "add": lambda v, u: v + u,
    "sub": lambda v, u: v - 0.1 * u,  # two roundings: contracted to one, it would differ
    "mul": lambda v, u: v * u,
    "div": lambda v, u: v / u,
    "cube": lambda v, u: (v - u) ** 3 / 7.0,
    "neg, abs": lambda v, u: -abs(v) + u,
    "where": lambda v, u: torch.where(v < u, v, 2.0 * u),
    "masks": lambda v, u: torch.where((v <= 0.5) | ~(u > v), v, u),
    "and": lambda v, u: torch.where((v == u) & (v != 0.0), v, -u),
    "minimum": torch.minimum,
    "maximum": torch.maximum,
    "clamp": lambda v, u: torch.clamp(v, -1.0, 1.0) * u,
    "clamp to numbers of each": lambda v, u: torch.clamp(v, torch.minimum(u, v), u),
    "relu": lambda v, u: torch.relu(v) + (u >= v),
    "infinite bound": lambda v, u: torch.clamp(v, min=0.3, max=math.inf) - u,
    "infinity": lambda v, u: torch.where(v > u, v, -math.inf),
    "constant": lambda v, u: torch.where(v < u, 0.1 * torch.ones_like(v), u),
}
SOME = [0.0, -0.0, 0.5, 1.0, -1.0, 0.3, 1e-40, 3e38, math.inf, -math.inf, math.nan]


def graph_of(equation: Equation) -> Graph:
    model = type("Model", (), {"step": lambda _, v, u: equation(v, u)})()
    return trace(model, "step", ["v", "u"], differentiable=True)


def arguments(dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    pairs = torch.tensor(list(itertools.product(SOME, SOME)), dtype=dtype)
    drawn = torch.randn(1500, 2, generator=generator, dtype=torch.float64).mul(3.0).to(dtype)
    v, u = torch.cat([pairs, drawn]).unbind(1)
    return v.contiguous(), u.contiguous()


def computed(graph: Graph, v: Tensor, u: Tensor) -> Tensor:
    dtype = str(v.dtype).removeprefix("torch.")
    text = definitions({node.op for node in graph.nodes}, dtype)
    return elementwise(text, [*lines(graph, dtype), f"result = {operand(graph.outputs[0], dtype)}"], v, u)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("name", EXACT)
def test_arithmetic_equals_torch_in_every_bit(name: str, dtype: torch.dtype) -> None:
    v, u = arguments(dtype)
    found, expected = computed(graph_of(EXACT[name]), v, u), EXACT[name](v, u)
    assert np.array_equal(found.numpy(), expected.numpy(), equal_nan=True)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_square_roots_are_rounded_to_nearest(dtype: torch.dtype) -> None:
    v, u = arguments(dtype)
    found = computed(graph_of(lambda v, _: torch.sqrt(v)), v, u).numpy()
    with np.errstate(invalid="ignore"):
        assert np.array_equal(found, np.sqrt(v.numpy()), equal_nan=True)


@pytest.mark.parametrize("op", ["minimum", "maximum", "at_least", "at_most"])
def test_not_a_number_wins_every_comparison(op: str) -> None:
    """As in torch: a membrane that is lost must stay visibly lost."""
    v, u = torch.tensor([[math.nan, 1.0], [1.0, math.nan], [math.nan, math.nan]]).unbind(1)
    graph = Graph(("v", "u"), (Node("_0", op, ("v", "u")),), ("_0",))
    assert computed(graph, v.contiguous(), u.contiguous()).isnan().all()


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_a_neuron_spikes_at_its_threshold_and_not_for_nan(dtype: torch.dtype) -> None:
    v = torch.tensor([-1.0, -1e-40, -0.0, 0.0, 1e-40, 2.0, math.nan], dtype=dtype)
    graph = Graph(("v", "u"), (Node("_0", "spike", ("v",)), Node("_1", "detach", ("_0",))), ("_1",))
    expected = torch.tensor([0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0], dtype=dtype)
    assert torch.equal(computed(graph, v, v), expected)


@pytest.mark.parametrize(
    ("part", "dtype", "text"),
    [
        ("v", "float32", "v"),
        (0.1, "float64", "tl.full((), 0.1, tl.float64)"),
        (-math.inf, "float32", 'tl.full((), float("-inf"), tl.float32)'),
        (math.nan, "float32", 'tl.full((), float("nan"), tl.float32)'),
        (True, "float32", "tl.full((), 1, tl.int1)"),
    ],
)
def test_operands(part: str | float | bool, dtype: str, text: str) -> None:
    assert operand(part, dtype) == text
