"""The recorder: what it writes down, takes apart, follows in place, and refuses."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from picojoule.compile.graph import Graph
from picojoule.compile.trace import trace
from picojoule.core.errors import TraceError

Function = Callable[[Tensor, Tensor], Tensor]
OUTSIDE = torch.full((7,), 2.0)


def traced(function: Function) -> Graph:
    kind = type("Model", (), {"call": lambda self, a, b: function(a, b)})  # noqa: ARG005
    return trace(kind(), "call", ["a", "b"])


def in_place(a: Tensor, b: Tensor) -> Tensor:
    v = a * 1.5
    v += b
    v.mul_(2.0)
    return v - b


def overwritten_after_use(a: Tensor, b: Tensor) -> Tensor:
    v = a + b
    before = v * 1.0 + 0.25
    v += 10.0
    return before + v


@pytest.mark.parametrize("function", [in_place, overwritten_after_use])
def test_operations_in_place_are_new_values(function: Function) -> None:
    graph = traced(function)
    assert not any(node.op.endswith("_") for node in graph.nodes)
    env: dict[str, float] = {"a": 0.5, "b": 0.25}
    table: dict[str, Callable[[float, float], float]] = {
        "add": lambda x, y: x + y,
        "sub": lambda x, y: x - y,
        "mul": lambda x, y: x * y,
    }
    for node in graph.nodes:
        x, y = (env[part] if isinstance(part, str) else part for part in node.operands)
        env[node.name] = table[node.op](x, y)
    (output,) = graph.outputs
    assert env[str(output)] == function(torch.tensor(0.5), torch.tensor(0.25)).item()


@pytest.mark.parametrize(
    "function",
    [
        lambda a, b: torch.lerp(a, b, 0.3),
        lambda a, b: torch.addcmul(a, a, b),
        lambda a, b: torch.nn.functional.softplus(a) + b,
        lambda a, b: torch.nn.functional.silu(a) * b,
    ],
)
def test_unknown_operations_are_taken_apart_by_torch(function: Function) -> None:
    known = {"add", "sub", "mul", "div", "exp", "log1p", "where", "gt", "neg", "sigmoid", "lt", "abs", "ge"}
    assert {node.op for node in traced(function).nodes} <= known


def test_a_change_that_reaches_a_detached_value_too_is_refused() -> None:
    """Both share memory, so that a recorded list of values would tell something else than torch computes."""

    def shared(a: Tensor, b: Tensor) -> Tensor:
        v = a * 1.5
        v.detach().mul_(0.5)
        return v + b

    with pytest.raises(TraceError, match=r"Model\.call cannot be traced .* mul_ changes another tensor too"):
        traced(shared)


@pytest.mark.parametrize("change", ["zero_", "fill_", "copy_", "lerp_"])
def test_other_changes_in_place_are_refused_by_name(change: str) -> None:
    arguments = {"zero_": (), "fill_": (2.0,), "copy_": (OUTSIDE * 0.0,), "lerp_": (OUTSIDE * 0.0, 0.5)}[change]
    with pytest.raises(TraceError, match=r"Model\.call (uses copy_|captures a tensor)"):
        traced(lambda a, b: getattr(a * 1.5, change)(*arguments) + b)


def test_a_detached_value_is_marked_only_where_gradients_are_wanted() -> None:
    kind = type("Model", (), {"call": lambda self, a, b: a.detach() * b})  # noqa: ARG005
    assert [node.op for node in trace(kind(), "call", ["a", "b"]).nodes] == ["mul"]
    assert [node.op for node in trace(kind(), "call", ["a", "b"], differentiable=True).nodes] == ["detach", "mul"]


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (lambda a, b: torch.cumsum(a, 0) + b, r"Model\.call uses cumsum"),
        (lambda a, b: a[:3] + b[:3], r"Model\.call uses slice"),
        (lambda a, b: a * torch.rand_like(b), r"Model\.call uses rand"),
        (lambda a, b: torch.topk(a, 7).values + b, r"Model\.call uses topk"),
        (lambda a, b: a * OUTSIDE + b, r"Model\.call captures a tensor from outside; return it from coefficients"),
        (lambda a, b: a * float(b[0]), r"Model\.call uses|control flow"),
    ],
)
def test_what_is_not_elementwise_is_refused_by_name(function: Function, told: str) -> None:
    with pytest.raises(TraceError, match=told):
        traced(function)
