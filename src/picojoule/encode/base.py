"""What every encoder is.

The spikes of a sample depend on the seed, on the sample's number, on how often it has been presented, and on nothing else:
not on the batch it comes in, the order of samples, the engine or the number of threads.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from picojoule.core.errors import ParameterError, ShapeError
from picojoule.core.params import Unit, check, validate
from picojoule.core.trains import SpikeTrains


class Encoder(ABC):
    """Base of every encoder: a frozen dataclass of parameters."""

    def __post_init__(self) -> None:
        validate(self)

    def __call__(
        self, intensities: Tensor, *, steps: int, dt: float = 1.0, seed: int = 0, presentation: int = 0
    ) -> Tensor:
        """Encode a batch as a tensor; sample b of the batch is number b.

        Args:
            intensities: `[B, *N]`, values in [0, 1].
            steps: number of steps, at least 1.
            dt: length of a step, in ms.
            seed: any whole number.
            presentation: how often these samples have been presented before; another number gives other spikes.

        Returns:
            Spikes `[T, B, *N]` of 0 and 1.
        """
        trains = self.trains(intensities, steps=steps, dt=dt, seed=seed, presentation=presentation)
        return trains.dense().reshape(steps, *intensities.shape)

    def trains(  # noqa: PLR0917
        self,
        intensities: Tensor,
        *,
        steps: int,
        dt: float = 1.0,
        seed: int = 0,
        presentation: int = 0,
        samples: Sequence[int] | Tensor | None = None,
    ) -> SpikeTrains:
        """Encode a batch as lists of spikes.

        Args:
            intensities: `[B, *N]`, values in [0, 1].
            steps: number of steps, at least 1.
            dt: length of a step, in ms.
            seed: any whole number.
            presentation: how often these samples have been presented before.
            samples: the number of each sample, for instance its place in a dataset; `None`: 0, 1, 2, …

        Returns:
            Spikes of all samples.

        Raises:
            ParameterError: if a parameter is out of range.
            ShapeError: if intensities are not in [0, 1], or NaN.
        """
        check("steps", steps, Unit("steps", at_least=1))
        check("dt", dt, Unit("ms", above=0.0))
        self.check_step(dt)
        flat = checked_intensities(intensities)
        numbers = np.arange(len(flat)) if samples is None else np.asarray(samples)
        if len(numbers) != len(flat):
            raise ParameterError(f"samples must number all {len(flat)} intensities, got {len(numbers)} numbers")
        return self._trains(flat, steps, dt, seed, presentation, numbers.astype(np.int64))

    def check_step(self, dt: float) -> None:
        """Refuse a step that this encoder cannot use."""

    @abstractmethod
    def _trains(
        self,
        intensities: "np.typing.NDArray[np.float32]",
        steps: int,
        dt: float,
        seed: int,
        presentation: int,
        samples: "np.typing.NDArray[np.int64]",
    ) -> SpikeTrains:
        """Encode checked intensities `[B, N]`."""


def checked_intensities(intensities: Tensor) -> "np.typing.NDArray[np.float32]":
    """Intensities as a contiguous float32 array `[B, N]`, refused where they lie outside [0, 1]."""
    if intensities.dim() < 2 or 0 in intensities.shape:
        raise ShapeError(f"intensities must be [B, *N] with at least one of each, got {list(intensities.shape)}")
    if not intensities.is_floating_point():
        raise ShapeError(f"intensities must be float in [0, 1], got {intensities.dtype}; divide bytes by 255")
    flat = intensities.detach().to("cpu", torch.float32).flatten(1).contiguous()
    low, high = (float(bound) for bound in flat.aminmax())
    if not (low >= 0.0 and high <= 1.0):
        raise ShapeError(f"intensities must lie in [0, 1] without NaN, got [{low:g}, {high:g}]; rescale them")
    array: np.typing.NDArray[np.float32] = flat.numpy()
    return array
