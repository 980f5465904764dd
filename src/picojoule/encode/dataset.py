"""A dataset of encoded images for `torch.utils.data.DataLoader`."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.utils.data import Dataset

from picojoule.core.errors import ShapeError
from picojoule.encode.base import Encoder


class EncodedDataset(Dataset[tuple[Tensor, Tensor]]):
    """Images that become spikes when they are asked for.

    Item i is `(spikes [T, *N], label)`. Its spikes depend on the seed, the epoch and i, and on nothing else: not on the
    order of items, nor on the number of workers.

    Args:
        images: intensities `[n, *N]` in [0, 1], or bytes.
        labels: `[n]`, one for each image.
        encoder: for instance `Poisson(max_rate=128.0)`.
        steps: number of steps.
        dt: length of a step, in ms.
        seed: of the spikes.

    Raises:
        ShapeError: if there are not as many labels as images.

    Example:
        >>> from picojoule.encode.poisson import Poisson
        >>> data = EncodedDataset(torch.rand(8, 4), torch.arange(8), Poisson(), steps=50)
        >>> loader = torch.utils.data.DataLoader(data, batch_size=2, collate_fn=time_first)
        >>> spikes, labels = next(iter(loader))
        >>> spikes.shape, labels
        (torch.Size([50, 2, 4]), tensor([0, 1]))
    """

    def __init__(
        self, images: Tensor, labels: Tensor, encoder: Encoder, *, steps: int, dt: float = 1.0, seed: int = 0
    ) -> None:
        if len(images) != len(labels) or len(images) == 0:
            raise ShapeError(
                f"there must be one label for each of at least one image, got {len(images)} images and "
                f"{len(labels)} labels"
            )
        self.images, self.labels, self.encoder = images, labels, encoder
        self.steps, self.dt, self.seed = steps, dt, seed
        self.epoch = 0

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        if not -len(self) <= index < len(self):
            raise IndexError(f"image {index} of {len(self)}")  # ends a loop over the dataset
        index %= len(self)
        image = self.images[index : index + 1]
        intensities = image if image.is_floating_point() else image.to(torch.float32) / 255.0
        trains = self.encoder.trains(
            intensities,
            steps=self.steps,
            dt=self.dt,
            seed=self.seed,
            presentation=self.epoch,
            samples=[index],
        )
        return trains.dense().reshape(self.steps, *image.shape[1:]), self.labels[index]


def time_first(items: Sequence[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    """Collate items of an `EncodedDataset` into a batch.

    Args:
        items: pairs of spikes `[T, *N]` and a label.

    Returns:
        Spikes `[T, B, *N]` and labels `[B]`.

    Example:
        >>> spikes, labels = time_first([(torch.zeros(50, 4), torch.tensor(7))] * 2)
        >>> spikes.shape, labels
        (torch.Size([50, 2, 4]), tensor([7, 7]))
    """
    spikes, labels = zip(*items, strict=True)
    return torch.stack(spikes, dim=1), torch.stack(labels)
