"""Trace an elementwise torch function into an expression graph.

The function is run once on small tensors while `recorder` writes down every torch operation, decomposed where needed.
What cannot be one number per element is refused by name: index operations, reductions, views, random
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
from picojoule.compile.recorder import INPUT, Call, CapturedError, NoTensorError, Recorder
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
_NATIVE = frozenset(
    {*_BINARY, *_RENAMED, *_SAME, *_CONSTANT, "rsub", "relu", "reciprocal", "full_like", "full", "scalar_tensor"}
)


class Guarded:
    """A model as its own equations see it: methods, functions and parts, but no numbers or other values.

    What an equation can see decides its kernel, so the kernel's key must tell it apart (`compile.fingerprint`).
    """

    def __init__(self, model: object, name: str | None = None, numbers: Mapping[str, Tensor] | None = None) -> None:
        self._model = model
        self._numbers = numbers or {}
        self._name = name or type(model).__name__

    def __getattr__(self, field: str) -> Any:  # noqa: ANN401
        if field in self._numbers:
            return self._numbers[field]
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


def trace(
    model: object,
    method: str,
    arguments: Sequence[str | tuple[type, Sequence[str]]],
    *,
    numbers: Mapping[str, str] | None = None,
    differentiable: bool = False,
) -> Graph:
    """The expression graph of one method of a model.

    Args:
        model: a neuron, rule or homeostasis.
        method: the method's name; `self` is guarded, so that it yields no numbers.
        arguments: each a name, for a tensor, or a NamedTuple type with the names of its fields.
        numbers: fields of the model that the method may read, each with its name as a further input of the graph.
        differentiable: keep what gradients need: `detach` as an operation, and constants in double precision.

    Returns:
        A graph whose inputs are the names given, in order, and whose outputs are the tensors returned.

    Raises:
        TraceError: names the model, the method and the operation that is not elementwise.
    """
    names = [name for argument in arguments for name in ([argument] if isinstance(argument, str) else argument[1])]
    names += (numbers or {}).values()
    where = f"{type(model).__name__}.{method}"
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise TraceError(f"{where} has two arguments called {twice[0]!r}; rename the state or trace of that name")

    def flat(*tensors: Tensor) -> list[Tensor]:
        remaining = iter(tensors)
        built = [
            next(remaining) if isinstance(argument, str) else argument[0](*(next(remaining) for _ in argument[1]))
            for argument in arguments
        ]
        guarded = Guarded(model, numbers=dict(zip(numbers or {}, remaining, strict=True)))
        return _flattened(getattr(type(model), method)(guarded, *built), where)

    spread = torch.linspace(0.1, 0.9, _ELEMENTS, dtype=torch.float32, device="cpu")
    examples = [spread + 0.01 * k for k in range(len(names))]
    graph = _converted(*_called(flat, examples, where), names, where, differentiable=differentiable)
    return simplified(graph, {}, single=not differentiable)


def _called(function: Callable[..., list[Tensor]], examples: list[Tensor], where: str) -> tuple[list[Call], list[Call]]:
    """What the function calls on its way, and the calls that made its outputs."""
    recorder = Recorder(examples, _NATIVE)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with recorder:
                made = function(*examples)
            return recorder.calls, [recorder.made_by(tensor) for tensor in made]
        except TraceError:
            raise
        except CapturedError as error:
            raise TraceError(
                f"{where} captures a tensor from outside; return it from coefficients() instead"
            ) from error
        except NoTensorError as error:
            raise _refused(str(error), where) from error
        except Exception as error:
            raise TraceError(f"{where} cannot be traced as elementwise torch code: {error}") from error


def _flattened(result: object, where: str) -> list[Tensor]:
    if isinstance(result, Tensor):
        return [result]
    if isinstance(result, tuple):
        return [tensor for part in result for tensor in _flattened(part, where)]
    raise TraceError(f"{where} must return tensors or NamedTuples of tensors, got {type(result).__name__}")


def _converted(calls: list[Call], made: list[Call], names: list[str], where: str, *, differentiable: bool) -> Graph:
    table: dict[Call, Operand] = {}
    nodes: list[Node] = []
    placeholders = iter(names)
    for call in calls:
        if call.op == INPUT:
            table[call] = next(placeholders)
            continue
        op, arguments = _operation(call, where)
        operands = [_operand(nodes, table, argument, call, op) for argument in arguments]
        cut = differentiable and call.op.startswith("detach") and isinstance(operands[0], str)
        table[call] = _append(nodes, "detach" if cut else op, operands)
    return Graph(tuple(names), tuple(nodes), tuple(table[call] for call in made))


def _operand(nodes: list[Node], table: Mapping[Call, Operand], argument: Any, user: Call, op: str) -> Any:  # noqa: ANN401
    """What an argument is called; a mask that takes part in arithmetic is a choice between 1 and 0."""
    if not isinstance(argument, Call):
        return argument
    chosen = op == "where" and argument is not user.args[0] and not _is_mask(user)
    if _is_mask(argument) and (chosen or op in _ARITHMETIC):
        return _append(nodes, "where", [table[argument], 1.0, 0.0])
    return table[argument]


def _append(nodes: list[Node], op: str, operands: list[Any]) -> Operand:
    """Add a node, unless it is an operand, a constant or an operation that is there already."""
    if op == "same":
        same: Operand = operands[0]
        return same
    if op == "clamp":
        value, low, high = (*operands, None)[:3]
        if low is not None:
            value = _append(nodes, "at_least", [value, low])
        return value if high is None else _append(nodes, "at_most", [value, high])
    if op == "relu":  # its gradient at 0 is 0, as torch's
        return _append(nodes, "where", [_append(nodes, "le", [operands[0], 0.0]), 0.0, operands[0]])
    if op == "pow" and operands[1] in (2, 3):  # as torch does it, to the last bit
        square = _append(nodes, "mul", [operands[0], operands[0]])
        return square if operands[1] == 2 else _append(nodes, "mul", [square, operands[0]])
    values = tuple(float(x) if isinstance(x, int) and not isinstance(x, bool) else x for x in operands)
    for node in nodes:
        if (node.op, node.operands) == (op, values):
            return node.name
    nodes.append(Node(f"_{len(nodes)}", op, values))  # no field of a NamedTuple begins with _
    return nodes[-1].name


def _operation(node: Call, where: str) -> tuple[str, list[Any]]:
    """Our name of a torch operation, and its operands."""
    full = node.op
    base = full.split(".")[0]
    args = list(node.args)
    found: tuple[str, list[Any]] | None = None
    if base in _BINARY and node.kwargs.get("alpha", 1) == 1 and "rounding_mode" not in node.kwargs:
        found = _masked(node, base), args[:2]
    elif base == "rsub" and node.kwargs.get("alpha", 1) == 1 and len(args) == 2:
        found = "sub", [args[1], args[0]]
    elif base in _RENAMED:
        found = _RENAMED[base], args
    elif base in ("relu", "reciprocal"):
        found = ("relu", [args[0]]) if base == "relu" else ("div", [1.0, args[0]])
    elif base in _SAME:
        found = _cast(node)
    elif base in (*_CONSTANT, "full_like", "full", "scalar_tensor"):
        found = "same", [_constant(base, args)]
    if found is None:
        raise _refused(f"a cast to {node.dtype}" if base in _SAME else full, where)
    return found


def _refused(name: str, where: str) -> TraceError:
    return TraceError(
        f"{where} uses {name}, which is not elementwise float32 arithmetic; write it with arithmetic, comparisons, "
        f"where, clamp, min/max, exp, log, sqrt, tanh, sigmoid, pow of the arguments"
    )


def _is_mask(argument: object) -> bool:
    return isinstance(argument, Call) and argument.dtype == torch.bool


def _masked(node: Call, op: str) -> str:
    """Of two masks, the sum is their union and the product their intersection."""
    return {"add": "or", "mul": "and"}.get(op, op) if _is_mask(node) else op


def _constant(base: str, args: list[Any]) -> float:
    return _CONSTANT[base] if base in _CONSTANT else float(args[0] if base == "scalar_tensor" else args[1])


def _cast(node: Call) -> tuple[str, list[Any]] | None:
    """A copy is its operand; masks become numbers and numbers masks; what would round otherwise is no copy."""
    source, dtype = node.args[0], node.dtype
    if dtype == torch.bool:
        return ("same", [source]) if _is_mask(source) else ("ne", [source, 0.0])
    if _is_mask(source):  # 0 and 1 are the same in every dtype
        return "where", [source, 1.0, 0.0]
    return ("same", [source]) if dtype == torch.float32 else None
