"""One step of a neuron as expression graphs: forward, and its vector–Jacobian product.

Inputs are called by where they come from: `x_` a port, `s_` the state before, `c_` a coefficient, `p_` a number of the
surrogate. The state after the step is the forward graph's output; gradients that arrive are `g_spike` and `g_` with the
name of a state field, gradients that leave are those of `x_`, `s_` and `c_`.
"""

import dataclasses
from collections.abc import Collection
from typing import Any

import torch

from picojoule.compile.gradient import Adjoint
from picojoule.compile.graph import Graph, Node, Operand, renamed
from picojoule.compile.simplify import simplified, without_dead
from picojoule.compile.trace import trace
from picojoule.neurons.base import Neuron


@dataclasses.dataclass(frozen=True)
class Step:
    """A neuron's step, traced."""

    ports: tuple[str, ...]
    state: tuple[str, ...]
    coefficients: tuple[str, ...]
    numbers: tuple[str, ...]  # of the surrogate
    forward: Graph  # outputs: spike, then each field of the state
    surrogate: Graph  # inputs: excess, then `p_` numbers

    def backward(self, wanted: Collection[str], *, spike: bool) -> Graph:
        """The forward graph with its backward pass.

        Args:
            wanted: names of inputs (`x_…`, `c_…`) whose gradient is asked for; those of the state always are.
            spike: whether a gradient arrives at the spike.

        Returns:
            A graph whose outputs are the gradients of `wanted`, sorted, and then of each `s_`.
        """
        adjoint = Adjoint(self.forward, self.surrogate)
        outputs = dict(zip((f"g_{name}" for name in ("spike", *self.state)), self.forward.outputs, strict=True))
        seeded = [name for name in outputs if spike or name != "g_spike"]
        names = [*sorted(wanted), *(f"s_{field}" for field in self.state)]
        given = self._given(adjoint, {name: outputs[name] for name in seeded})
        found = adjoint.gradients(given, names)
        arriving = tuple(seeded)
        inputs = (*self.forward.inputs, *(f"p_{name}" for name in self.numbers), *arriving)
        return without_dead(Graph(inputs, tuple(adjoint.nodes), found))

    def _given(self, adjoint: Adjoint, outputs: dict[str, Operand]) -> dict[str, Operand]:
        """Gradients by name of the value where they arrive; two fields may be one value."""
        given: dict[str, Operand] = {}
        for name, output in outputs.items():
            if isinstance(output, str):
                given[output] = adjoint.add("add", given[output], name) if output in given else name
        return given


def step_of(neuron: Neuron[Any, Any, Any]) -> Step:
    """Trace both methods of a neuron, and its surrogate, and join them.

    Args:
        neuron: a model; its numbers do not matter.

    Raises:
        TraceError: names the method and what cannot be compiled.

    Example:
        >>> from picojoule.neurons.lif import LIF
        >>> step_of(LIF()).forward.operations().multiplications
        3
    """
    state, coefficients = neuron.initial(torch.zeros(1, 1)), neuron.coefficients(1.0)
    fields, names, ports = state._fields, coefficients._fields, neuron.ports._fields  # type: ignore[attr-defined]
    c = (type(coefficients), [f"c_{name}" for name in names])
    integrate = trace(
        neuron,
        "integrate",
        [(neuron.ports, [f"x_{port}" for port in ports]), (type(state), [f"s_{field}" for field in fields]), c],
        differentiable=True,
    )
    fire = trace(neuron, "fire", ["spike", (type(state), [f"n_{field}" for field in fields]), c], differentiable=True)
    numbers = tuple(field.name for field in dataclasses.fields(neuron.surrogate))  # type: ignore[arg-type]
    given = {name: f"p_{name}" for name in numbers}
    surrogate = trace(neuron.surrogate, "derivative", ["excess"], numbers=given, differentiable=True)
    return Step(ports, fields, names, numbers, _joined(integrate, fire, fields), surrogate)


def _joined(integrate: Graph, fire: Graph, fields: tuple[str, ...]) -> Graph:
    """`integrate`, the spike, then `fire`."""
    first = renamed(integrate, {}, "i")
    excess, *integrated = first.outputs
    spike = Node("spike", "spike", (excess,)) if isinstance(excess, str) else None
    spiked: Operand = "spike" if spike else float(excess >= 0.0)  # type: ignore[operator]
    second = renamed(fire, {"spike": spiked, **dict(zip((f"n_{f}" for f in fields), integrated, strict=True))}, "f")
    nodes = (*first.nodes, *([spike] if spike else []), *second.nodes)
    return simplified(Graph(integrate.inputs, nodes, (spiked, *second.outputs)), {}, single=False)
