"""Datasets published as the four files of MNIST."""

from picojoule.data.dataset import ImageDataset, LabelledImages
from picojoule.data.download import read
from picojoule.data.files import FileSet
from picojoule.data.idx import parse_idx


def idx_images(files: FileSet, *, n_classes: int, credit: str) -> ImageDataset:
    """Read `{train,t10k}-images-idx3-ubyte.gz` and `{train,t10k}-labels-idx1-ubyte.gz` of a dataset.

    Args:
        files: the dataset's files; what is missing is downloaded.
        n_classes: number of classes.
        credit: who made the dataset, and where it is described.

    Raises:
        DataError: if a file is missing and cannot be downloaded, or is not the published one.
    """
    return ImageDataset(
        files.name,
        train=_part(files, "train"),
        test=_part(files, "t10k"),
        n_classes=n_classes,
        sources=(credit, files.mirrors[0]),
    )


def _part(files: FileSet, prefix: str) -> LabelledImages:
    images, labels = f"{prefix}-images-idx3-ubyte.gz", f"{prefix}-labels-idx1-ubyte.gz"
    return LabelledImages(
        parse_idx(read(files, images), dimensions=3, name=str(files.folder / images)),
        parse_idx(read(files, labels), dimensions=1, name=str(files.folder / labels)).long(),
    )
