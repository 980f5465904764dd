"""The images of a run: test images, or training images that are held out."""

import pytest

from picojoule.core.errors import ParameterError
from picojoule.data.catalogue import load
from picojoule.recipes.datasets import datasets


def test_all_images_without_options() -> None:
    data, held_out = datasets("mnist-5k")
    assert (len(data.train), len(held_out)) == (4000, 1000)
    assert held_out.images.equal(load("mnist-5k").test.images)


def test_validation_images_are_the_last_training_images_and_no_test_images() -> None:
    whole = load("mnist-5k")
    data, held_out = datasets("mnist-5k", validate=300, train_images=50, test_images=20)
    assert data.train.images.equal(whole.train.images[:50])
    assert held_out.images.equal(whole.train.images[3700:3720])


def test_something_must_be_left_to_learn_from() -> None:
    with pytest.raises(ParameterError, match="some must be left to learn from"):
        datasets("mnist-5k", validate=4000)
