"""Spike trains of a batch as lists: for each sample and step, which inputs spike.

The event engine reads spikes in this form, encoders write it; `[T, B, N]` tensors are turned into it and back.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from picojoule.core.arguments import public, validate
from picojoule.core.errors import ShapeError


@dataclass(frozen=True, eq=False)
class SpikeTrains:
    """Spikes of `samples` samples over `steps` steps from `size` inputs.

    Args:
        pointers: `[samples, steps + 1]` int64; sample s spikes in step t at places `pointers[s, t]` up to
            `pointers[s, t + 1]` of `indices`.
        indices: int32, the inputs that spike, ascending within a step.
        size: number of inputs.
    """

    pointers: npt.NDArray[np.int64]
    indices: npt.NDArray[np.int32]
    size: int

    def __post_init__(self) -> None:
        validate(self)

    @property
    def samples(self) -> int:
        """Number of samples."""
        return int(self.pointers.shape[0])

    @property
    def steps(self) -> int:
        """Number of steps."""
        return int(self.pointers.shape[1]) - 1

    @property
    def spikes(self) -> int:
        """Number of spikes of all samples."""
        return int((self.pointers[:, -1] - self.pointers[:, 0]).sum())

    def at(self, sample: int, step: int) -> npt.NDArray[np.int32]:
        """The inputs that spike in one step of one sample."""
        return self.indices[self.pointers[sample, step] : self.pointers[sample, step + 1]]

    def by_input(self) -> npt.NDArray[np.int64]:
        """Spikes of each input, of all samples together.

        Example:
            >>> trains_from_spikes(torch.tensor([[[0.0, 1.0]], [[1.0, 1.0]]])).by_input()
            array([1, 2])
        """
        counts = np.zeros(self.size, np.int64)
        for places in self.pointers:
            counts += np.bincount(self.indices[places[0] : places[-1]], minlength=self.size)
        return counts

    def dense(self) -> Tensor:
        """The spikes as a tensor `[steps, samples, size]` of 0 and 1.

        Example:
            >>> spikes = torch.tensor([[[0.0, 1.0]], [[1.0, 1.0]]])
            >>> bool((trains_from_spikes(spikes).dense() == spikes).all())
            True
        """
        spikes = np.zeros((self.samples, self.steps, self.size), dtype=np.float32)
        for sample in range(self.samples):
            places = self.pointers[sample]
            steps = np.repeat(np.arange(self.steps), np.diff(places))
            spikes[sample, steps, self.indices[places[0] : places[-1]]] = 1.0
        return torch.from_numpy(spikes).transpose(0, 1)


@public
def trains_from_spikes(spikes: Tensor) -> SpikeTrains:
    """List the spikes of a dense tensor.

    Args:
        spikes: `[T, B, *N]` of 0 and 1.

    Returns:
        The same spikes as trains; several input axes are flattened into one.

    Raises:
        ShapeError: if axes are missing, or a value is neither 0 nor 1 (NaN included).
    """
    if spikes.dim() < 3 or 0 in spikes.shape:
        raise ShapeError(f"spikes must be [T, B, *N] with at least one of each, got {list(spikes.shape)}")
    flat = spikes.detach().cpu().flatten(2).transpose(0, 1)  # [B, T, N]
    spiked = flat != 0
    if not bool((flat == spiked).all()):
        b, t, i = (flat != spiked).nonzero()[0].tolist()
        raise ShapeError(
            f"spikes must be 0 or 1, found another value or NaN; encode intensities first. The first is "
            f"{float(flat[b, t, i]):g} in step {t} of sample {b}, number {i}"
        )
    mask = np.ascontiguousarray(spiked.numpy())
    counts = mask.sum(axis=2, dtype=np.int64)
    ends = counts.cumsum().reshape(counts.shape)
    pointers = np.concatenate([ends[:, :1] - counts[:, :1], ends], axis=1)
    return SpikeTrains(pointers, (np.flatnonzero(mask) % mask.shape[2]).astype(np.int32), mask.shape[2])
