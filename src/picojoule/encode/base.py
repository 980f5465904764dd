"""What every encoder is.

The spikes of a sample depend on the seed, on the sample's number, on how often it has been presented, and on nothing
else: not on the batch it comes in, the order of samples, the engine or the number of threads.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from picojoule.core.arguments import public
from picojoule.core.errors import ParameterError, ShapeError
from picojoule.core.params import Presented, Steps, TimeStep, validate
from picojoule.core.trains import SpikeTrains


class Encoder(ABC):
    """Base of every encoder: a frozen dataclass of parameters.

    Raises:
        ParameterError: if a parameter lies outside the range that its type declares.
    """

    def __post_init__(self) -> None:
        validate(self)

    @public
    def __call__(
        self, intensities: Tensor, *, steps: Steps, dt: TimeStep = 1.0, seed: int = 0, presentation: Presented = 0
    ) -> Tensor:
        """Encode a batch as a tensor; sample b of the batch is number b.

        Args:
            intensities: `[B, *N]`, values in [0, 1], or bool.
            steps: number of steps, at least 1.
            dt: length of a step, in ms.
            seed: any whole number.
            presentation: how often these samples have been presented before; another number gives other spikes.

        Returns:
            Spikes `[T, B, *N]` of 0 and 1, float32.

        Raises:
            ParameterError: if a parameter is out of range.
            ShapeError: if intensities are not in [0, 1], or NaN, or an encoder of one's own gives other trains.
        """
        trains = self.trains(intensities, steps=steps, dt=dt, seed=seed, presentation=presentation)
        return trains.dense().reshape(steps, *intensities.shape)

    @public
    def trains(
        self,
        intensities: Tensor,
        *,
        steps: Steps,
        dt: TimeStep = 1.0,
        seed: int = 0,
        presentation: Presented = 0,
        samples: Sequence[int] | Tensor | None = None,
    ) -> SpikeTrains:
        """Encode a batch as lists of spikes.

        Args:
            intensities: `[B, *N]`, values in [0, 1], or bool.
            steps: number of steps, at least 1.
            dt: length of a step, in ms.
            seed: any whole number; its lowest 64 bits count.
            presentation: how often these samples have been presented before, at least 0.
            samples: the number of each sample, for instance its place in a dataset; `None`: 0, 1, 2, …

        Returns:
            Spikes of all samples.

        Raises:
            ParameterError: if a parameter is out of range.
            ShapeError: if intensities are not in [0, 1], or NaN, or an encoder of one's own gives other trains.
        """
        self.check_step(dt)
        flat = checked_intensities(intensities)
        numbers = np.arange(len(flat)) if samples is None else np.atleast_1d(np.asarray(samples))
        if len(numbers) != len(flat):
            raise ParameterError(f"samples must number all {len(flat)} intensities, got {len(numbers)} numbers")
        found: object = self._trains(
            flat, steps=steps, dt=dt, seed=seed, presentation=presentation, samples=numbers.astype(np.int64)
        )
        return self._checked(found, steps, *flat.shape)

    def _checked(self, found: object, steps: int, samples: int, size: int) -> SpikeTrains:
        """Trains as they were asked for; an encoder of one's own may have given others."""
        kind = type(self).__name__
        if not isinstance(found, SpikeTrains):
            raise ShapeError(
                f"{kind}._trains must return SpikeTrains, got {type(found).__name__}; return trains_from_spikes(spikes)"
            )
        if (found.steps, found.samples) != (steps, samples):
            raise ShapeError(
                f"{kind} made {found.steps} steps of {found.samples} samples, asked for {steps} of {samples}; make "
                f"spikes [T, B, N]"
            )
        if found.size != size:
            raise ShapeError(f"{kind} made spikes of {found.size} inputs, asked for {size}; make spikes [T, B, N]")
        return found

    def check_step(self, dt: float) -> None:  # noqa: B027  # many encoders can use any step
        """Refuse a step that this encoder cannot use.

        Args:
            dt: length of a step, in ms.

        Raises:
            ParameterError: if it cannot; the message says which steps it can use.
        """

    @abstractmethod
    def _trains(
        self,
        intensities: NDArray[np.float32],
        *,
        steps: int,
        dt: float,
        seed: int,
        presentation: int,
        samples: NDArray[np.int64],
    ) -> SpikeTrains:
        """Encode checked intensities `[B, N]`."""


def checked_intensities(intensities: Tensor) -> NDArray[np.float32]:
    """Intensities as a contiguous array.

    Args:
        intensities: `[B, *N]`, floating point in [0, 1], or bool. Bytes are refused: what a batch of them means depends
            on all images (`picojoule.core.pixels`).

    Returns:
        The same numbers `[B, N]` in float32.

    Raises:
        ShapeError: if an axis is missing or empty, the dtype is another, or a value is NaN or outside
            [0, 1].

    Example:
        >>> checked_intensities(torch.full((1, 2), 0.5))
        array([[0.5, 0.5]], dtype=float32)
    """
    if intensities.dim() < 2 or 0 in intensities.shape:
        raise ShapeError(f"intensities must be [B, *N] with at least one of each, got {list(intensities.shape)}")
    if not (intensities.is_floating_point() or intensities.dtype == torch.bool):
        raise ShapeError(f"intensities must be float in [0, 1], got {intensities.dtype}; divide bytes by 255")
    flat = intensities.detach().to("cpu", torch.float32).flatten(1).contiguous()
    low, high = (float(bound) for bound in flat.aminmax())
    if not (low >= 0.0 and high <= 1.0):
        raise ShapeError(f"intensities must lie in [0, 1] without NaN, got [{low:g}, {high:g}]; rescale them")
    array: NDArray[np.float32] = flat.numpy()
    return array
