"""How images are shown: orders and shifts that depend on seed and epoch alone, currents, spikes."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from picojoule.recipes.surrogate_mnist.options import Options, Settings
from picojoule.recipes.surrogate_mnist.showing import Showing, batches, epoch_generator, shifted


def settings(encoding: str = "current", seed: int = 0) -> Settings:
    return Options(encoding=encoding, seed=seed, steps=50).checked()


@given(st.integers(1, 200), st.integers(1, 50))
def test_an_epoch_shows_every_image_once(images: int, size: int) -> None:
    shown = list(batches(images, size, epoch_generator(settings(), 0)))
    assert sorted(torch.cat(shown).tolist()) == list(range(images))
    assert {len(batch) for batch in shown[:-1]} <= {size}


def test_every_epoch_and_seed_has_an_order_of_its_own() -> None:
    orders = [
        next(batches(100, 100, epoch_generator(settings(seed=seed), epoch))) for seed in (0, 1) for epoch in (0, 1, 2)
    ]
    assert len({tuple(order.tolist()) for order in orders}) == 6
    assert next(batches(100, 100, epoch_generator(settings(seed=1), 1))).equal(orders[4])


def test_no_shift_is_no_change() -> None:
    pictures = torch.rand(5, 6, 7)
    assert shifted(pictures, 0, torch.Generator()).equal(pictures)


@given(st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_a_dot_moves_by_at_most_the_shift_and_black_comes_in(most: int, seed: int) -> None:
    pictures = torch.zeros(20, 9, 9)
    pictures[:, 4, 4] = 1.0
    moved = shifted(pictures, most, torch.Generator().manual_seed(seed))
    places = moved.nonzero()
    assert places[:, 0].tolist() == list(range(20))  # one dot in each picture
    assert int((places[:, 1:] - 4).abs().max()) <= most


def test_all_shifts_come_about_equally_often() -> None:
    pictures = torch.zeros(9000, 5, 5)
    pictures[:, 2, 2] = 1.0
    sums = shifted(pictures, 1, torch.Generator().manual_seed(0)).sum(0)
    assert sums[1:4, 1:4].min() > 900  # of 1000 expected, with a standard deviation of 30
    assert sums.sum() == 9000


def test_what_leaves_the_picture_is_gone() -> None:
    pictures = torch.zeros(500, 4, 4)
    pictures[:, 0, 0] = 1.0
    moved = shifted(pictures, 1, torch.Generator().manual_seed(0))
    kept = moved.flatten(1).sum(1)
    assert set(kept.tolist()) == {0.0, 1.0}
    assert moved.sum(0).count_nonzero() == 4  # it never comes in again at the other side


def test_a_current_is_the_same_memory_in_every_step() -> None:
    pictures = torch.rand(3, 28, 28)
    shown = Showing(settings())(pictures, torch.arange(3), 0)
    assert shown.shape == (50, 3, 1, 28, 28)
    assert shown.stride(0) == 0
    assert shown[49, :, 0].equal(pictures)


def test_poisson_spikes_depend_on_image_epoch_and_seed_alone() -> None:
    pictures = torch.rand(3, 28, 28, generator=torch.Generator().manual_seed(0))
    show = Showing(settings("poisson"))
    spikes = show(pictures, torch.tensor([7, 8, 9]), 2)
    assert spikes.shape == (50, 3, 1, 28, 28)
    assert set(spikes.unique().tolist()) == {0.0, 1.0}  # type: ignore[no-untyped-call]
    assert show(pictures[[2, 0]], torch.tensor([9, 7]), 2).equal(spikes[:, [2, 0]])  # another batch
    assert not show(pictures, torch.tensor([7, 8, 9]), 3).equal(spikes)
    assert not Showing(settings("poisson", seed=1))(pictures, torch.tensor([7, 8, 9]), 2).equal(spikes)


def test_a_white_pixel_fires_at_the_rate_given() -> None:
    spikes = Showing(settings("poisson"))(torch.ones(4, 28, 28), torch.arange(4), 0)
    # 1000 Hz: a step of 1 ms holds a spike with probability 1 - exp(-1)
    assert spikes.mean().item() == pytest.approx(0.6321, abs=0.005)
