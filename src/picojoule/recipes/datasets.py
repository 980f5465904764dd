"""The images of a run."""

from dataclasses import replace

from picojoule.core.params import Unit, check
from picojoule.data.catalogue import load
from picojoule.data.dataset import ImageDataset, LabelledImages


def datasets(
    name: str, *, validate: int = 0, train_images: int | None = None, test_images: int | None = None
) -> tuple[ImageDataset, LabelledImages]:
    """Training images, and the images to report on: the test images, or training images held out of training.

    Args:
        name: of the dataset.
        validate: training images, the last ones, to hold out and report on; 0: report on the test images.
        train_images: use only so many training images.
        test_images: report on so many images only.

    Raises:
        PicojouleError: if the data are missing or damaged, or cannot be cut like this.

    Example:
        >>> data, held_out = datasets("mnist-5k", validate=500, train_images=100)
        >>> data.train, held_out
        (LabelledImages(100 images of 28 × 28, uint8), LabelledImages(500 images of 28 × 28, uint8))
    """
    data = load(name)
    if validate:
        train, held_out = data.split_validation(validate)
        data = replace(data, train=train)
    else:
        held_out = data.test
    train = _first(data.train, train_images, f"--train-images of {name}")
    return replace(data, train=train), _first(held_out, test_images, f"--test-images of {name}")


def _first(images: LabelledImages, count: int | None, what: str) -> LabelledImages:
    """The first of some images; all where no number is given."""
    if count is None:
        return images
    check(what, count, Unit("images", at_most=len(images)))
    return images.subset(slice(0, count))
