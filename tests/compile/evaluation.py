"""Expression graphs computed by torch, operation by operation: what a graph means, said a second time."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from picojoule.compile.graph import Graph, Operand

TORCH: dict[str, Callable[..., Tensor]] = {
    "and": torch.logical_and,
    "or": torch.logical_or,
    "not": torch.logical_not,
    "at_least": torch.maximum,
    "at_most": torch.minimum,
    "detach": torch.detach,
    "spike": lambda excess: (excess >= 0).to(excess.dtype),
}


def evaluated(
    graph: Graph, values: Mapping[str, Tensor], *, spike: Callable[[Tensor], Tensor] = TORCH["spike"]
) -> list[Tensor]:
    """The outputs of a graph.

    Args:
        graph: what to compute.
        values: a tensor of float64 for each input.
        spike: what is computed where a neuron spikes.
    """
    known: dict[Operand, Tensor] = dict(values.items())

    def value(part: Operand) -> Tensor:
        return (
            known[part] if isinstance(part, str) else torch.tensor(part, dtype=None if part is True else torch.float64)
        )

    for node in graph.nodes:
        function = {**TORCH, "spike": spike}.get(node.op) or getattr(torch, node.op)
        known[node.name] = function(*map(value, node.operands))
    return [value(output) for output in graph.outputs]
