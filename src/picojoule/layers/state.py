"""States that are carried from one stretch of time to the next."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import torch
from torch import Tensor

from picojoule.core.errors import EngineError
from picojoule.core.transforms import transformed
from picojoule.simulate.scan.job import LoopState

_NEAR = 32  # nodes of the graph behind a state that are looked at; a step of the reference loop has fewer
_OF_FUNCTIONS = ("saved_tensors",)  # where a node that is written in Python keeps what it saved


class StackState(NamedTuple):
    """Where the layers of a stack ended."""

    layers: tuple[Any, ...]  # the state of each layer; None for those that have none

    def detach(self) -> "StackState":
        """The same values, cut off from the sequence that they come from: no gradient flows back through them."""
        return StackState(tuple(None if state is None else state.detach() for state in self.layers))


def carried(state: LoopState) -> LoopState:
    """The same state; a backward that runs through it into a sequence that is gone says so in words.

    Args:
        state: what a loop gave.
    """
    tensors = list(state.neuron) if state.spikes is None else [*state.neuron, state.spikes]
    through = [i for i, tensor in enumerate(tensors) if tensor.requires_grad]
    if not (through and torch.is_grad_enabled()) or torch.compiler.is_compiling() or transformed():
        return state
    same = _Carried.apply(*(tensors[i] for i in through))  # type: ignore[no-untyped-call]
    for i, tensor in zip(through, same, strict=True):
        tensors[i] = tensor
    fields = tensors[: len(state.neuron)]
    return state._replace(neuron=type(state.neuron)(*fields), spikes=None if state.spikes is None else tensors[-1])


class _Carried(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, *tensors: Tensor) -> tuple[Tensor, ...]:  # noqa: ANN401
        ctx.set_materialize_grads(False)
        return tuple(tensor.view_as(tensor) for tensor in tensors)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        if _freed([node for node, _ in ctx.next_functions if node is not None]):
            raise EngineError(
                "backward went through a state into a sequence that an earlier backward has finished with, and whose "
                "intermediate values are gone; cut the state off between the two: state = state.detach()"
            )
        return grads


def _freed(nodes: Sequence[Any]) -> bool:
    """Whether what was saved for these nodes, or for the nearest ones behind them, has been freed."""
    nodes = list(dict.fromkeys(nodes))
    for node in nodes:  # grows while it is gone through
        saved = _saved(type(node))  # type: ignore[arg-type]  # mypy holds classes to be unhashable
        try:
            for name in saved:
                getattr(node, name)
        except RuntimeError as error:  # torch's word for it; or for what was changed in place, which it says itself
            return "freed" in str(error)
        whole_loop = saved == _OF_FUNCTIONS  # what lies behind it is another's
        if not whole_loop and len(nodes) < _NEAR:
            nodes += [behind for behind, _ in node.next_functions if behind is not None and behind not in nodes]
    return False


@lru_cache
def _saved(kind: type) -> tuple[str, ...]:
    """The attributes of a kind of node that hold what was saved for it."""
    names = dir(kind)
    return _OF_FUNCTIONS if _OF_FUNCTIONS[0] in names else tuple(n for n in names if n.startswith("_saved_"))
