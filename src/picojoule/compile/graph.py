"""Expression graphs: what an elementwise torch function computes, as a flat list of operations.

The normal form: every operand is one number per element, called by a name, or a constant. Operations have no side
effects and stand in an order in which they can be computed.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from picojoule.core.counts import Operations

Operand = str | float | bool

ADDITIONS = {
    "add",
    "sub",
    "neg",
    "abs",
    "minimum",
    "maximum",
    "at_least",
    "at_most",
    "lt",
    "le",
    "gt",
    "ge",
    "eq",
    "ne",
}
FUNCTIONS = {"exp", "log", "expm1", "log1p", "sqrt", "tanh", "sigmoid", "pow"}


@dataclass(frozen=True)
class Node:
    """One operation: `name = op(*operands)`."""

    name: str
    op: str
    operands: tuple[Operand, ...]


@dataclass(frozen=True)
class Graph:
    """A flat expression graph."""

    inputs: tuple[str, ...]
    nodes: tuple[Node, ...]
    outputs: tuple[Operand, ...]

    def used_inputs(self) -> set[str]:
        """The inputs that an output depends on."""
        named = {operand for node in self.nodes for operand in node.operands} | set(self.outputs)
        return {name for name in self.inputs if name in named}

    def operations(self, *, extra: int = 0) -> Operations:
        """The arithmetic of one element; `extra` additions belong to it but not to the graph."""
        ops = [node.op for node in self.nodes]
        return Operations(
            additions=sum(op in ADDITIONS for op in ops) + extra,
            multiplications=ops.count("mul"),
            divisions=ops.count("div"),
            functions=sum(op in FUNCTIONS for op in ops),
        )


def renamed(graph: Graph, names: Mapping[str, Operand], prefix: str) -> Graph:
    """The same graph with its inputs called otherwise and its own names behind a prefix."""
    table: dict[str, Operand] = {**names, **{node.name: prefix + node.name for node in graph.nodes}}

    def new(operand: Operand) -> Operand:
        return table.get(operand, operand) if isinstance(operand, str) else operand

    return Graph(
        inputs=tuple(str(new(name)) for name in graph.inputs),
        nodes=tuple(Node(prefix + node.name, node.op, tuple(map(new, node.operands))) for node in graph.nodes),
        outputs=tuple(map(new, graph.outputs)),
    )
