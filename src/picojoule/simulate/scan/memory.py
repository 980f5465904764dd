"""What a loop keeps between its forward and its backward pass."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import isqrt


class Memory(ABC):
    """How a time loop trades memory for time."""

    @abstractmethod
    def stretch(self, steps: int) -> int:
        """How many steps lie between two stored states; all of them: nothing is computed again."""


@dataclass(frozen=True)
class StoreAll(Memory):
    """Store what backward needs of every step: the fastest.

    Example:
        >>> StoreAll().stretch(1000)
        1000
    """

    def stretch(self, steps: int) -> int:
        """All steps."""
        return max(1, steps)


@dataclass(frozen=True)
class Checkpoints(Memory):
    """Store the state every √T steps, and go through each stretch again in the backward pass.

    What is stored beside inputs and results shrinks from T to about 2 √T steps, for one more forward pass.

    Example:
        >>> Checkpoints().stretch(1000)
        32
    """

    def stretch(self, steps: int) -> int:
        """The square root of the number of steps, rounded up."""
        return max(1, isqrt(max(0, steps - 1)) + 1)
