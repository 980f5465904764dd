"""Trace an elementwise torch function into an expression graph.

The function is run once on small tensors under `make_fx`; the result is then functionalised and decomposed into core
operations. What cannot be one number per element is refused by name: index operations, reductions, views, random
operations, captured tensors, and numbers read from the model itself, which would be frozen into the kernel.
"""

import functools
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from picojoule.compile.graph import Graph, Node, Operand
from picojoule.compile.simplify import simplified
from picojoule.core.errors import TraceError

_ELEMENTS = 7  # any number that no model has as a size of its own

_BINARY = ("add", "sub", "mul", "div", "minimum", "maximum", "lt", "le", "gt", "ge", "eq", "ne", "pow")
_UNARY = ("neg", "abs", "exp", "log", "expm1", "log1p", "sqrt", "tanh", "sigmoid")
_LOGICAL = {
    "logical_and": "and", "bitwise_and": "and", "logical_or": "or", "bitwise_or": "or",
    "logical_not": "not", "bitwise_not": "not",
}  # fmt: skip
_SAME = ("clone", "alias", "detach", "lift_fresh_copy", "_to_copy", "lift_fresh", "_to_dtype", "to")
_CONSTANT = {"zeros_like": 0.0, "ones_like": 1.0}


class Guarded:
    """A model as its own equations see it: methods and parts, but no numbers."""

    def __init__(self, model: Any, name: str | None = None) -> None:
        self._model = model
        self._name = name or type(model).__name__

    def __getattr__(self, field: str) -> Any:
        value = getattr(self._model, field)
        if isinstance(value, bool | int | float | Tensor | tuple):
            raise TraceError(
                f"{self._name}.{field} is read inside an equation, which would freeze it into the kernel; "
                f"return it from coefficients() and read c.{field}"
            )
        if callable(value) and hasattr(value, "__func__"):
            return functools.partial(value.__func__, self)
        return Guarded(value, f"{self._name}.{field}") if hasattr(value, "__dataclass_fields__") else value


def trace(model: Any, method: str, arguments: Sequence[str | tuple[type, Sequence[str]]]) -> Graph:
    """The expression graph of one method of a model.

    Args:
        model: a neuron, rule or homeostasis.
        method: the method's name; `self` is guarded, so that it yields no numbers.
        arguments: each a name, for a tensor, or a NamedTuple type with the names of its fields.

    Returns:
        A graph whose inputs are the names given, in order, and whose outputs are the tensors returned.

    Raises:
        TraceError: names the model, the method and the operation that is not elementwise.
    """
    names = [name for argument in arguments for name in ([argument] if isinstance(argument, str) else argument[1])]
    where = f"{type(model).__name__}.{method}"

    def flat(*tensors: Tensor) -> list[Tensor]:
        remaining = iter(tensors)
        built = [
            next(remaining) if isinstance(argument, str) else argument[0](*(next(remaining) for _ in argument[1]))
            for argument in arguments
        ]
        return _flattened(getattr(type(model), method)(Guarded(model), *built), where)

    examples = [torch.linspace(0.1, 0.9, _ELEMENTS) + 0.01 * k for k in range(len(names))]
    return simplified(_converted(_core_graph(flat, examples, where), names, where), {})


def _core_graph(function: Callable[..., list[Tensor]], examples: list[Tensor], where: str) -> torch.fx.Graph:
    from torch._decomp import core_aten_decompositions
    from torch.fx.experimental.proxy_tensor import make_fx

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            first = make_fx(function)(*examples)
            second = make_fx(torch.func.functionalize(first), decomposition_table=core_aten_decompositions())
            return second(*examples).graph
        except TraceError:
            raise
        except Exception as error:
            raise TraceError(f"{where} cannot be traced as elementwise torch code: {error}") from error


def _flattened(result: Any, where: str) -> list[Tensor]:
    if isinstance(result, Tensor):
        return [result]
    if isinstance(result, tuple):
        return [tensor for part in result for tensor in _flattened(part, where)]
    raise TraceError(f"{where} must return tensors or NamedTuples of tensors, got {type(result).__name__}")


def _converted(graph: torch.fx.Graph, names: list[str], where: str) -> Graph:
    table: dict[str, Operand] = {}
    nodes: list[Node] = []
    outputs: tuple[Operand, ...] = ()
    placeholders = iter(names)
    for node in graph.nodes:
        if node.op == "placeholder":
            table[node.name] = next(placeholders)
        elif node.op == "output":
            outputs = tuple(table[out.name] for out in node.args[0])
        elif node.op == "get_attr":
            raise TraceError(f"{where} captures a tensor from outside; return it from coefficients() instead")
        else:
            converted = _operation(node, where)
            operands = [table[arg.name] if isinstance(arg, torch.fx.Node) else arg for arg in converted[1]]
            table[node.name] = _append(nodes, f"t{len(nodes)}", converted[0], operands)
    return Graph(tuple(names), tuple(nodes), outputs)


def _append(nodes: list[Node], name: str, op: str, operands: list[Any]) -> Operand:
    """Add a node, unless it is an operand, a constant or an operation that is there already."""
    if op == "same":
        return operands[0]
    if op == "relu":
        op, operands = "maximum", [operands[0], 0.0]
    if op == "clamp":
        value, low, high = (*operands, None)[:3]
        if low is not None:
            value = _append(nodes, f"{name}", "maximum", [value, low])
        return value if high is None else _append(nodes, f"t{len(nodes)}", "minimum", [value, high])
    made = Node(name, op, tuple(float(x) if isinstance(x, int) and not isinstance(x, bool) else x for x in operands))
    for node in nodes:
        if (node.op, node.operands) == (made.op, made.operands):
            return node.name
    nodes.append(made)
    return name


def _operation(node: torch.fx.Node, where: str) -> tuple[str, list[Any]]:
    """Our name of a torch operation, and its operands."""
    full = str(node.target).removeprefix("aten.")
    base = full.split(".")[0]
    args = list(node.args)
    alpha = node.kwargs.get("alpha", 1)
    if base in _BINARY and alpha == 1 and "rounding_mode" not in node.kwargs:
        return base, args[:2]
    if base in _UNARY:
        return base, args[:1]
    if base in _LOGICAL:
        return _LOGICAL[base], args
    if base in ("where", "clamp", "relu"):
        return base, args
    if base == "reciprocal":
        return "div", [1.0, args[0]]
    if base in _SAME:
        return _cast(node)
    if base in (*_CONSTANT, "full_like", "scalar_tensor"):
        return "same", [_constant(base, args)]
    raise TraceError(
        f"{where} uses {full}, which is not elementwise arithmetic; write it with arithmetic, comparisons, where, clamp, "
        f"min/max, exp, log, sqrt, tanh, sigmoid, pow of the arguments"
    )


def _constant(base: str, args: list[Any]) -> float:
    return _CONSTANT[base] if base in _CONSTANT else float(args[1] if base == "full_like" else args[0])


def _cast(node: torch.fx.Node) -> tuple[str, list[Any]]:
    """A copy is its operand, but a mask turned into numbers is a choice between 1 and 0."""
    source, dtype = node.args[0], node.kwargs.get("dtype")
    if dtype is not None and dtype.is_floating_point and isinstance(source, torch.fx.Node):
        if source.meta["val"].dtype == torch.bool:
            return "where", [source, 1.0, 0.0]
    return "same", [source]
