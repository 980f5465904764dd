"""Large arrays that are used again.

The first touch of fresh memory costs several times what a loop over it costs, so the memory of large results is kept
when the last tensor on it is gone, and given to the next result of about that size.
"""

import weakref
from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
import torch
from torch import Tensor

from picojoule.core.locks import Lock

_SMALLEST = 1 << 18  # bytes: below that, torch's own allocation is as fast
_ALIGNED = 64
_NUMPY = {torch.float32: np.float32, torch.float64: np.float64, torch.uint8: np.uint8}


class Buffers:
    """A store of memory that is not in use.

    Args:
        idle_bytes: how much to keep at most.

    Example:
        >>> buffers = Buffers()
        >>> first = buffers.empty((1024, 1024), torch.float32)
        >>> place = first.data_ptr()
        >>> del first
        >>> buffers.empty((1024, 1024), torch.float32).data_ptr() == place
        True
    """

    def __init__(self, idle_bytes: int = 2 << 30) -> None:
        self._idle_bytes = idle_bytes
        self._idle: list[Any] = []
        self._lock = Lock()  # memory may come back wherever the garbage collector runs, in the midst of this too

    def empty(self, shape: Sequence[int], dtype: torch.dtype) -> Tensor:
        """A tensor with arbitrary content, on the CPU.

        Args:
            shape: its shape.
            dtype: float32, float64 or uint8.
        """
        kind: Any = np.dtype(_NUMPY[dtype])
        size = prod(shape) * kind.itemsize
        if size < _SMALLEST:
            return torch.empty(tuple(shape), dtype=dtype, device="cpu")
        block = self._taken(size + _ALIGNED)
        start = -block.ctypes.data % _ALIGNED
        view = block[start : start + size].view(kind).reshape(tuple(shape))
        weakref.finalize(view, self._give_back, block).atexit = False
        return torch.from_numpy(view)  # and no view of it: an operation in place after the loop would be refused

    def clear(self) -> None:
        """Hand all idle memory back to the system."""
        with self._lock:
            self._idle.clear()

    def _taken(self, size: int) -> Any:  # noqa: ANN401
        """The smallest idle block that is large enough and at most a quarter too large, or a new one."""
        with self._lock:
            fitting = [block for block in self._idle if size <= block.size <= size + size // 4]
            if fitting:
                best = min(fitting, key=lambda block: int(block.size))
                self._idle = [block for block in self._idle if block is not best]
                return best
        return np.empty(size, dtype=np.uint8)

    def _give_back(self, block: Any) -> None:  # noqa: ANN401
        with self._lock:
            self._idle.append(block)
            while self._idle and sum(idle.size for idle in self._idle) > self._idle_bytes:
                self._idle.pop(0)


BUFFERS = Buffers()
