"""Fashion-MNIST: photographs of ten kinds of garment in the files and sizes of MNIST, and harder.

Source: Xiao, Rasul & Vollgraf, *Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms*,
arXiv:1708.07747 (2017).
"""

from picojoule.data.dataset import ImageDataset
from picojoule.data.files import FileSet
from picojoule.data.idx_images import idx_images

CREDIT = "Xiao, Rasul & Vollgraf, Fashion-MNIST (Zalando, MIT licence)"

FILES = FileSet(
    "fashion-mnist",
    # plain http, because the bucket offers nothing else; the sha256 guards the content
    mirrors=("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",),
    sha256={
        "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    },
)


def fashion_mnist() -> ImageDataset:
    """Load Fashion-MNIST, downloading 31 MB the first time.

    Raises:
        DataError: if a file is missing and cannot be downloaded, or is not the published one.

    Example:
        >>> fashion_mnist().test  # doctest: +SKIP
        LabelledImages(10,000 images of 28 × 28, uint8)
    """
    return idx_images(FILES, n_classes=10, credit=CREDIT)
