"""Laws of the algebra: simplifying changes no value, only work; and it finds what engines want to know."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from picojoule.compile.graph import Graph, Node, Operand
from picojoule.compile.simplify import is_identity, simplified, without_dead

INPUTS = ("a", "b", "c")
NUMERIC = ("add", "sub", "mul", "div", "minimum", "maximum")
COMPARING = ("lt", "le", "gt", "ge", "eq", "ne")
Value = float | bool


def value_of(graph: Graph, numbers: Mapping[str, float]) -> list[Value]:
    """Evaluate a graph in float32, operation by operation: the meaning that simplifying must keep."""
    values: dict[Operand, Value] = {name: float(np.float32(number)) for name, number in numbers.items()}

    def at(part: Operand) -> Value:
        if isinstance(part, str):
            return values[part]
        return part if isinstance(part, bool) else float(np.float32(part))

    for node in graph.nodes:
        values[node.name] = operation(node.op, [at(part) for part in node.operands])
    return [at(part) for part in graph.outputs]


def operation(op: str, parts: list[Value]) -> Value:
    a, b = parts[0], parts[-1]
    if op in COMPARING:
        return {"lt": a < b, "le": a <= b, "gt": a > b, "ge": a >= b, "eq": a == b, "ne": a != b}[op]
    if op == "where":
        return parts[1] if a else parts[2]
    if op == "not":
        return not a
    x, y = np.float32(a), np.float32(b)
    with np.errstate(all="ignore"):
        results = {"add": x + y, "sub": x - y, "mul": x * y, "minimum": min(x, y), "maximum": max(x, y)}
        return float(x / y if op == "div" else results[op])


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Random graphs of numbers and masks; constants prefer 0 and 1, where algebra has something to say."""
    numbers: list[Operand] = list(INPUTS)
    masks: list[Operand] = []
    nodes: list[Node] = []
    constant = st.sampled_from([0.0, 1.0, 0.1, -2.5])
    for k in range(draw(st.integers(1, 12))):
        number = st.one_of(st.sampled_from(numbers), constant)
        op = draw(st.sampled_from([*NUMERIC, *COMPARING, *(["where", "not"] if masks else [])]))
        if op == "where":
            operands: tuple[Operand, ...] = (draw(st.sampled_from(masks)), draw(number), draw(number))
        elif op == "not":
            operands = (draw(st.sampled_from(masks)),)
        else:
            operands = (draw(number), draw(number))
        nodes.append(Node(f"_{k}", op, operands))
        (masks if op in (*COMPARING, "not") else numbers).append(f"_{k}")
    outputs = draw(st.lists(st.sampled_from([*numbers, *masks]), min_size=1, max_size=3))
    return Graph(INPUTS, tuple(nodes), tuple(outputs))


def finite_everywhere(graph: Graph, numbers: Mapping[str, float]) -> bool:
    """The algebra takes numbers to be finite: 0 x = 0."""
    everything = Graph(graph.inputs, graph.nodes, tuple(node.name for node in graph.nodes))
    return bool(np.isfinite(value_of(everything, numbers)).all())


NUMBERS = st.sampled_from([0.0, 1.0, -1.0, 0.5, 0.1, 3.0]) | st.floats(-10.0, 10.0, width=32)


@given(graph=graphs(), numbers=st.tuples(NUMBERS, NUMBERS, NUMBERS), known=st.sets(st.sampled_from(INPUTS)))
def test_the_value_stays_the_same_when_constants_are_put_in(
    graph: Graph, numbers: tuple[float, float, float], known: set[str]
) -> None:
    given_numbers = dict(zip(INPUTS, numbers, strict=True))
    if finite_everywhere(graph, given_numbers):
        shorter = simplified(graph, {name: given_numbers[name] for name in known})
        assert value_of(shorter, given_numbers) == value_of(graph, given_numbers)


@given(graph=graphs(), known=st.sets(st.sampled_from(INPUTS)))
def test_nothing_is_added_and_nothing_is_left_to_simplify(graph: Graph, known: set[str]) -> None:
    once = simplified(graph, dict.fromkeys(known, 0.0))
    assert {node.name for node in once.nodes} <= {node.name for node in graph.nodes}
    assert not once.used_inputs() & known
    assert simplified(once, {}) == once


@given(graph=graphs())
def test_what_no_output_needs_is_dropped(graph: Graph) -> None:
    kept = without_dead(graph)
    needed = {part for node in kept.nodes for part in node.operands} | set(kept.outputs)
    assert all(node.name in needed for node in kept.nodes)
    assert kept.outputs == graph.outputs


@pytest.mark.parametrize(
    ("node", "equal_to"),
    [
        (Node("_0", "add", ("a", 0.0)), "a"),
        (Node("_0", "add", (0.0, "a")), "a"),
        (Node("_0", "sub", ("a", 0.0)), "a"),
        (Node("_0", "mul", ("a", 1.0)), "a"),
        (Node("_0", "mul", (1.0, "a")), "a"),
        (Node("_0", "mul", ("a", 0.0)), 0.0),
        (Node("_0", "div", ("a", 1.0)), "a"),
        (Node("_0", "div", (0.0, "a")), 0.0),
        (Node("_0", "where", (True, "a", "b")), "a"),
        (Node("_0", "where", (False, "a", "b")), "b"),
        (Node("_0", "where", ("c", "a", "a")), "a"),
        (Node("_0", "minimum", (2.0, 3.0)), 2.0),
        (Node("_0", "lt", (2.0, 3.0)), True),
        (Node("_0", "not", (True,)), False),
        (Node("_0", "mul", (0.1, 3.0)), float(np.float32(0.1) * np.float32(3.0))),  # rounded as a loop would round it
    ],
)
def test_rules(node: Node, equal_to: Operand) -> None:
    result = simplified(Graph(INPUTS, (node,), ("_0",)), {})
    assert result.nodes == ()
    assert result.outputs == (equal_to,)


@pytest.mark.parametrize(
    "node", [Node("_0", "sub", (0.0, "a")), Node("_0", "div", (1.0, "a")), Node("_0", "add", ("a", "a"))]
)
def test_what_must_not_vanish(node: Node) -> None:
    assert simplified(Graph(INPUTS, (node,), ("_0",)), {}).nodes == (node,)


CLAMP = Graph(
    ("w", "x", "low", "high"),
    (
        Node("_0", "sub", ("w", "x")),
        Node("_1", "maximum", ("_0", "low")),
        Node("_2", "minimum", ("_1", "high")),
    ),
    ("_2",),
)


def test_clamping_a_number_to_its_own_bounds_is_no_change() -> None:
    bounded = {"w": ("low", "high")}
    assert is_identity(simplified(CLAMP, {"x": 0.0}, bounded), ("w",))
    assert not is_identity(simplified(CLAMP, {"x": 0.0}), ("w",))  # without that knowledge it may be one
    assert not is_identity(simplified(CLAMP, {"x": 0.1}, bounded), ("w",))
    assert not is_identity(simplified(CLAMP, {}, bounded), ("w",))
    assert not is_identity(simplified(CLAMP, {"x": 0.0}, {"w": ("high", "low")}), ("w",))
