"""How images are shown: moved a little while training, then held as currents or turned into spikes."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from picojoule.encode.poisson import Poisson
from picojoule.recipes.surrogate_mnist.options import DT, Settings

EPOCH_STRIDE = 7919  # between the seeds of two epochs, a prime: the epochs of neighbouring seeds differ
TEST_NUMBERS = 1 << 24  # test images are numbered from here, so that their spikes are no training image's


def epoch_generator(settings: Settings, epoch: int) -> Generator:
    """Where the order and the shifts of an epoch's images come from, whatever happened before it."""
    return torch.Generator().manual_seed(settings.options.seed + EPOCH_STRIDE * epoch)


def batches(images: int, size: int, generator: Generator) -> Iterator[Tensor]:
    """The numbers of the images of an epoch in a random order, batch by batch.

    Example:
        >>> [len(batch) for batch in batches(10, 4, torch.Generator())]
        [4, 4, 2]
    """
    return iter(torch.split(torch.randperm(images, generator=generator), size))


def shifted(pictures: Tensor, most: int, generator: Generator) -> Tensor:
    """Every picture moved up or down and left or right by up to `most` pixels; black comes in.

    Args:
        pictures: `[B, height, width]`.
        most: pixels.
        generator: of the distances.

    Example:
        >>> moved = shifted(torch.eye(3)[None], 1, torch.Generator().manual_seed(0))
        >>> moved.shape
        torch.Size([1, 3, 3])
    """
    count, height, width = pictures.shape
    down, right = torch.randint(0, 2 * most + 1, (2, count), generator=generator)
    padded = torch.nn.functional.pad(pictures, (most,) * 4)
    rows = down[:, None] + torch.arange(height)
    columns = right[:, None] + torch.arange(width)
    return padded[torch.arange(count)[:, None, None], rows[:, :, None], columns[:, None, :]]


@dataclass(frozen=True)
class Showing:
    """What a network gets to see of an image in every step."""

    settings: Settings

    def __call__(self, pictures: Tensor, numbers: Tensor, epoch: int) -> Tensor:
        """Show pictures for all steps.

        Args:
            pictures: `[B, height, width]` in [0, 1].
            numbers: `[B]`, the number of each image, which with seed and epoch decides its Poisson spikes.
            epoch: how often the images have been shown before.

        Returns:
            `[T, B, 1, height, width]`: the intensities as constant currents (all steps are the same memory), or spikes.
        """
        steps = self.settings.steps
        if self.settings.options.encoding == "current":
            return pictures[:, None].expand(steps, -1, 1, *pictures.shape[1:])
        encoder = Poisson(max_rate=self.settings.max_rate)
        trains = encoder.trains(
            pictures, steps=steps, dt=DT, seed=self.settings.options.seed, presentation=epoch, samples=numbers
        )
        return trains.dense().reshape(steps, len(pictures), 1, *pictures.shape[1:])
