"""Differentiate an expression graph backwards: vector–Jacobian products as further operations of the same graph.

The rules are torch's own, ties and edges included: of two equal operands `minimum` and `maximum` give half to each,
`clamp` passes its bounds, `abs` gives nothing at 0. A spike passes its surrogate; a mask and `detach` pass nothing.
"""

from collections.abc import Callable, Mapping, Sequence

from picojoule.compile.graph import Graph, Node, Operand, renamed

Rule = Callable[["Adjoint", Node, Operand], tuple[Operand | None, ...]]


class Adjoint:
    """Appends the backward pass of a graph to it.

    Args:
        graph: the function.
        surrogate: the derivative of a spike: one input called `excess`, one output.
    """

    def __init__(self, graph: Graph, surrogate: Graph) -> None:
        self.nodes = list(graph.nodes)
        self._graph = graph
        self._surrogate = surrogate
        self._known = {(node.op, node.operands): node.name for node in graph.nodes}
        self._gradients: dict[str, Operand] = {}

    def gradients(self, seeds: Mapping[str, Operand], wanted: Sequence[str]) -> tuple[Operand, ...]:
        """Append the operations that give the gradients of inputs.

        Args:
            seeds: by name of a value of the graph, its gradient.
            wanted: names of inputs.

        Returns:
            The gradient of each, 0.0 where nothing flows.
        """
        for name, seed in seeds.items():
            self.receive(name, seed)
        for node in reversed(self._graph.nodes):
            if (gradient := self._gradients.get(node.name, 0.0)) == 0.0 or node.op not in _RULES:
                continue
            for operand, part in zip(node.operands, _RULES[node.op](self, node, gradient), strict=False):
                if part is not None and isinstance(operand, str):
                    self.receive(operand, part)
        return tuple(self._gradients.get(name, 0.0) for name in wanted)

    def receive(self, name: str, part: Operand) -> None:
        """Add to the gradient of a value."""
        self._gradients[name] = self.add("add", self._gradients.get(name, 0.0), part)

    def add(self, op: str, *operands: Operand) -> Operand:
        """Append an operation, unless its result is known or there already."""
        if (plain := _plain(op, operands)) is not None:
            return plain
        if (known := self._known.get((op, operands))) is not None:
            return known
        name = f"d_{len(self.nodes)}"
        self.nodes.append(Node(name, op, operands))
        self._known[op, operands] = name
        return name

    def spike_derivative(self, excess: Operand) -> Operand:
        """Append the surrogate's derivative at `excess`."""
        placed = renamed(self._surrogate, {"excess": excess}, f"d_{len(self.nodes)}_")
        table: dict[Operand, Operand] = {}
        for node in placed.nodes:
            table[node.name] = self.add(node.op, *(table.get(operand, operand) for operand in node.operands))
        (output,) = placed.outputs
        return table.get(output, output)


def _plain(op: str, operands: tuple[Operand, ...]) -> Operand | None:
    """What an operation is equal to without computing it; a gradient of 0 is a constant here, not a rounded number."""
    if op == "where":
        return operands[1] if operands[1] == operands[2] else None
    a, b = (*operands, None)[:2]
    if op == "mul":
        return 0.0 if 0.0 in (a, b) else b if a == 1.0 else a if b == 1.0 else None
    if op == "div":
        return 0.0 if a == 0.0 else a if b == 1.0 else None
    if op == "add":
        return b if a == 0.0 else a if b == 0.0 else None
    if op == "sub" and b == 0.0:
        return a
    return 0.0 if op == "neg" and a == 0.0 else None


def _add(_d: Adjoint, _n: Node, g: Operand) -> tuple[Operand | None, ...]:
    return g, g


def _sub(d: Adjoint, _n: Node, g: Operand) -> tuple[Operand | None, ...]:
    return g, d.add("neg", g)


def _mul(d: Adjoint, n: Node, g: Operand) -> tuple[Operand | None, ...]:
    a, b = n.operands
    return d.add("mul", g, b) if isinstance(a, str) else None, d.add("mul", g, a) if isinstance(b, str) else None


def _div(d: Adjoint, n: Node, g: Operand) -> tuple[Operand | None, ...]:
    _, b = n.operands
    by = d.add("div", g, b)
    return by, d.add("neg", d.add("mul", by, n.name)) if isinstance(b, str) else None


def _neg(d: Adjoint, _n: Node, g: Operand) -> tuple[Operand | None, ...]:
    return (d.add("neg", g),)


def _abs(d: Adjoint, n: Node, g: Operand) -> tuple[Operand | None, ...]:
    (a,) = n.operands
    below = d.add("where", d.add("lt", a, 0.0), d.add("neg", g), 0.0)
    return (d.add("where", d.add("gt", a, 0.0), g, below),)


def _times(derivative: Callable[[Adjoint, Node], Operand]) -> Rule:
    """A function of one operand, by its derivative."""
    return lambda d, n, g: (d.add("mul", g, derivative(d, n)),)


def _over(divisor: Callable[[Adjoint, Node], Operand]) -> Rule:
    """A function of one operand, by one over its derivative."""
    return lambda d, n, g: (d.add("div", g, divisor(d, n)),)


def _tanh(d: Adjoint, n: Node) -> Operand:
    return d.add("sub", 1.0, d.add("mul", n.name, n.name))


def _sigmoid(d: Adjoint, n: Node) -> Operand:
    return d.add("mul", n.name, d.add("sub", 1.0, n.name))


def _pow(d: Adjoint, n: Node, g: Operand) -> tuple[Operand | None, ...]:
    a, b = n.operands
    base = exponent = None
    if isinstance(a, str):
        less = d.add("sub", b, 1.0) if isinstance(b, str) else b - 1.0
        base = d.add("mul", g, d.add("mul", b, d.add("pow", a, less)))
        base = d.add("where", d.add("eq", b, 0.0), 0.0, base) if isinstance(b, str) else base
    if isinstance(b, str):
        logarithm = d.add("mul", n.name, d.add("log", a))
        nothing = d.add("and", d.add("eq", a, 0.0), d.add("ge", b, 0.0))
        exponent = d.add("mul", g, d.add("where", nothing, 0.0, logarithm))
    return base, exponent


def _where(d: Adjoint, n: Node, g: Operand) -> tuple[Operand | None, ...]:
    condition = n.operands[0]
    return None, d.add("where", condition, g, 0.0), d.add("where", condition, 0.0, g)


def _extreme(better: str) -> Rule:
    def rule(d: Adjoint, n: Node, g: Operand) -> tuple[Operand | None, ...]:
        a, b = n.operands
        shared = d.add("where", d.add("eq", a, b), d.add("mul", g, 0.5), 0.0)
        return d.add("where", d.add(better, a, b), g, shared), d.add("where", d.add(better, b, a), g, shared)

    return rule


def _bounded(within: str) -> Rule:
    def rule(d: Adjoint, n: Node, g: Operand) -> tuple[Operand | None, ...]:
        inside = d.add(within, *n.operands)
        return d.add("where", inside, g, 0.0), d.add("where", inside, 0.0, g)

    return rule


def _spike(d: Adjoint, n: Node, g: Operand) -> tuple[Operand | None, ...]:
    return (d.add("mul", g, d.spike_derivative(n.operands[0])),)


_RULES: dict[str, Rule] = {
    "add": _add,
    "sub": _sub,
    "mul": _mul,
    "div": _div,
    "neg": _neg,
    "abs": _abs,
    "exp": _times(lambda _, n: n.name),
    "expm1": _times(lambda d, n: d.add("add", n.name, 1.0)),
    "log": _over(lambda _, n: n.operands[0]),
    "log1p": _over(lambda d, n: d.add("add", n.operands[0], 1.0)),
    "sqrt": _over(lambda d, n: d.add("mul", 2.0, n.name)),
    "tanh": _times(_tanh),
    "sigmoid": _times(_sigmoid),
    "pow": _pow,
    "where": _where,
    "maximum": _extreme("gt"),
    "minimum": _extreme("lt"),
    "at_least": _bounded("ge"),
    "at_most": _bounded("le"),
    "spike": _spike,
}
