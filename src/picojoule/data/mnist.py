"""MNIST: handwritten digits, 60,000 to learn from and 10,000 to test, 28 × 28 pixels, bright on dark.

Source: LeCun, Bottou, Bengio & Haffner, *Gradient-based learning applied to document recognition* (1998).
"""

from picojoule.data.dataset import ImageDataset
from picojoule.data.files import FileSet
from picojoule.data.idx_images import idx_images

CREDIT = "LeCun, Cortes & Burges, The MNIST database of handwritten digits"

FILES = FileSet(
    "mnist",
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    sha256={
        "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    },
)


def mnist() -> ImageDataset:
    """Load MNIST, downloading 11 MB the first time.

    Raises:
        DataError: if a file is missing and cannot be downloaded, or is not the published one.

    Example:
        >>> mnist().train  # doctest: +SKIP
        LabelledImages(60,000 images of 28 × 28, uint8)
    """
    return idx_images(FILES, n_classes=10, credit=CREDIT)
