"""Labelled images: conversion to intensities, cuts, and every refusal."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.utils.data import DataLoader, Subset, random_split

from picojoule.core.errors import DataError, ParameterError, PicojouleError, ShapeError
from picojoule.data.dataset import ImageDataset, LabelledImages


def numbered(count: int) -> LabelledImages:
    """Image `i` is one pixel of value `i`, of class `i % 2`."""
    return LabelledImages(torch.arange(count, dtype=torch.uint8).reshape(count, 1), torch.arange(count) % 2)


def toy(train: int = 10, test: int = 4) -> ImageDataset:
    return ImageDataset("toy", train=numbered(train), test=numbered(test), n_classes=2, sources=("here",))


def test_every_byte_becomes_its_255th() -> None:
    intensities = numbered(256).intensities()
    assert intensities.dtype == torch.float32
    torch.testing.assert_close(intensities[:, 0].double() * 255, torch.arange(256.0).double(), rtol=1e-6, atol=0)
    assert intensities.min() == 0.0
    assert intensities.max() == 1.0


def test_floating_point_pixels_stay_what_they_are() -> None:
    pixels = torch.tensor([[0.0, 0.25], [0.5, 1.0]], dtype=torch.float64)
    intensities = LabelledImages(pixels, torch.tensor([0, 1])).intensities()
    assert intensities.dtype == torch.float32
    assert intensities.tolist() == [[0.0, 0.25], [0.5, 1.0]]


@pytest.mark.parametrize("index", [slice(2, 4), torch.tensor([2, 3]), torch.tensor([0, 0, 1, 1, 0]) == 1])
def test_subset_and_intensities_choose_the_same_images(index: slice | Tensor) -> None:
    images = numbered(5)
    chosen = images.subset(index)
    assert chosen.images.flatten().tolist() == [2, 3]
    assert chosen.labels.tolist() == [0, 1]
    assert torch.equal(images.intensities(index), chosen.intensities())


@given(count=st.integers(1, 9))
@settings(deadline=None)  # a loaded machine is no failure
def test_validation_and_the_rest_are_the_training_images(count: int) -> None:
    dataset = toy(train=10)
    rest, held_out = dataset.split_validation(count)
    assert len(held_out) == count
    assert rest.images.flatten().tolist() + held_out.images.flatten().tolist() == list(range(10))
    assert torch.equal(torch.cat((rest.labels, held_out.labels)), dataset.train.labels)


@pytest.mark.parametrize("count", [-1, 0, 10, 11])
def test_validation_must_leave_images_on_both_sides(count: int) -> None:
    with pytest.raises(ParameterError, match=rf"toy: count must be 1 … 9, got {count}"):
        toy(train=10).split_validation(count)


def test_a_dataset_is_cut_to_its_first_images() -> None:
    small = toy().subset(train=3)
    assert small.train.images.flatten().tolist() == [0, 1, 2]
    assert len(small.test) == 4
    assert (small.name, small.n_classes, small.sources) == ("toy", 2, ("here",))
    assert len(toy().subset(test=1).test) == 1


@pytest.mark.parametrize("count", [0, -2, 11])
def test_a_cut_outside_the_dataset_is_refused(count: int) -> None:
    with pytest.raises(ParameterError, match=rf"toy: train must be 1 … 10 images, got {count}"):
        toy().subset(train=count)
    with pytest.raises(ParameterError, match=r"toy: test must be 1 … 4 images, got 5"):
        toy().subset(test=5)


def test_a_cut_to_one_class_is_refused() -> None:
    with pytest.raises(DataError, match=r"all 1 training images are of class 0; at least 2 classes .* Take more"):
        toy().subset(train=1)


def test_counts_have_a_place_for_absent_classes() -> None:
    assert numbered(5).counts(4).tolist() == [3, 2, 0, 0]


def test_the_text_form_is_short() -> None:
    assert repr(toy(train=200).train) == "LabelledImages(200 images of 1, uint8)"
    assert len(repr(toy())) < 200


PIXELS, LABELS = torch.zeros(2, 3, 3), torch.tensor([0, 1])


@pytest.mark.parametrize(
    ("images", "labels", "error", "message"),
    [
        (PIXELS, torch.tensor([0, 1, 1]), DataError, r"2 images have 3 labels; one label per image .* Cut both"),
        (PIXELS[:0], LABELS[:0], DataError, r"\(0, 3, 3\) hold no pixel; at least one image .* Check the file"),
        (torch.zeros(2, 0, 3), LABELS, DataError, r"\(2, 0, 3\) hold no pixel"),
        (PIXELS[0, 0], LABELS, ShapeError, r"images must be \[n, \*shape\], got shape \(3,\)"),
        (PIXELS.long(), LABELS, ShapeError, r"uint8 or floating point, got torch.int64\. Convert them"),
        (PIXELS + torch.tensor([0, float("nan"), 0]), LABELS, ShapeError, r"image 0 has a NaN pixel; .*\[0, 1\]"),
        (PIXELS + 255, LABELS, ShapeError, r"must be in \[0, 1\], got 255 … 255\. Divide"),
        (PIXELS - 0.5, LABELS, ShapeError, r"must be in \[0, 1\], got -0\.5 … -0\.5"),
        (PIXELS + float("inf"), LABELS, ShapeError, r"must be in \[0, 1\], got inf … inf"),
        (PIXELS, LABELS.float(), ShapeError, r"labels must be int64 \[n\], got torch.float32 .*\(2,\)\. Convert"),
        (PIXELS, torch.eye(2).long(), ShapeError, r"labels must be int64 \[n\], .*\(2, 2\).* one-hot"),
        (PIXELS, LABELS - 1, ShapeError, r"labels count classes from 0, got -1"),
    ],
)
def test_bad_tensors_are_refused(images: Tensor, labels: Tensor, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        LabelledImages(images, labels)


def test_the_image_with_the_nan_is_named() -> None:
    pixels = torch.zeros(4, 2, 2)
    pixels[2, 1, 0] = float("nan")
    with pytest.raises(ShapeError, match=r"^image 2 has a NaN pixel"):
        LabelledImages(pixels, torch.tensor([0, 1, 0, 1]))


def test_training_and_test_images_must_have_one_shape() -> None:
    flat = LabelledImages(torch.zeros(2, 9), LABELS)
    with pytest.raises(ShapeError, match=r"toy: training images have shape \(3, 3\) and test images \(9,\)"):
        ImageDataset("toy", train=LabelledImages(PIXELS, LABELS), test=flat, n_classes=2)


@pytest.mark.parametrize("part", ["train", "test"])
def test_a_label_beyond_the_classes_is_refused(part: str) -> None:
    right, wrong = numbered(4), LabelledImages(numbered(4).images, torch.tensor([0, 1, 7, 0]))
    train, test = (wrong, right) if part == "train" else (right, wrong)
    with pytest.raises(DataError, match=r"has label 7, but n_classes=2 allows 0 … 1\. Set n_classes=8"):
        ImageDataset("toy", train=train, test=test, n_classes=2)


def test_one_class_is_nothing_to_learn() -> None:
    one = LabelledImages(PIXELS, torch.tensor([3, 3]))
    with pytest.raises(DataError, match=r"toy: all 2 training images are of class 3; at least 2 classes are needed"):
        ImageDataset("toy", train=one, test=one, n_classes=10)


def test_items_are_intensities_and_labels_as_torch_wants_them() -> None:
    images = numbered(5)
    assert isinstance(images, torch.utils.data.Dataset)
    assert [(image.item() * 255, label.item()) for image, label in images] == [  # type: ignore[attr-defined]
        (pytest.approx(i), i % 2) for i in range(5)
    ]
    assert images[-1][0] == images[4][0] == images[np.int64(4)][0] == images[torch.tensor(4)][0]  # type: ignore[call-overload]
    for index in (5, -6):
        with pytest.raises(IndexError, match=rf"image {index} of 5"):
            images[index]


@pytest.mark.parametrize("index", [slice(1, 3), [1, 2], np.array([1, 2]), torch.tensor([1, 2]), np.arange(5) % 3 > 0])
def test_several_items_are_images_again(index: Any) -> None:
    chosen = numbered(5)[index]
    assert isinstance(chosen, LabelledImages)
    assert chosen.images.flatten().tolist()[:2] == [1, 2]
    with pytest.raises(DataError, match="hold no pixel"):
        numbered(5)[:0]


@pytest.mark.parametrize("workers", [0, 2])
def test_loaders_and_splits_take_images_as_they_are(workers: int) -> None:
    images = numbered(7)
    part, _ = random_split(images, [5, 2], generator=torch.Generator().manual_seed(0))
    for data, places in ((images, range(7)), (part, part.indices), (Subset(images, [6, 0]), [6, 0])):
        pixels, labels = zip(
            *DataLoader(data, batch_size=2, num_workers=workers, timeout=60 * bool(workers)), strict=True
        )
        assert torch.cat(pixels).shape == (len(places), 1)
        assert (255 * torch.cat(pixels)).round().flatten().tolist() == list(places)
        assert torch.cat(labels).tolist() == [i % 2 for i in places]


@pytest.mark.parametrize("labels", [[0, 1], np.array([0, 1]), torch.tensor([0, 1], dtype=torch.uint8)])
def test_labels_are_whole_numbers_of_any_kind(labels: Any) -> None:
    assert torch.equal(LabelledImages(PIXELS, labels).labels, LABELS)


@pytest.mark.parametrize("index", ["a", None, 1.5, object(), {}, [0.5], ["a"], [9], torch.tensor([-6])])
def test_what_is_no_index_is_refused(index: Any) -> None:
    with pytest.raises(PicojouleError):
        numbered(5)[index]
