"""Images with labels, kept as bytes and handed out as intensities.

Pixels stay in the type they were stored in, one byte each for every dataset here, so that 60,000 images of 28 × 28
take 47 MB; `LabelledImages.intensities` makes float32 of those that are asked for.
"""

import operator
from copy import copy
from dataclasses import dataclass
from typing import Any, Self, SupportsIndex, overload

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from picojoule.core.arguments import public, validate
from picojoule.core.errors import DataError, ParameterError, ShapeError
from picojoule.core.events import WHOLE_NUMBERS
from picojoule.core.kinds import kind_of, take
from picojoule.core.params import Classes
from picojoule.core.pixels import as_pixels, intensities

Index = Tensor | slice | list[int] | NDArray[Any]


@dataclass(frozen=True, eq=False, repr=False)
class LabelledImages(Dataset[tuple[Tensor, Tensor]]):
    """Images and the class of each: a dataset for `torch.utils.data.DataLoader`, whose items are intensity and label.

    Args:
        images: `[n, *shape]`: uint8 in 0 … 255, floating point in [0, 1], or bool.
        labels: `[n]`, the class of each image, counted from 0.

    Raises:
        DataError: if there is no image, or not one label per image.
        ShapeError: if a dtype, a number of dimensions or a value does not fit; the message says which.

    Example:
        >>> digits = LabelledImages(torch.tensor([[[0, 255]], [[51, 102]]], dtype=torch.uint8), torch.tensor([3, 7]))
        >>> digits
        LabelledImages(2 images of 1 × 2, uint8)
        >>> digits.intensities(slice(1, 2))
        tensor([[[0.2000, 0.4000]]])
        >>> digits[1], digits[:1]
        ((tensor([[0.2000, 0.4000]]), tensor(7)), LabelledImages(1 images of 1 × 2, uint8))
    """

    images: Tensor  # [n, *shape]
    labels: Tensor  # [n]

    def __post_init__(self) -> None:
        validate(self)
        as_pixels(self.images)
        object.__setattr__(self, "labels", _whole(self.labels))
        if len(self.images) != len(self.labels):
            raise DataError(
                f"{len(self.images)} images have {len(self.labels)} labels; one label per image is needed. "
                "Cut both to the same samples."
            )
        self._check_not_empty()

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.images)

    @overload
    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]: ...
    @overload
    def __getitem__(self, index: Index) -> Self: ...
    def __getitem__(self, index: int | Index) -> tuple[Tensor, Tensor] | Self:
        """One image as intensities with its label; of a slice, positions or a mask, those images."""
        array = isinstance(index, np.ndarray | Tensor)
        if isinstance(index, slice) or not isinstance(index, SupportsIndex) or (array and np.ndim(index)):
            return self.subset(index)  # type: ignore[arg-type]  # and it refuses what is no index at all
        place = operator.index(index)
        if not -len(self) <= place < len(self):
            raise IndexError(f"image {place} of {len(self)}")  # ends a loop over the images
        return intensities(self.images[place]), self.labels[place]

    def __repr__(self) -> str:
        dtype = str(self.images.dtype).removeprefix("torch.")
        return f"LabelledImages({len(self):,} images of {' × '.join(map(str, self.shape))}, {dtype})"

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one image."""
        return tuple(self.images.shape[1:])

    @public
    def intensities(self, index: Index | None = None) -> Tensor:
        """Return images as float32 in [0, 1]: a byte divided by 255, a floating-point pixel as it is.

        Args:
            index: the images wanted, as a slice, positions or a mask `[n]`; `None` for all of them.

        Returns:
            `[k, *shape]`, float32.
        """
        return intensities(self.images if index is None else self.images[self._checked(index)])

    def subset(self, index: Index) -> Self:
        """Return the images that `index` (a slice, positions or a mask) chooses, with their labels.

        Raises:
            DataError: if it chooses none.
        """
        places = self._checked(index)
        chosen = copy(self)  # all images together were looked at, and a few may be dark
        object.__setattr__(chosen, "images", self.images[places])
        object.__setattr__(chosen, "labels", self.labels[places])
        chosen._check_not_empty()
        return chosen

    def _checked(self, index: Index) -> Tensor | slice:
        if isinstance(index, slice):
            return index
        places: Tensor = take("index", kind_of(Tensor), index)
        mask = places.dtype == torch.bool
        if places.dim() != 1 or (places.numel() and places.is_floating_point()) or (mask and len(places) != len(self)):
            raise ShapeError(
                f"index must be whole [k] or a mask [{len(self)}], got {places.dtype} {list(places.shape)}"
            )
        if not mask and places.numel() and not -len(self) <= int(places.min()) <= int(places.max()) < len(self):
            raise ShapeError(f"index must lie in 0 … {len(self) - 1}, got {int(places.min())} … {int(places.max())}")
        return places if mask else places.long()

    @public
    def counts(self, n_classes: Classes) -> Tensor:
        """Return how many images each class has, `[n_classes]`, int64."""
        return torch.bincount(self.labels, minlength=n_classes)

    def _check_not_empty(self) -> None:
        if self.images.numel() == 0:
            raise DataError(
                f"images of shape {tuple(self.images.shape)} hold no pixel; at least one image is needed. "
                "Check the file or the index that they were taken with."
            )


@dataclass(frozen=True, eq=False)
class ImageDataset:
    """A dataset of labelled images, split into training and test images.

    Args:
        name: the name it is loaded by.
        train: images to learn from.
        test: images that only the final accuracy may look at.
        n_classes: number of classes, at least 2.
        sources: where the images come from, for citations and reports.

    Raises:
        DataError: if the training images are all of one class, or a label is not below `n_classes`.
        ShapeError: if training and test images differ in shape.

    Example:
        >>> pixels, labels = torch.zeros(6, 2, 2, dtype=torch.uint8), torch.tensor([0, 1, 0, 1, 0, 1])
        >>> both = LabelledImages(pixels, labels)
        >>> toy = ImageDataset("toy", train=both, test=both, n_classes=2)
        >>> fit, validation = toy.split_validation(2)
        >>> len(fit), validation.labels.tolist()
        (4, [0, 1])
    """

    name: str
    train: LabelledImages
    test: LabelledImages
    n_classes: Classes
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        validate(self)
        if self.train.shape != self.test.shape:
            raise ShapeError(
                f"{self.name}: training images have shape {self.train.shape} and test images {self.test.shape}; "
                "bring both to one shape."
            )
        for part, images in (("training", self.train), ("test", self.test)):
            if (highest := int(images.labels.max())) >= self.n_classes:
                raise DataError(
                    f"{self.name}: a {part} image has label {highest}, but n_classes={self.n_classes} allows "
                    f"0 … {self.n_classes - 1}. Set n_classes={highest + 1} or renumber the labels."
                )
        if (lowest := int(self.train.labels.min())) == int(self.train.labels.max()):
            raise DataError(
                f"{self.name}: all {len(self.train)} training images are of class {lowest}; "
                "at least 2 classes are needed. Take more images or a mixed order."
            )

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one image."""
        return self.train.shape

    @public
    def split_validation(self, count: int) -> tuple[LabelledImages, LabelledImages]:
        """Hold out the last `count` training images, to choose settings without looking at the test images.

        Args:
            count: number of images held out, at least 1, less than there are training images.

        Returns:
            The images to learn from and the images held out.

        Raises:
            ParameterError: if `count` is outside this range.
        """
        rest = len(self.train) - count
        if count < 1 or rest < 1:
            raise ParameterError(
                f"{self.name}: count must be 1 … {len(self.train) - 1}, got {count}; "
                f"of {len(self.train)} training images some must be left to learn from."
            )
        return self.train.subset(slice(rest)), self.train.subset(slice(rest, None))

    @public
    def subset(self, *, train: int | None = None, test: int | None = None) -> "ImageDataset":
        """Return the dataset cut to its first images, for quick trials.

        Args:
            train: number of training images, at least 1, at most what there is; `None` keeps all.
            test: the same for test images.

        Raises:
            ParameterError: if a number is outside this range.
            DataError: if the first `train` images are all of one class.
        """
        return ImageDataset(
            self.name,
            train=self._first(train, "train"),
            test=self._first(test, "test"),
            n_classes=self.n_classes,
            sources=self.sources,
        )

    def _first(self, count: int | None, part: str) -> LabelledImages:
        images: LabelledImages = getattr(self, part)
        if count is None:
            return images
        if not 1 <= count <= len(images):
            raise ParameterError(f"{self.name}: {part} must be 1 … {len(images)} images, got {count}.")
        return images.subset(slice(count))


def _whole(labels: Tensor) -> Tensor:
    if labels.dim() != 1 or labels.dtype not in WHOLE_NUMBERS:
        raise ShapeError(
            f"labels must be int64 [n], got {labels.dtype} with shape {tuple(labels.shape)}. "
            "Convert them with .to(torch.int64); one-hot labels with .argmax(1)."
        )
    if labels.numel() and (lowest := int(labels.min())) < 0:
        raise ShapeError(f"labels count classes from 0, got {lowest}. Renumber them or drop those samples.")
    return labels.long()
