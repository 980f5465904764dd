"""Graphs as data: what they use, what they cost, and how they are renamed."""

from picojoule.compile.graph import Graph, Node, renamed

GRAPH = Graph(
    inputs=("v", "idle", "c"),
    nodes=(
        Node("_0", "mul", ("v", "c")),
        Node("_1", "ge", ("_0", 1.0)),
        Node("_2", "where", ("_1", "_0", 0.0)),
        Node("_3", "exp", ("_2",)),
        Node("_4", "div", ("_3", "v")),
        Node("_5", "neg", ("_4",)),
    ),
    outputs=("_5", "v"),
)


def test_used_inputs_leave_out_the_idle_one() -> None:
    assert GRAPH.used_inputs() == {"v", "c"}


def test_operations_by_kind_with_choices_free_of_charge() -> None:
    counted = GRAPH.operations()
    assert (counted.additions, counted.multiplications, counted.divisions, counted.functions) == (2, 1, 1, 1)
    assert GRAPH.operations(extra=3).total == counted.total + 3


def test_renaming_changes_inputs_and_inner_names_but_no_constant() -> None:
    other = renamed(GRAPH, {"v": "_0", "c": 0.5}, "k")
    assert other.inputs == ("_0", "idle", "0.5")
    assert other.nodes[0] == Node("k_0", "mul", ("_0", 0.5))  # an input may be called like an inner name of before
    assert other.nodes[2] == Node("k_2", "where", ("k_1", "k_0", 0.0))
    assert other.outputs == ("k_5", "_0")
