"""Derivatives of expression graphs against torch's autograd, rule by rule, ties and edges included."""

from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from picojoule.compile.gradient import _RULES, Adjoint
from picojoule.compile.graph import Graph, Node, Operand
from picojoule.compile.trace import trace
from picojoule.neurons.surrogate import ATan, FastSigmoid
from picojoule.simulate.scan.reference import spike

Function = Callable[[Tensor, Tensor], Tensor]
NOTHING = Graph(("excess",), (), (0.0,))

FUNCTIONS: dict[str, Function] = {
    "add": lambda a, b: a + b + a,
    "sub": lambda a, b: a - 2.0 * b - 1.0,
    "reverse": lambda a, b: 1.0 - a - b,
    "mul": lambda a, b: a * b * a,
    "div": lambda a, b: a / (b * b + 0.5),
    "neg": lambda a, b: -a * -b,
    "abs": lambda a, b: torch.abs(a) * b,
    "exp": lambda a, b: torch.exp(a * b),
    "expm1": lambda a, b: torch.expm1(a) + b,
    "log": lambda a, b: torch.log(a * a + 0.1) * b,
    "log1p": lambda a, b: torch.log1p(b * b) + a,
    "sqrt": lambda a, b: torch.sqrt(a * a + b * b + 0.1),
    "tanh": lambda a, b: torch.tanh(a + b),
    "sigmoid": lambda a, b: torch.sigmoid(a - b),
    "pow": lambda a, b: torch.pow(a * a + 0.2, b),
    "power 2": lambda a, b: a**2 + b**3,
    "power 2.5": lambda a, b: (a * a + 0.1) ** 2.5 + b,
    "where": lambda a, b: torch.where(a > b, a * a, b * 3.0),
    "mask in arithmetic": lambda a, b: (a > 0) * b + (a > b) * a,
    "maximum": lambda a, b: torch.maximum(a, b) * a,
    "minimum": lambda a, b: torch.minimum(a, b) * b,
    "at_least": lambda a, b: torch.clamp(a, min=0.0) + b,
    "at_most": lambda a, b: torch.clamp(a * b, max=0.5),
    "clamp": lambda a, b: torch.clamp(a, -0.5, 0.5) * b,
    "relu": lambda a, b: torch.relu(a) * b,
    "detach": lambda a, b: a * b.detach() + (a * a).detach() * b,
    "reciprocal": lambda a, b: torch.reciprocal(a * a + 1.0) + b,
    "unused": lambda a, b: a * 1.0 + 0.0 * b,
}
NUMBERS = st.one_of(st.sampled_from([-1.0, -0.5, 0.0, 0.5, 1.0]), st.floats(-2.0, 2.0, allow_subnormal=False))


def graph_of(function: Function) -> Graph:
    kind = type("Model", (), {"call": lambda self, a, b: function(a, b)})  # noqa: ARG005
    return trace(kind(), "call", ["a", "b"], differentiable=True)


def evaluated(graph: Graph, values: dict[str, Tensor]) -> list[Tensor]:
    """The graph in torch, in double precision."""
    known: dict[Operand, Tensor] = {}
    known.update(values)
    operations: dict[str, Callable[..., Tensor]] = {
        "add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div, "neg": torch.neg, "abs": torch.abs,
        "exp": torch.exp, "expm1": torch.expm1, "log": torch.log, "log1p": torch.log1p, "sqrt": torch.sqrt,
        "tanh": torch.tanh, "sigmoid": torch.sigmoid, "pow": torch.pow, "where": torch.where,
        "maximum": torch.maximum, "minimum": torch.minimum, "at_least": torch.maximum, "at_most": torch.minimum,
        "lt": torch.lt, "le": torch.le, "gt": torch.gt, "ge": torch.ge, "eq": torch.eq, "ne": torch.ne,
        "and": torch.logical_and, "or": torch.logical_or, "not": torch.logical_not,
        "detach": torch.clone, "spike": lambda x: (x >= 0).double(),
    }  # fmt: skip

    def value(operand: Operand) -> Tensor:
        return known[operand] if isinstance(operand, str) else torch.tensor(operand, dtype=torch.float64)

    for node in graph.nodes:
        known[node.name] = operations[node.op](*map(value, node.operands))
    return [value(output) for output in graph.outputs]


def differentiated(graph: Graph, surrogate: Graph = NOTHING) -> Graph:
    adjoint = Adjoint(graph, surrogate)
    (output,) = graph.outputs
    seeds = {output: "g"} if isinstance(output, str) else {}
    found = adjoint.gradients(seeds, ("a", "b"))
    return Graph((*graph.inputs, "g"), tuple(adjoint.nodes), found)


def test_every_rule_is_tried() -> None:
    used = {node.op for function in FUNCTIONS.values() for node in graph_of(function).nodes}
    assert set(_RULES) - used == {"spike"}


@pytest.mark.parametrize("name", FUNCTIONS)
@given(a=NUMBERS, b=NUMBERS, g=st.floats(-3.0, 3.0))
def test_a_derivative_is_autograd_s(name: str, a: float, b: float, g: float) -> None:
    numbers = [torch.tensor(x, dtype=torch.float64) for x in (a, b, g)]
    leaves = [x.clone().requires_grad_() for x in numbers[:2]]
    output = FUNCTIONS[name](*leaves)
    expected = torch.autograd.grad(output, leaves, numbers[2], allow_unused=True, materialize_grads=True)
    found = evaluated(DIFFERENTIATED[name], dict(zip("abg", numbers, strict=True)))
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-13)


DIFFERENTIATED = {name: differentiated(graph_of(function)) for name, function in FUNCTIONS.items()}


@given(a=st.floats(-2.0, 2.0), b=st.floats(-2.0, 2.0))
@pytest.mark.parametrize("surrogate", [ATan(), FastSigmoid(3.0)], ids=repr)
def test_a_spike_passes_its_surrogate(surrogate: ATan | FastSigmoid, a: float, b: float) -> None:
    graph = Graph(
        ("a", "b"),
        (Node("e", "mul", ("a", "b")), Node("s", "spike", ("e",)), Node("o", "mul", ("s", "a"))),
        ("o",),
    )
    derivative = trace(surrogate, "derivative", ["excess"], numbers={"slope": "slope"}, differentiable=True)
    leaves = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in (a, b)]
    expected = torch.autograd.grad(spike(leaves[0] * leaves[1], surrogate) * leaves[0], leaves)
    values = {"a": leaves[0].detach(), "b": leaves[1].detach(), "g": torch.ones((), dtype=torch.float64)}
    values["slope"] = torch.tensor(surrogate.slope, dtype=torch.float64)
    for one, other in zip(evaluated(differentiated(graph, derivative), values), expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-13)


POWERS: list[Function] = [torch.pow, lambda a, b: torch.pow(2.0, b) * a, lambda a, b: torch.pow(0.0, b) + a]
POWERS += [lambda a, b, e=e: torch.pow(a, e) * b for e in (-1.0, 0.0, 0.5, 1.0, 2.0, 3.0)]  # type: ignore[misc]


@pytest.mark.parametrize("number", range(len(POWERS)))
@pytest.mark.parametrize("a", [0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("b", [-1.0, 0.0, 0.5, 1.0, 2.0])
def test_powers_are_autograd_s_at_their_edges_too(number: int, a: float, b: float) -> None:
    """Where a base or an exponent is 0, torch gives nothing rather than NaN."""
    numbers = [torch.tensor(x, dtype=torch.float64) for x in (a, b, 1.5)]
    leaves = [x.clone().requires_grad_() for x in numbers[:2]]
    expected = torch.autograd.grad(POWERS[number](*leaves), leaves, numbers[2], materialize_grads=True)
    found = evaluated(differentiated(graph_of(POWERS[number])), dict(zip("abg", numbers, strict=True)))
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-13, equal_nan=True)


def test_nothing_is_computed_for_what_nothing_flows_to() -> None:
    graph = graph_of(lambda a, b: a * b.detach() + b.detach() * 2.0)
    assert differentiated(graph).outputs[1] == 0.0


def test_one_operation_is_not_appended_twice() -> None:
    adjoint = Adjoint(graph_of(lambda a, b: a * b), NOTHING)
    before = len(adjoint.nodes)
    assert adjoint.add("mul", "a", "b") == adjoint.nodes[0].name
    assert adjoint.add("neg", "a") == adjoint.add("neg", "a")
    assert len(adjoint.nodes) == before + 1
