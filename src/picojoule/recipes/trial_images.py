"""Which images a trial learns from, and which it chooses on."""

from typing import Any

from picojoule.core.errors import ParameterError
from picojoule.data.dataset import ImageDataset, LabelledImages

HELD_OUT = 0.1  # of the training images


def refuse_validation(options: Any) -> None:  # noqa: ANN401  # each recipe has its own
    """Refuse options that would report on other images than those of the test.

    Args:
        options: of a recipe.

    Raises:
        ParameterError: if it shall report on validation images.
    """
    if getattr(options, "validate", 0):
        raise ParameterError("a comparison holds out training images and reports on test images; leave --validate out")


def hold_out(data: ImageDataset) -> tuple[LabelledImages, LabelledImages]:
    """The images that all networks of a trial learn from, and those that only the early stop is chosen on.

    Args:
        data: of which a tenth of the training images, the last ones, is held out.

    Example:
        >>> from picojoule.data.catalogue import load
        >>> [len(images) for images in hold_out(load("mnist-5k"))]
        [3600, 400]
    """
    return data.split_validation(max(1, round(HELD_OUT * len(data.train))))
