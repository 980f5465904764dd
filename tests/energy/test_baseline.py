"""The ReLU network learns, repeats itself, and counts what it did."""

from functools import partial

import pytest
import torch
from torch import Tensor

from picojoule.core.errors import ParameterError, ShapeError
from picojoule.energy.baseline import ReluBaseline, active_units, flat_images, relu_accuracy, train_relu_network


def digits(samples: int = 400, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Four classes: noisy bright quarters of an 8 x 8 image."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, 4, (samples,), generator=generator)
    images = 0.6 * torch.rand(samples, 8, 8, generator=generator)
    for image, label in zip(images, labels.tolist(), strict=True):
        row, column = divmod(label, 2)
        image[4 * row : 4 * row + 4, 4 * column : 4 * column + 4] += 0.4
    return images * (images > 0.3), labels


def trained(seed: int = 0, epochs: int = 5) -> ReluBaseline:
    images, labels = digits()
    return train_relu_network(
        images, labels, hidden=16, epochs=epochs, seed=seed, n_classes=4, batch_size=50, learning_rate=0.01
    )


def test_it_generalises_to_new_images() -> None:
    images, labels = digits(seed=1)
    baseline = trained()
    assert relu_accuracy(baseline.network, images, labels) > 0.95
    assert baseline.losses[-1] < 0.5 * baseline.losses[0]


def test_the_first_step_is_adams_first_step() -> None:
    """After one step every parameter with a gradient moved by the learning rate (Kingma & Ba, section 2.1)."""
    images, labels = digits(50)

    def network(rate: float) -> list[Tensor]:
        made = train_relu_network(
            images, labels, hidden=16, epochs=1, seed=3, n_classes=4, batch_size=50, learning_rate=rate
        )
        return list(made.network.parameters())

    # Adam's first step has length `rate` in every coordinate, so two rates differ by their difference
    for small, large in zip(network(1e-3), network(3e-3), strict=True):
        moved = (large - small).abs()
        assert torch.all(moved <= 2e-3 * 1.01)
        assert (moved > 2e-3 * 0.99).double().mean() > 0.5


def test_agrees_with_torchs_adam() -> None:
    images, labels = digits(100)
    ours = train_relu_network(images, labels, hidden=8, epochs=3, seed=1, n_classes=4, batch_size=100)
    start = train_relu_network(
        images, labels, hidden=8, epochs=1, seed=1, n_classes=4, batch_size=100, learning_rate=1e-30
    ).network
    start.requires_grad_(True)
    adam = torch.optim.Adam(start.parameters(), lr=1e-3)
    for _ in range(3):
        adam.zero_grad()
        torch.nn.functional.cross_entropy(start(images.flatten(1)), labels).backward()  # type: ignore[no-untyped-call]
        adam.step()
    for a, b in zip(ours.network.parameters(), start.parameters(), strict=True):
        torch.testing.assert_close(a, b.detach(), rtol=1e-4, atol=2e-6)


def test_the_seed_decides_everything_and_the_global_generator_is_left_alone() -> None:
    torch.manual_seed(1)
    before = torch.get_rng_state()
    one = trained(seed=5)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    again, other = trained(seed=5), trained(seed=6)
    for a, b in zip(one.network.parameters(), again.network.parameters(), strict=True):
        assert torch.equal(a, b)
    assert not torch.equal(one.network[0].weight, other.network[0].weight)  # type: ignore[arg-type]
    assert (one.active, one.losses) == (again.active, again.losses)


def test_it_counts_what_it_did() -> None:
    images, _ = digits()
    baseline = trained(epochs=3)
    assert baseline.layers == (64, 16, 4)
    assert (baseline.images, baseline.steps) == (1200, 24)
    assert baseline.active[0] == 3 * int((images > 0).sum())
    assert 0 < baseline.active[1] <= 1200 * 16
    assert len(baseline.losses) == 3


def test_active_units_are_summed_over_all_steps_of_all_epochs() -> None:
    images, labels = digits(100)
    still = train_relu_network(
        images, labels, hidden=16, epochs=3, seed=0, n_classes=4, batch_size=30, learning_rate=1e-30
    )
    assert still.active == tuple(3 * units for units in active_units(still.network, images))


def test_active_units_by_hand() -> None:
    baseline = trained()
    images, _ = digits(7)
    weight, bias = baseline.network[0].weight, baseline.network[0].bias
    hidden = images.flatten(1) @ weight.T + bias  # type: ignore[operator]
    assert active_units(baseline.network, images) == (int((images > 0).sum()), int((hidden > 0).sum()))


def test_progress_is_told_after_every_step() -> None:
    images, labels = digits(100)
    seen: list[tuple[int, int]] = []
    train_relu_network(
        images,
        labels,
        hidden=4,
        epochs=2,
        seed=0,
        n_classes=4,
        batch_size=40,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(40, 200), (80, 200), (100, 200), (140, 200), (180, 200), (200, 200)]


def test_bytes_are_fractions_of_255() -> None:
    images = torch.tensor([[[0, 51], [255, 102]]], dtype=torch.uint8)
    assert flat_images(images).tolist() == [pytest.approx([0.0, 0.2, 1.0, 0.4])]


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (torch.ones(3, 4) * 2, torch.zeros(3), r"floating-point intensities must be in \[0, 1\], got 2 … 2"),
        (torch.ones(3, 4, dtype=torch.int64), torch.zeros(3), "got torch.int64"),
        (torch.full((3, 4), torch.nan), torch.zeros(3), "image 0 has a NaN pixel"),
        (torch.ones(0, 4), torch.zeros(0), "at least one sample"),
        (torch.ones(3, 4), torch.zeros(2), r"labels must be \[3\], one per image, got \[2\]"),
        (torch.ones(3, 4), torch.tensor([0, 1, 7]), r"labels must lie in 0\.\.3, got 0\.\.7. Set n_classes to 8"),
    ],
)
def test_bad_images_and_labels(images: Tensor, labels: Tensor, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        train_relu_network(images, labels, hidden=4, epochs=1, seed=0, n_classes=4)


@pytest.mark.parametrize("name", ["hidden", "epochs", "batch_size", "n_classes"])
def test_numbers_below_one_are_refused(name: str) -> None:
    numbers = {"hidden": 4, "epochs": 1, "batch_size": 8, "n_classes": 4, name: 0}
    train = partial(train_relu_network, *digits(8), seed=0)
    with pytest.raises(ParameterError, match=f"{name} must be >= 1, got 0"):
        train(**numbers)  # type: ignore[arg-type]


def test_a_learning_rate_of_zero_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"learning_rate must be > 0, got 0\. Adam"):
        train_relu_network(*digits(8), hidden=4, epochs=1, seed=0, n_classes=4, learning_rate=0.0)


def test_few_bits_reach_every_layer_and_the_rest_of_the_training_stays() -> None:
    images, labels = digits()
    train = partial(train_relu_network, images, labels, hidden=16, epochs=5, seed=0, n_classes=4, batch_size=50)
    full, few = train(learning_rate=0.01), train(learning_rate=0.01, bits=3)
    assert (full.bits, few.bits) == (32, 3)
    assert (few.layers, few.images, few.steps) == (full.layers, full.images, full.steps)
    assert len(few.network[:-1](images.flatten(1)).unique()) <= 8
    for layer in (few.network[1], few.network[3]):
        assert layer.bits == 3
        assert len(layer.on_grid()[0].unique()) <= 7  # type: ignore[operator]
    assert relu_accuracy(few.network, *digits(seed=1)) > 0.95


def test_few_bits_begin_with_the_weights_of_full_precision() -> None:
    images, labels = digits(50)
    train = partial(train_relu_network, images, labels, hidden=4, epochs=1, seed=2, n_classes=4, learning_rate=1e-30)
    full, few = train(), train(bits=8)
    assert torch.equal(full.network[0].weight, few.network[1].layer.weight)  # type: ignore[arg-type, union-attr]
    assert torch.equal(full.network[2].weight, few.network[3].layer.weight)  # type: ignore[arg-type, union-attr]


def test_pixels_that_few_bits_make_black_are_not_active() -> None:
    images, labels = digits(100)
    few = train_relu_network(images, labels, hidden=4, epochs=2, seed=0, n_classes=4, bits=1)
    bright = int((images.flatten(1) > 0.5).sum())
    assert few.active[0] == 2 * bright
    assert active_units(few.network, images)[0] == bright
    assert bright < int((images > 0).sum())


def test_bits_out_of_range() -> None:
    with pytest.raises(ParameterError, match="bits must be 1 … 16, or 32 for full precision, got 0"):
        train_relu_network(*digits(8), hidden=4, epochs=1, seed=0, n_classes=4, bits=0)
