"""A dataset of encoded images for `torch.utils.data.DataLoader`."""

from collections.abc import Sequence
from typing import Annotated

import torch
from torch import Tensor
from torch.utils.data import Dataset

from picojoule.core.arguments import public
from picojoule.core.errors import ShapeError
from picojoule.core.params import Steps, TimeStep, Unit
from picojoule.core.pixels import as_pixels, intensities
from picojoule.encode.base import Encoder
from picojoule.encode.presentations import Presentations


class EncodedDataset(Dataset[tuple[Tensor, Tensor]]):
    """Images that become spikes when they are asked for.

    Item i is `(spikes [T, *N], label)`. Its spikes depend on the seed, the epoch and i, and on nothing else: not on the
    order of items, nor on the number of workers.

    Every pass of a `DataLoader` gives new spikes: when it asks for an image for the k-th time, that is epoch k - 1 of
    that image, also in workers that persist. `data.epoch = k` fixes the epoch until it is set again: for a test; to go
    on with a training; where a pass is broken off (workers may be ahead) or draws an image several times; and where
    items are read one by one, as by `data[i]`, a `ConcatDataset`, or a loader with `batch_size=None`; and where several
    machines share the images.

    Args:
        images: `[n, *N]`: floating point in [0, 1], bytes (divided by 255), or bool.
        labels: `[n]`, one for each image.
        encoder: for instance `Poisson(max_rate=128.0)`.
        steps: number of steps.
        dt: length of a step, in ms.
        seed: of the spikes.

    Raises:
        ShapeError: if there are not as many labels as images, or the scale of the images is not known
            (`picojoule.core.pixels`).

    Example:
        >>> from picojoule.encode.poisson import Poisson
        >>> data = EncodedDataset(torch.rand(8, 4), torch.arange(8), Poisson(), steps=50)
        >>> loader = torch.utils.data.DataLoader(data, batch_size=2, collate_fn=time_first)
        >>> spikes, labels = next(iter(loader))
        >>> spikes.shape, labels
        (torch.Size([50, 2, 4]), tensor([0, 1]))
    """

    @public
    def __init__(
        self, images: Tensor, labels: Tensor, encoder: Encoder, *, steps: Steps, dt: TimeStep = 1.0, seed: int = 0
    ) -> None:
        if images.shape[:1] != labels.shape[:1] or not images.shape[:1].numel() or not labels.dim():
            raise ShapeError(
                f"there must be one label for each of at least one image, got {list(images.shape)} images and "
                f"{list(labels.shape)} labels"
            )
        self.images, self.labels, self.encoder = as_pixels(images), labels, encoder
        self.steps, self.dt, self.seed = steps, dt, seed
        self._presentations = Presentations(len(images))

    @property
    def epoch(self) -> int:
        """How often loaders have gone through all images, or what was set."""
        return self._presentations.whole()

    @epoch.setter
    @public
    def epoch(self, epoch: Annotated[int, Unit("epochs", at_least=0)]) -> None:
        self._presentations.fix(epoch)

    def __len__(self) -> int:
        return len(self.images)

    @public
    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        place = self._place(index)
        return self._item(place, self._presentations.of(place))

    def __getitems__(self, indices: Sequence[int]) -> list[tuple[Tensor, Tensor]]:
        """The items of a batch, as a `DataLoader` asks for them."""
        return [self._item(place, self._presentations.take(place)) for place in map(self._place, indices)]

    def _place(self, index: int) -> int:
        if not -len(self) <= index < len(self):
            raise IndexError(f"image {index} of {len(self)}")  # ends a loop over the dataset
        return index % len(self)

    def _item(self, index: int, presentation: int) -> tuple[Tensor, Tensor]:
        image = self.images[index : index + 1]
        trains = self.encoder.trains(
            intensities(image),
            steps=self.steps,
            dt=self.dt,
            seed=self.seed,
            presentation=presentation,
            samples=[index],
        )
        return trains.dense().reshape(self.steps, *image.shape[1:]), self.labels[index]


@public
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
    if not items:
        raise ShapeError("time_first: items must be at least one pair of spikes and a label, got none")
    spikes, labels = zip(*items, strict=True)
    return torch.stack(spikes, dim=1), torch.stack(labels)
