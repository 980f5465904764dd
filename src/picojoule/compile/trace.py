"""Trace an elementwise torch function into an expression graph.

The function is run once on small tensors under `make_fx`; the result is then functionalised and decomposed into core
operations. What cannot be one number per element is refused by name: index operations, reductions, views, random
operations, captured tensors, and numbers read from the model itself, which would be frozen into the kernel.
"""

import functools
import inspect
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import is_dataclass
from typing import Any

import torch
from torch import Tensor

from picojoule.compile.graph import Graph, Node, Operand
from picojoule.compile.simplify import simplified
from picojoule.core.errors import TraceError

_ELEMENTS = 7  # any number that no model has as a size of its own

_BINARY = ("add", "sub", "mul", "div", "minimum", "maximum", "lt", "le", "gt", "ge", "eq", "ne", "pow")
_UNARY = ("neg", "abs", "exp", "log", "expm1", "log1p", "sqrt", "tanh", "sigmoid")
_ARITHMETIC = {*_BINARY, *_UNARY} - {"eq", "ne"}
_RENAMED = {
    "logical_and": "and", "bitwise_and": "and", "logical_or": "or", "bitwise_or": "or",
    "logical_not": "not", "bitwise_not": "not", "where": "where", "clamp": "clamp", **{op: op for op in _UNARY},
}  # fmt: skip
_SAME = ("clone", "alias", "detach", "lift_fresh_copy", "_to_copy", "lift_fresh", "_to_dtype", "to")
_CONSTANT = {"zeros_like": 0.0, "ones_like": 1.0}


class Guarded:
    """A model as its own equations see it: methods, functions and parts, but no numbers or other values.

    What an equation can see decides its kernel, so the kernel's key must tell it apart (`simulate.event.fingerprint`).
    """

    def __init__(self, model: object, name: str | None = None) -> None:
        self._model = model
        self._name = name or type(model).__name__

    def __getattr__(self, field: str) -> Any:  # noqa: ANN401
        value = getattr(self._model, field)
        if inspect.ismethod(value):
            return functools.partial(value.__func__, self)
        if value is None or inspect.isroutine(value) or isinstance(value, type):
            return value
        if is_dataclass(value):
            return Guarded(value, f"{self._name}.{field}")
        raise TraceError(
            f"{self._name}.{field} is read inside an equation, which would freeze it into the kernel; "
            f"return it from coefficients() and read c.{field}"
        )


def trace(model: object, method: str, arguments: Sequence[str | tuple[type, Sequence[str]]]) -> Graph:
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
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise TraceError(f"{where} has two arguments called {twice[0]!r}; rename the state or trace of that name")

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
            table: Any = core_aten_decompositions()  # a mapping that loads itself when it is read
            second = make_fx(torch.func.functionalize(first), decomposition_table=table)
            return second(*examples).graph
        except TraceError:
            raise
        except Exception as error:
            raise TraceError(f"{where} cannot be traced as elementwise torch code: {error}") from error


def _flattened(result: object, where: str) -> list[Tensor]:
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
            operands = [_operand(nodes, table, arg, node, converted[0]) for arg in converted[1]]
            table[node.name] = _append(nodes, converted[0], operands)
    return Graph(tuple(names), tuple(nodes), outputs)


def _operand(nodes: list[Node], table: Mapping[str, Operand], argument: Any, user: torch.fx.Node, op: str) -> Any:  # noqa: ANN401
    """What an argument is called; a mask that takes part in arithmetic is a choice between 1 and 0."""
    if not isinstance(argument, torch.fx.Node):
        return argument
    chosen = op == "where" and argument is not user.args[0] and not _is_mask(user)
    if _is_mask(argument) and (chosen or op in _ARITHMETIC):
        return _append(nodes, "where", [table[argument.name], 1.0, 0.0])
    return table[argument.name]


def _append(nodes: list[Node], op: str, operands: list[Any]) -> Operand:
    """Add a node, unless it is an operand, a constant or an operation that is there already."""
    if op == "same":
        same: Operand = operands[0]
        return same
    if op == "clamp":
        value, low, high = (*operands, None)[:3]
        if low is not None:
            value = _append(nodes, "maximum", [value, low])
        return value if high is None else _append(nodes, "minimum", [value, high])
    if op == "pow" and operands[1] in (2, 3):  # as torch does it, to the last bit
        square = _append(nodes, "mul", [operands[0], operands[0]])
        return square if operands[1] == 2 else _append(nodes, "mul", [square, operands[0]])
    values = tuple(float(x) if isinstance(x, int) and not isinstance(x, bool) else x for x in operands)
    for node in nodes:
        if (node.op, node.operands) == (op, values):
            return node.name
    nodes.append(Node(f"_{len(nodes)}", op, values))  # no field of a NamedTuple begins with _
    return nodes[-1].name


def _operation(node: torch.fx.Node, where: str) -> tuple[str, list[Any]]:
    """Our name of a torch operation, and its operands."""
    full = str(node.target).removeprefix("aten.")
    base = full.split(".")[0]
    args = list(node.args)
    found: tuple[str, list[Any]] | None = None
    if base in _BINARY and node.kwargs.get("alpha", 1) == 1 and "rounding_mode" not in node.kwargs:
        found = _masked(node, base), args[:2]
    elif base in _RENAMED:
        found = _RENAMED[base], args
    elif base in ("relu", "reciprocal"):
        found = ("maximum", [args[0], 0.0]) if base == "relu" else ("div", [1.0, args[0]])
    elif base in _SAME:
        found = _cast(node)
    elif base in (*_CONSTANT, "full_like", "scalar_tensor"):
        found = "same", [_constant(base, args)]
    if found is None:
        name = f"a cast to {node.meta['val'].dtype}" if base in _SAME else full
        raise TraceError(
            f"{where} uses {name}, which is not elementwise float32 arithmetic; write it with arithmetic, comparisons, "
            f"where, clamp, min/max, exp, log, sqrt, tanh, sigmoid, pow of the arguments"
        )
    return found


def _is_mask(argument: object) -> bool:
    return isinstance(argument, torch.fx.Node) and argument.meta["val"].dtype == torch.bool


def _masked(node: torch.fx.Node, op: str) -> str:
    """Of two masks, the sum is their union and the product their intersection."""
    return {"add": "or", "mul": "and"}.get(op, op) if _is_mask(node) else op


def _constant(base: str, args: list[Any]) -> float:
    return _CONSTANT[base] if base in _CONSTANT else float(args[1] if base == "full_like" else args[0])


def _cast(node: torch.fx.Node) -> tuple[str, list[Any]] | None:
    """A copy is its operand; masks become numbers and numbers masks; what would round otherwise is no copy."""
    source, dtype = node.args[0], node.meta["val"].dtype
    if dtype == torch.bool:
        return ("same", [source]) if _is_mask(source) else ("ne", [source, 0.0])
    if _is_mask(source):  # 0 and 1 are the same in every dtype
        return "where", [source, 1.0, 0.0]
    return ("same", [source]) if dtype == torch.float32 else None
