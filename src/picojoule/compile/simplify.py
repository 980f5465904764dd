"""Algebra on expression graphs: what is left of a function when some of its inputs are known.

It answers the questions by which an engine saves work and stays exact: does a spike-less `fire` change anything, does a
rule change a weight when the trace of the other side is zero?

Numbers are taken to be finite, so that 0 x = 0; and -0 and 0 are taken to be the same.
"""

from collections.abc import Callable, Mapping
from ctypes import c_float

from picojoule.compile.graph import Graph, Node, Operand

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
}
_BOTH_CONSTANT: dict[str, Callable[[float, float], float]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "minimum": min,
    "maximum": max,
    "at_least": max,
    "at_most": min,
}
Bounded = Mapping[str, tuple[str, str]]


def simplified(
    graph: Graph, known: Mapping[str, float], bounded: Bounded | None = None, *, single: bool = True
) -> Graph:
    """The graph with some inputs replaced by constants.

    Args:
        graph: the function.
        known: constant value by input name.
        bounded: for an input, the names of inputs known to be its lower and upper bound, so that clamping it to them is
            no change.
        single: operations on constants are rounded to float32, for a loop in float32; else to float64.

    Returns:
        A graph of the same outputs without the operations that became needless.
    """
    table: dict[Operand, Operand] = {name: value for name, value in known.items()}  # other type
    kept: list[Node] = []
    for node in graph.nodes:
        operands = tuple(table.get(operand, operand) for operand in node.operands)
        value = _value(node.op, operands, bounded or {}, single=single)
        if value is None:
            kept.append(Node(node.name, node.op, operands))
        else:
            table[node.name] = value
    return without_dead(Graph(graph.inputs, tuple(kept), tuple(table.get(out, out) for out in graph.outputs)))


def without_dead(graph: Graph) -> Graph:
    """The graph without operations that no output needs."""
    needed = set(graph.outputs)
    kept: list[Node] = []
    for node in reversed(graph.nodes):
        if node.name in needed:
            needed.update(node.operands)
            kept.append(node)
    return Graph(graph.inputs, tuple(reversed(kept)), graph.outputs)


def is_identity(graph: Graph, outputs: tuple[str, ...]) -> bool:
    """Whether the outputs are just these inputs, unchanged."""
    return graph.outputs == outputs


def _value(op: str, operands: tuple[Operand, ...], bounded: Bounded, *, single: bool) -> Operand | None:
    """What the operation is equal to without computing it, or `None`."""
    if op == "where":
        condition, then, otherwise = operands
        if isinstance(condition, str):
            return then if then == otherwise else None
        return then if condition else otherwise
    if op == "not" and not isinstance(operands[0], str):
        return not operands[0]
    if len(operands) != 2:
        return None
    a, b = operands
    if not isinstance(a, str) and not isinstance(b, str):
        return _of_constants(op, _single(a) if single else a, _single(b) if single else b, single=single)
    return _neutral(op, a, b) if op in ("add", "sub", "mul", "div") else _clamped(op, a, b, bounded)


def _of_constants(op: str, a: float, b: float, *, single: bool) -> Operand | None:
    if op in _COMPARE:
        return _COMPARE[op](a, b)
    value = _BOTH_CONSTANT[op](a, b) if op in _BOTH_CONSTANT else None
    return value if value is None or not single else _single(value)


def _single(value: float) -> float:
    """The nearest float32: what is computed here must be what a loop in float32 computes."""
    return c_float(value).value


def _neutral(op: str, a: Operand, b: Operand) -> Operand | None:
    if op == "mul" and 0.0 in (a, b):
        return 0.0
    if op == "div" and a == 0.0:
        return 0.0
    if op in ("add", "sub") and b == 0.0:
        return a
    if op == "add" and a == 0.0:
        return b
    if op in ("mul", "div") and b == 1.0:
        return a
    return b if op == "mul" and a == 1.0 else None


def _clamped(op: str, a: Operand, b: Operand, bounded: Bounded) -> Operand | None:
    for value, bound in ((a, b), (b, a)):
        low, high = bounded.get(str(value), (None, None))
        if (op in ("maximum", "at_least") and bound == low) or (op in ("minimum", "at_most") and bound == high):
            return value
    return None
