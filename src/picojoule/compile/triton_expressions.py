"""Expression graphs as lines of Triton source.

Constants carry the kernel's float type, since Triton would take a bare one for float32; quotients and square roots are
rounded to nearest, which the plain ones of a GPU are not.
"""

import math

from picojoule.compile.graph import Graph, Operand
from picojoule.compile.triton_functions import divided

_INFIX = {
    "add": "+", "sub": "-", "mul": "*", "and": "&", "or": "|",
    "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!=",
}  # fmt: skip
_CALLS = ("exp", "log", "expm1", "log1p", "tanh", "sigmoid")
_ORDER = {"minimum": "<", "at_most": "<", "maximum": ">", "at_least": ">"}


def lines(graph: Graph, dtype: str) -> list[str]:
    """One assignment for each operation of the graph.

    Args:
        graph: the function.
        dtype: `float32` or `float64`.
    """
    real = f"tl.{dtype}"
    return [
        f"{node.name} = {_expression(node.op, [operand(part, dtype) for part in node.operands], real)}"
        for node in graph.nodes
    ]


def operand(part: Operand, dtype: str) -> str:
    """A name, or a constant of the kernel's float type."""
    if isinstance(part, str):
        return part
    if isinstance(part, bool):
        return f"tl.full((), {int(part)}, tl.int1)"
    number = repr(part) if math.isfinite(part) else f'float("{part}")'
    return f"tl.full((), {number}, tl.{dtype})"


def _expression(op: str, args: list[str], real: str) -> str:
    a, b = (*args, "")[:2]
    if op in _INFIX:
        return f"{a} {_INFIX[op]} {b}"
    if op in _CALLS:
        return f"{op}({a})"
    if op in _ORDER:
        # a NaN of either operand stays, as in torch: a comparison with NaN is false, which leaves the first
        better = f"{b} {_ORDER[op]} {a}"
        return f"tl.where({better if b.startswith('tl.') else f'({better}) | ({b} != {b})'}, {b}, {a})"
    return {
        "div": divided(a, b, real),
        "where": f"tl.where({', '.join(args)})",
        "neg": f"-{a}",
        "detach": a,
        "spike": f"tl.where({a} >= 0.0, tl.full((), 1.0, {real}), tl.full((), 0.0, {real}))",
        "not": f"{a} == 0",
        "abs": f"tl.abs({a})",
        "sqrt": f"tl.sqrt_rn({a})" if real == "tl.float32" else f"tl.sqrt({a})",
        "pow": f"power({a}, {b})",
    }[op]
