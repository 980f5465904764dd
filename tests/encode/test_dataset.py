"""`EncodedDataset`: spikes of an item depend on its index, the seed and the epoch only."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Generator, Tensor
from torch.utils.data import DataLoader, Dataset, random_split

from picojoule.core.errors import ParameterError, ShapeError
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


def loader(data: Dataset[tuple[Tensor, Tensor]], workers: int, persistent: bool = False) -> DataLoader[Any]:
    return DataLoader(
        data,
        batch_size=4,
        collate_fn=time_first,
        num_workers=workers,
        persistent_workers=persistent,
        timeout=60 * bool(workers),
    )


def passes(
    data: Dataset[tuple[Tensor, Tensor]], workers: int, persistent: bool = False, count: int = 3
) -> list[Tensor]:
    """What a loader gives in each of several passes."""
    batches = loader(data, workers, persistent)
    return [torch.cat([spikes for spikes, _ in batches], dim=1) for _ in range(count)]


def presented(presentation: int) -> Tensor:
    trains = Poisson(max_rate=400.0).trains(images(), steps=30, seed=5, presentation=presentation)
    return trains.dense().reshape(30, 6, 3, 2)


@pytest.mark.parametrize(("workers", "persistent"), [(0, False), (2, False), (2, True)])
def test_every_pass_of_a_loader_gives_the_next_spikes(workers: int, persistent: bool) -> None:
    found = passes(dataset(), workers, persistent)
    assert all(torch.equal(spikes, presented(k)) for k, spikes in enumerate(found))
    assert not torch.equal(found[0], found[1])


@pytest.mark.parametrize("context", sorted({"fork", "spawn"} & set(torch.multiprocessing.get_all_start_methods())))
def test_an_epoch_that_is_set_reaches_workers_however_they_were_started(context: str) -> None:
    data = dataset()
    batches = DataLoader(
        data, batch_size=3, collate_fn=time_first, num_workers=1, persistent_workers=True, timeout=120,
        multiprocessing_context=context,
    )  # fmt: skip
    for epoch in (0, 7, 7, 2):  # the same epoch, the same spikes
        data.epoch = epoch
        assert torch.equal(torch.cat([spikes for spikes, _ in batches], dim=1), presented(epoch))
    assert data.epoch == 2


@pytest.mark.parametrize("workers", [0, 2])
def test_a_pass_that_was_broken_off_leaves_nothing_behind_once_the_epoch_is_set(workers: int) -> None:
    data = dataset()
    batches = loader(data, workers, persistent=workers > 0)
    next(iter(batches))
    data.epoch = 4
    assert torch.equal(torch.cat([spikes for spikes, _ in batches], dim=1), presented(4))


@pytest.mark.parametrize("workers", [0, 2])
def test_parts_of_a_dataset_advance_too_each_image_by_itself(workers: int) -> None:
    data = dataset()
    first, rest = random_split(data, [4, 2], generator=Generator().manual_seed(0))
    found = passes(first, workers, count=2)
    assert all(torch.equal(spikes, presented(k)[:, first.indices]) for k, spikes in enumerate(found))
    assert torch.equal(passes(rest, workers, count=1)[0], presented(0)[:, rest.indices])
    assert data.epoch == 1  # all images were shown once at least


def test_looking_at_an_item_shows_nothing() -> None:
    data = dataset()
    assert torch.equal(data[2][0], data[2][0])
    assert torch.equal(passes(data, 0, count=1)[0], presented(0))
    assert torch.equal(data[2][0], presented(1)[:, 2])


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda data: pickle.loads(pickle.dumps(data))], ids=["copy", "file"])
def test_copies_go_on_from_where_they_were_taken_and_on_their_own(
    copied: Callable[[EncodedDataset], EncodedDataset],
) -> None:
    data = dataset()
    passes(data, 0, count=1)
    other = copied(data)
    assert torch.equal(passes(other, 2, True, count=2)[1], presented(2))
    assert (data.epoch, other.epoch) == (1, 3)


@pytest.mark.parametrize("epoch", [-1, 1.5, float("nan"), "one", None])
def test_an_epoch_is_a_whole_number_from_0(epoch: Any) -> None:
    with pytest.raises(ParameterError, match=r"EncodedDataset\.epoch: epoch must be"):
        dataset().epoch = epoch


@pytest.mark.parametrize("labels", [0, 3, 7])
def test_labels_must_be_as_many_as_images(labels: int) -> None:
    with pytest.raises(
        ShapeError, match=rf"one label for each of at least one image, got \[6, 3, 2\] images and \[{labels}\] labels"
    ):
        EncodedDataset(images(), torch.arange(labels), Poisson(), steps=5)
    with pytest.raises(ShapeError, match=r"got \[0, 3, 2\] images and \[0\] labels"):
        EncodedDataset(images()[:0], torch.arange(0), Poisson(), steps=5)
