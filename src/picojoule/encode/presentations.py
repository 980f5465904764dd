"""How often each image has been shown, known to every process that loads images."""

from contextlib import suppress
from typing import Any

import torch


class Presentations:
    """The number of the next presentation of each image, in memory that worker processes share.

    Args:
        size: number of images.

    Example:
        >>> shown = Presentations(2)
        >>> shown.take(1), shown.take(1), shown.of(0)
        (0, 1, 0)
    """

    def __init__(self, size: int) -> None:
        self._fixed, self._taken = torch.full((1,), -1), torch.zeros(size, dtype=torch.int64)
        self._share()

    @property
    def fixed(self) -> int | None:
        """The number that all images have, where it was fixed."""
        number = int(self._fixed)
        return None if number < 0 else number

    def fix(self, number: int) -> None:
        """Give all images one number from now on, however often they are shown."""
        self._fixed.fill_(number)

    def of(self, index: int) -> int:
        """The number of the next presentation of an image."""
        return int(self._taken[index]) if self.fixed is None else int(self._fixed)

    def take(self, index: int) -> int:
        """The number of a presentation that happens now."""
        number = self.of(index)
        self._taken[index] += 1
        return number

    def whole(self) -> int:
        """How often all images have been shown."""
        return int(self._taken.min()) if self.fixed is None else int(self._fixed)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._share()  # a copy, or what came out of a file, has memory of its own

    def _share(self) -> None:
        with suppress(RuntimeError):  # where no memory can be shared there are no worker processes either
            for numbers in (self._fixed, self._taken):
                numbers.share_memory_()  # type: ignore[no-untyped-call]
