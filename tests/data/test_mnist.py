"""The real files of MNIST and Fashion-MNIST, where they are at hand."""

import os

import pytest

from picojoule.data.fashion_mnist import FILES as FASHION
from picojoule.data.fashion_mnist import fashion_mnist
from picojoule.data.files import FileSet, inspect
from picojoule.data.mnist import FILES, mnist

NAMES = {f"{part}-{kind}-ubyte.gz" for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")}


def need(files: FileSet) -> None:
    if not os.environ.get("PICOJOULE_DATA"):
        pytest.skip(f"PICOJOULE_DATA is not set; it must name the folder that has {files.name}/")
    if found := inspect(files).missing:
        pytest.skip(f"{files.folder} lacks {', '.join(found)}")


@pytest.mark.parametrize("files", [FILES, FASHION], ids=lambda files: files.name)
def test_the_official_files_are_listed_with_whole_digests(files: FileSet) -> None:
    assert set(files.sha256) == NAMES
    assert all(len(bytes.fromhex(digest)) == 32 for digest in files.sha256.values())
    assert len(set(files.sha256.values())) == 4
    assert all(mirror.startswith("http") and mirror.endswith("/") for mirror in files.mirrors)


def test_mnist_has_its_known_numbers_of_each_digit() -> None:
    need(FILES)
    digits = mnist()
    # counted once from the label files whose md5 the authors published
    assert digits.train.counts(10).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert digits.test.counts(10).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert digits.train.labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert digits.shape == (28, 28)


def test_mnist_is_centred_and_bright_on_dark() -> None:
    need(FILES)
    mean = mnist().test.intensities().mean(dim=0)
    assert mean[0].max() == 0.0
    assert mean[10:18, 10:18].mean() > 0.3


def test_fashion_mnist_has_equally_many_of_each_garment() -> None:
    need(FASHION)
    garments = fashion_mnist()
    assert garments.train.counts(10).tolist() == [6000] * 10
    assert garments.test.counts(10).tolist() == [1000] * 10
    assert garments.shape == (28, 28)
