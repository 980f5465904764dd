"""What the forward loop stores for the backward loop: the least that it can be computed from.

Between the values that the forward pass has at hand and those that the backward pass reads lies a graph of operations;
a minimum cut of it is the cheapest set to keep, everything behind it is computed again. The input is there already and
costs a read only, a stored value is written and read, a spike is a byte.
"""

from dataclasses import dataclass
from typing import Any

from picojoule.compile.graph import Graph, Node, Operand
from picojoule.compile.simplify import without_dead

_WORD, _NEVER = 4, 10**6
_MASKS = {"lt", "le", "gt", "ge", "eq", "ne", "and", "or", "not"}


@dataclass(frozen=True)
class Partition:
    """A backward pass that starts from stored values."""

    saved: tuple[str, ...]  # values of the forward graph, or inputs of it
    backward: Graph  # reads the saved values as inputs

    @property
    def inputs_read(self) -> tuple[str, ...]:
        """The ports whose input the backward pass reads again."""
        used = self.backward.used_inputs()
        return tuple(name for name in self.backward.inputs if name.startswith("x_") and name in used)


def partition(
    backward: Graph,
    *,
    summed: frozenset[str] = frozenset(),
    also: frozenset[str] = frozenset(),
    binary: frozenset[str] = frozenset(),
) -> Partition:
    """Split the graph of a forward and backward pass in two.

    Args:
        backward: a step with its backward pass; gradients that arrive are the inputs called `g_…`.
        summed: inputs that the loop itself makes, so that they have to be stored like any other value.
        also: values to store in any case.
        binary: values that are 0 or 1, so that a byte holds one.
    """
    late = _late(backward)
    ready = {node.name: node for node in backward.nodes if node.name not in late and node.name not in also}
    bound = _bound(ready, backward.inputs)
    needed = _needed(backward, late) & bound - also
    saved = tuple(sorted(_cut(ready, bound, needed, _costs(ready, bound, summed, binary))))
    stored = {name for name in saved if not name.startswith("x_") or name in summed} | also
    nodes = tuple(node for node in backward.nodes if node.name not in stored)
    given = tuple(name for name in backward.inputs if name not in stored and not name.startswith("s_"))
    graph = without_dead(Graph((*given, *sorted(stored)), nodes, backward.outputs))
    return Partition(tuple(sorted(stored)), graph)


def _late(graph: Graph) -> set[Operand]:
    """What depends on a gradient."""
    late: set[Operand] = {name for name in graph.inputs if name.startswith("g_")}
    for node in graph.nodes:
        if late.intersection(node.operands):
            late.add(node.name)
    return late


def _bound(ready: dict[str, Node], inputs: tuple[str, ...]) -> set[Operand]:
    """What changes from step to step; the rest can be computed again for nothing."""
    bound: set[Operand] = {name for name in inputs if name.startswith(("x_", "s_"))}
    for node in ready.values():
        if bound.intersection(node.operands):
            bound.add(node.name)
    return bound


def _needed(graph: Graph, late: set[Operand]) -> set[Operand]:
    read = {operand for node in graph.nodes if node.name in late for operand in node.operands}
    return (read | set(graph.outputs)) - late


def _costs(
    ready: dict[str, Node], bound: set[Operand], summed: frozenset[str], binary: frozenset[str]
) -> dict[str, int]:
    """Bytes that move for each value if it is kept; what only the backward pass computes cannot be kept."""
    costs = {}
    for name in map(str, bound):
        computed = name in ready and (ready[name].op in _MASKS or name.startswith("d_"))
        there = name.startswith("x_") and name not in summed
        costs[name] = _NEVER if computed else 2 if name in binary else _WORD if there else 2 * _WORD
    return costs


def _cut(ready: dict[str, Node], bound: set[Operand], needed: set[Operand], costs: dict[str, int]) -> set[str]:
    """The cheapest set of values from which all that is needed follows, the one nearest to its use."""
    names = sorted(str(name) for name in bound)
    if not needed:
        return set()
    place = {name: 2 * k for k, name in enumerate(names)}  # a value's entry; its exit is the next number
    source, sink = 2 * len(names), 2 * len(names) + 1
    edges = [(place[name], place[name] + 1, costs[name]) for name in names]
    edges += [(source, place[name], _NEVER) for name in names if name not in ready]
    edges += [(place[str(name)] + 1, sink, _NEVER) for name in needed]
    for node in ready.values():
        edges += [(place[op] + 1, place[node.name], _NEVER) for op in set(node.operands) if op in place]
    reaching = _reaching_sink(edges, source, sink)
    return {name for name in names if place[name] not in reaching and place[name] + 1 in reaching}


def _reaching_sink(edges: list[tuple[int, int, int]], source: int, sink: int) -> set[int]:
    """The side of the sink in a minimum cut: what still has room to reach it."""
    import numpy as np
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow

    begin, end, capacity = np.array(edges, dtype=np.int32).T
    size = sink + 1
    graph: Any = csr_array((capacity, (begin, end)), shape=(size, size), dtype=np.int32)
    room = graph - maximum_flow(graph, source, sink).flow
    room.data[room.data < 0] = 0
    room.eliminate_zeros()
    return set(breadth_first_order(room.T.tocsr(), sink, return_predecessors=False).tolist())
