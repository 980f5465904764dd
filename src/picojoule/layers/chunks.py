"""How many steps a stack takes at a time, so that what one module gives is still in the cache for the next."""

from collections.abc import Iterator

from torch import Tensor, nn

CACHE = 1 << 20  # bytes that the largest activation of a chunk may take: the second-level cache of one core
FIRST = 8  # the first chunk is chosen by the input alone, and this many times smaller: activations may be larger


class Chunks:
    """The chunks of a sequence, from the first to the last.

    The first is short, and chosen by the size of the input. While the stack goes through it, `saw` is told how large
    the activations are, which decides the others. So the same input always gets the same chunks.

    Args:
        x: `[T, B, *N]`.
        length: steps of every chunk but the last; `None`: chosen by size.

    Example:
        >>> import torch
        >>> x = torch.zeros(100, 1, 1000)
        >>> chunks = Chunks(x)
        >>> sizes = []
        >>> for chunk in chunks:
        ...     sizes.append(len(chunk))
        ...     chunks.saw(torch.zeros(len(chunk), 1, 5000))
        >>> sizes
        [32, 52, 16]
    """

    def __init__(self, x: Tensor, length: int | None = None) -> None:
        self._x = x
        self._length = length
        self._largest = max(1, _bytes_per_step(x))

    def saw(self, activation: Tensor) -> None:
        """Take note of what a module gave.

        Args:
            activation: `[t, B, *M]`.
        """
        self._largest = max(self._largest, _bytes_per_step(activation))

    def __iter__(self) -> Iterator[Tensor]:
        steps = self._x.shape[0]
        done = min(steps, self._length or max(1, CACHE // (FIRST * self._largest)))
        yield self._x[:done]
        while done < steps:
            length = self._length or max(1, CACHE // self._largest)
            yield self._x[done : done + length]
            done += length


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
