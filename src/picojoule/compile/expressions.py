"""Expression graphs as lines of Python that numba compiles.

Constants are cast to the kernel's float type, and no operation is reassociated or contracted, so that the result equals
torch's to the last bit wherever both round the same elementary operations. The source around the lines has `math`,
`functions` (of this package) and `real` in scope.
"""

import math

from picojoule.compile.graph import Graph, Operand, renamed

_INFIX = {
    "add": "+", "sub": "-", "mul": "*", "div": "/",
    "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!=",
}  # fmt: skip
_CALLS = {"exp": "functions.exp", "log": "functions.log", "expm1": "functions.expm1", "log1p": "functions.log1p",
          "tanh": "functions.tanh", "sigmoid": "functions.sigmoid", "sqrt": "math.sqrt", "abs": "abs"}  # fmt: skip
_ORDER = {"minimum": "<", "at_most": "<", "maximum": ">", "at_least": ">"}


def lines(graph: Graph) -> list[str]:
    """One assignment for each operation of the graph."""
    return [f"{node.name} = {_expression(node.op, [operand(part) for part in node.operands])}" for node in graph.nodes]


def operand(part: Operand) -> str:
    """A name, or a constant of the kernel's float type (`real`)."""
    if isinstance(part, str):
        return part
    if isinstance(part, bool):
        return str(part)
    if math.isfinite(part):
        return f"real({part!r})"
    return f"real({'-' if part < 0 else ''}math.{abs(part)!r})"  # inf or nan


def _expression(op: str, args: list[str]) -> str:
    if op in _INFIX:
        return f"{args[0]} {_INFIX[op]} {args[1]}"
    if op in _CALLS:
        return f"{_CALLS[op]}({args[0]})"
    a = args[0]
    if op == "where":
        return f"{args[1]} if {a} else {args[2]}"
    if op in _ORDER:
        # a NaN of either operand stays, as in torch: a comparison with NaN is false, which leaves the first
        b, better = args[1], _ORDER[op]
        return f"{b} if {b} {better} {a} or {b} != {b} else {a}"
    return {
        "neg": f"-{a}",
        "detach": a,
        "spike": f"real(1.0) if {a} >= real(0.0) else real(0.0)",
        "not": f"not {a}",
        "and": f"{a} and {args[-1]}",
        "or": f"{a} or {args[-1]}",
        "pow": f"{a} ** {args[-1]}",
    }[op]


def inlined(graph: Graph, names: dict[str, str], prefix: str = "e_") -> tuple[list[str], list[str]]:
    """A graph as lines inside a kernel.

    Args:
        graph: the function.
        names: what inputs of the graph are called in the kernel, where that differs.
        prefix: stands before the graph's own names.

    Returns:
        The assignments, and the expression of each output.
    """
    placed = renamed(graph, names, prefix)
    return lines(placed), [operand(output) for output in placed.outputs]
