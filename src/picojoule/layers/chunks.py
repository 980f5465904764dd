"""How many steps a stack takes at a time, so that what one module gives is still in the cache for the next."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.parameter import UninitializedBuffer, UninitializedParameter

# Bytes that the largest activation of a chunk may take. On convolutional stacks, and a CPU with 32 MB of last-level
# cache, chunks of 13 to 50 MB were about equally fast, and whole sequences of 130 to 200 MB took 1.4 to 2 times as
# long; far smaller chunks cost more calls than they save.
AT_ONCE = 16 << 20


class Chunks:
    """The chunks of a sequence, from the first to the last.

    The length of the first rests on an estimate. While the stack goes through it, `saw` is told how large activations
    are, which decides the others. So the same input always gets the same chunks.

    Args:
        x: `[T, B, *N]`.
        length: steps of every chunk but the last; `None`: chosen by size.
        growth: an estimate of how many times larger than the input the largest activation is.
        own: whether a chunk gets memory of its own, because the stack may change it in place.

    Example:
        >>> chunks, sizes = Chunks(torch.zeros(100, 1, 80_000), growth=2.0), []
        >>> for chunk in chunks:
        ...     sizes.append(len(chunk))
        ...     chunks.saw(torch.zeros(len(chunk), 1, 100_000))
        >>> sizes
        [26, 41, 33]
    """

    def __init__(self, x: Tensor, length: int | None = None, growth: float = 1.0, *, own: bool = False) -> None:
        self._x = x
        self._own = own or x.requires_grad  # torch lets nobody change parts of a split with a gradient
        self._length = length
        self._first = max(1.0, growth * _bytes_per_step(x))
        self._largest = 1

    def saw(self, activation: Tensor) -> None:
        """Take note of what a module gave.

        Args:
            activation: `[t, B, *M]`.
        """
        self._largest = max(self._largest, _bytes_per_step(activation))

    def __iter__(self) -> Iterator[Tensor]:
        length = self._length or max(1, int(AT_ONCE / self._first))
        if length >= len(self._x):
            yield self._x
            return
        first, rest = self._x.tensor_split([length])  # the gradient of a slice would be as large as the sequence
        yield self._memory(first)
        for chunk in torch.split(rest, self._length or max(1, AT_ONCE // self._largest)):
            yield self._memory(chunk)

    def _memory(self, part: Tensor) -> Tensor:
        return part.clone() if self._own else part


def growth_of(module: nn.Module) -> float:
    """How many times larger than the input the largest activation will about be, read off the shapes of weights.

    Weights of linear maps and convolutions are `[outputs, inputs, ...]`. What pooling and strides take away is not
    seen, so it is too large rather than too small.

    Args:
        module: a stack.
    """
    size, largest = 1.0, 0.0
    for part in module.modules():
        weight = getattr(part, "weight", None)
        if isinstance(weight, UninitializedParameter | UninitializedBuffer):  # of a lazy module
            continue
        if isinstance(weight, Tensor) and weight.dim() > 1:
            size *= weight.shape[0] / max(1, weight.shape[1] * getattr(part, "groups", 1))
            largest = max(largest, size)
    return largest or 1.0


def needs_all_steps(module: nn.Module) -> bool:
    """Whether a module takes statistics over all that it is given, as batch norm does while it trains.

    Args:
        module: a stack or a part of it.
    """
    return any(
        part.training or not part.track_running_stats
        for part in module.modules()
        if hasattr(part, "track_running_stats")  # batch and instance norms
    )


def _bytes_per_step(x: Tensor) -> int:
    return x[:1].numel() * x.element_size()
