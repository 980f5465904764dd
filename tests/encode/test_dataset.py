"""`EncodedDataset`: spikes of an item depend on its index, the seed and the epoch only."""

import pytest
import torch
from torch import Generator, Tensor
from torch.utils.data import DataLoader

from picojoule.core.errors import ShapeError
from picojoule.encode.dataset import EncodedDataset, time_first
from picojoule.encode.poisson import Poisson


def images() -> Tensor:
    return torch.rand(6, 3, 2, generator=Generator().manual_seed(0))


def dataset(pixels: Tensor | None = None, *, seed: int = 5) -> EncodedDataset:
    return EncodedDataset(
        images() if pixels is None else pixels, torch.arange(6), Poisson(max_rate=400.0), steps=30, seed=seed
    )


def test_an_item_is_the_encoded_image_and_its_label() -> None:
    spikes, label = dataset()[4]
    expected = Poisson(max_rate=400.0).trains(images()[4:5], steps=30, seed=5, samples=[4]).dense()
    assert torch.equal(spikes, expected.reshape(30, 3, 2))
    assert label.item() == 4


def test_items_do_not_depend_on_the_order_they_are_read_in() -> None:
    data = dataset()
    backwards = [data[i][0] for i in reversed(range(6))]
    assert all(torch.equal(data[5 - k][0], spikes) for k, spikes in enumerate(backwards))


def test_negative_indices_count_from_the_end() -> None:
    data = dataset()
    assert torch.equal(data[-2][0], data[4][0])
    assert data[-2][1].item() == 4


def test_a_loop_over_the_dataset_ends() -> None:
    data = dataset()
    assert [label.item() for _, label in (data[i] for i in range(len(data)))] == list(range(6))
    with pytest.raises(IndexError, match="image 6 of 6"):
        data[6]
    with pytest.raises(IndexError, match="image -7 of 6"):
        data[-7]


def test_another_epoch_gives_other_spikes() -> None:
    data = dataset()
    first = data[0][0]
    data.epoch = 1
    assert not torch.equal(data[0][0], first)
    assert not torch.equal(dataset(seed=6)[0][0], first)


def test_bytes_are_divided_by_255() -> None:
    pixels = (images() * 255).round().to(torch.uint8)
    assert torch.equal(dataset(pixels)[2][0], dataset(pixels.float() / 255.0)[2][0])


def test_batches_have_time_first_with_any_number_of_workers() -> None:
    spikes, labels = next(iter(DataLoader(dataset(), batch_size=4, collate_fn=time_first)))
    assert spikes.shape == (30, 4, 3, 2)
    assert labels.tolist() == [0, 1, 2, 3]
    apart, _ = next(iter(DataLoader(dataset(), batch_size=4, collate_fn=time_first, num_workers=2)))
    assert torch.equal(spikes, apart)


@pytest.mark.parametrize("labels", [0, 3, 7])
def test_labels_must_be_as_many_as_images(labels: int) -> None:
    with pytest.raises(
        ShapeError, match=rf"one label for each of at least one image, got 6 images and {labels} labels"
    ):
        EncodedDataset(images(), torch.arange(labels), Poisson(), steps=5)
    with pytest.raises(ShapeError, match="got 0 images and 0 labels"):
        EncodedDataset(images()[:0], torch.arange(0), Poisson(), steps=5)
