"""What every layer with a state is: a torch module that is told where to start and tells where it ended."""

from abc import ABC, abstractmethod
from typing import Any, Protocol, Self

from torch import Tensor, nn

from picojoule.core.arguments import public
from picojoule.core.params import Shaped
from picojoule.simulate.derivatives import refuse_tracing


class State(Protocol):
    """Where a layer ended: handed back by `advance`, and taken by the next `advance`."""

    def detach(self) -> Self:
        """The same values, cut off from the sequence that they come from."""


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
        return self.advance(x, None, mask)[0]

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
