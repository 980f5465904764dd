"""What every layer with a state is: a torch module that is told where to start and tells where it ended."""

import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Protocol, Self

from torch import Tensor, nn
from torch.nn.modules import module as everywhere

from picojoule.core.arguments import public
from picojoule.core.errors import ParameterError
from picojoule.core.params import Shaped
from picojoule.simulate.derivatives import refuse_tracing


class State(Protocol):
    """Where a layer ended: handed back by `advance`, and taken by the next `advance`."""

    def detach(self) -> Self:
        """The same values, cut off from the sequence that they come from."""


@dataclass(eq=False)
class _Call:
    """A call of a layer that goes on from a state: before it the state given, afterwards the state reached."""

    layer: nn.Module
    state: Any


class _Calls(threading.local):
    """What `forward` is told beside its arguments, so that torch's hooks see the call that they know."""

    def __init__(self) -> None:
        self.current: _Call | None = None


_CALLS = _Calls()


class Layer(nn.Module, ABC):
    """Base of every layer with a state. Nothing of a sequence stays behind in the module.

    A layer of your own implements `advance`, handing each part its own part of the state; then it stands in a
    `Sequential` like any other.
    """

    @abstractmethod
    def advance(self, x: Any, state: Any = None, mask: Tensor | None = None) -> tuple[Tensor, Any]:  # noqa: ANN401
        """Go on from a state.

        A sequence fed in pieces, each with the state that the last one gave, gives what the whole sequence gives.
        Between two calls of `backward`, cut the state off: `state = state.detach()`.

        Args:
            x: what arrives, `[T, B, *N]`.
            state: what the last call gave; `None` starts a new sequence.
            mask: `[T, B]` bool, False where a padded sample has ended: its state, with the spikes that are under way
                in a recurrent layer, stands still and it gives no spike.

        Returns:
            The output `[T, B, *N]`, and the state after the last step.
        """

    @public
    def forward(self, x: Any, mask: Tensor | None = None) -> Tensor:  # noqa: ANN401  # a tensor, or one per port
        """Run a whole sequence from the start.

        Args:
            x: what arrives, `[T, B, *N]`.
            mask: `[T, B]` bool, False where a padded sample has ended.

        Returns:
            The output, `[T, B, *N]`.
        """
        refuse_tracing()
        call = _CALLS.current
        if call is None or call.layer is not self:
            return self.advance(x, None, mask)[0]
        _CALLS.current = None
        output, call.state = self.advance(x, call.state, mask)
        return output

    @public
    def step(self, frame: Shaped | tuple[Shaped, ...], state: Any = None) -> tuple[Tensor, Any]:  # noqa: ANN401
        """Go on by a single step, for data that arrive frame by frame.

        Args:
            frame: what arrives, `[B, *N]`.
            state: what the last call gave; `None` starts a new sequence.

        Returns:
            The output `[B, *N]`, and the state after the step.
        """
        x = frame.unsqueeze(0) if isinstance(frame, Tensor) else tuple(port.unsqueeze(0) for port in frame)
        output, state = self.advance(x, state)
        return output[0], state


def go_on(layer: Layer, x: Any, state: Any, mask: Tensor | None) -> tuple[Tensor, Any]:  # noqa: ANN401
    """`layer.advance`, with the hooks of torch that somebody has registered for its `forward`, or for all modules.

    Args:
        layer: of any kind.
        x: what arrives, `[T, B, *N]`.
        state: what the last call gave; `None` starts a new sequence.
        mask: `[T, B]` bool, False where a padded sample has ended.

    Raises:
        ParameterError: if it has a `forward` of its own.
    """
    check_forward(layer)
    if not _hooked(layer):
        return layer.advance(x, state, mask)
    before, _CALLS.current = _CALLS.current, (call := _Call(layer, state))
    try:
        output: Tensor = layer(x) if mask is None else layer(x, mask)
    finally:
        _CALLS.current = before
    return output, call.state


def check_forward(layer: Layer) -> None:
    """Refuse a layer in a stack whose `forward` would not be called there.

    Args:
        layer: of any kind.

    Raises:
        ParameterError: if its class, or something put in its place, overrides `forward`.
    """
    if type(layer).forward is not Layer.forward or "forward" in vars(layer):
        raise ParameterError(
            f"{type(layer).__name__} overrides forward, which a Sequential does not call; override advance"
        )


def _hooked(layer: Layer) -> bool:
    own = (layer._forward_pre_hooks, layer._forward_hooks, layer._backward_pre_hooks, layer._backward_hooks)
    return any(own) or any(
        (
            everywhere._global_forward_pre_hooks, everywhere._global_forward_hooks,
            everywhere._global_backward_pre_hooks, everywhere._global_backward_hooks,
        )
    )  # fmt: skip
