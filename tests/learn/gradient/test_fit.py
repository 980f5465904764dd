"""The loop learns, repeats itself, can be interrupted, and says what is wrong."""

import copy
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from picojoule.core.errors import ParameterError, ShapeError
from picojoule.learn import fit, warm_up_cosine


def corners(samples: int = 96) -> tuple[Tensor, Tensor]:
    """Four classes: which corner of a small image is bright."""
    labels = torch.arange(samples) % 4
    images = torch.zeros(samples, 1, 4, 4)
    for image, label in zip(images, labels.tolist(), strict=True):
        image[0, 3 * (label // 2), 3 * (label % 2)] = 1.0
    return images, labels


def fresh(seed: int = 0, *, dropout: float = 0.0) -> nn.Sequential:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(nn.Flatten(), nn.Linear(16, 8), nn.ReLU(), nn.Dropout(dropout), nn.Linear(8, 4))


def weights(network: nn.Module) -> list[Tensor]:
    return [parameter.detach().clone() for parameter in network.parameters()]


def equal(one: list[Tensor], other: list[Tensor]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


train = partial(fit, epochs=2, seed=0, batch_size=40, learning_rate=0.02)


def test_it_learns_and_tells_the_loss_of_every_epoch() -> None:
    images, labels = corners()
    network = fresh()
    losses = train(network, images, labels, epochs=30, learning_rate=0.1)
    assert len(losses) == 30
    assert losses[-1] < 0.1
    assert losses[0] > 1.0
    assert bool((network(images).argmax(1) == labels).all())


def test_the_steps_are_those_of_adam_with_the_rising_and_falling_rate() -> None:
    images, labels = corners()
    network, own = fresh(), fresh()
    losses = train(network, images, labels)
    adam, order, found = torch.optim.Adam(own.parameters()), torch.Generator().manual_seed(0), []
    for epoch in range(2):
        total = 0.0
        shuffled = torch.randperm(96, generator=order)
        for start in (0, 40, 80):
            numbers = shuffled[start : start + 40]
            adam.param_groups[0]["lr"] = 0.02 * warm_up_cosine((96 * epoch + start) / 192)
            loss = nn.functional.cross_entropy(own(images[numbers]), labels[numbers])
            adam.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            adam.step()
            total += loss.item() * len(numbers)
        found.append(total / 96)
    assert equal(weights(network), weights(own))
    assert losses == tuple(found)


def test_the_seed_decides_order_and_dropout_and_the_global_generator_stays() -> None:
    def trained(seed: int) -> list[Tensor]:
        network = fresh(dropout=0.5)
        train(network, *corners(), seed=seed)
        return weights(network)

    torch.manual_seed(1)
    before = torch.get_rng_state()
    one = trained(3)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    assert equal(one, trained(3))
    assert not equal(one, trained(4))


def test_bytes_are_fractions_of_255() -> None:
    images, labels = corners()
    one, other = fresh(), fresh()
    train(one, images, labels)
    train(other, (255 * images).to(torch.uint8), labels)
    assert equal(weights(one), weights(other))


def test_what_does_not_train_stays_and_the_mode_returns() -> None:
    network = fresh().eval()
    first = network[1].requires_grad_(False)
    before = weights(first)
    seen = []
    network[3].register_forward_hook(lambda module, *_: seen.append(module.training))
    train(network, *corners())
    assert equal(weights(first), before)
    assert all(seen)
    assert not network.training


def test_progress_is_told_after_every_step() -> None:
    told: list[tuple[int, int]] = []
    train(fresh(), *corners(), progress=lambda done, total: told.append((done, total)))
    assert told == [(40, 192), (80, 192), (96, 192), (136, 192), (176, 192), (192, 192)]


def test_an_interruption_leaves_the_weights_of_the_last_step() -> None:
    at: dict[int, list[Tensor]] = {}
    network = fresh()
    train(network, *corners(), progress=lambda done, _: at.update({done: weights(network)}))

    def interrupt(done: int, _: int) -> None:
        if done == 136:
            raise KeyboardInterrupt

    stopped = fresh().eval()
    with pytest.raises(KeyboardInterrupt):
        train(stopped, *corners(), progress=interrupt)
    assert equal(weights(stopped), at[136])
    assert not stopped.training


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"images": torch.ones(4)}, r"images must be \[samples, \*N\] with at least one sample, got \[4\]"),
        ({"images": torch.ones(0, 4)}, r"at least one sample, got \[0, 4\]"),
        ({"labels": torch.zeros(5).long()}, r"labels must be int64 \[96\], one per image, got torch.int64 \[5\]"),
        ({"labels": torch.zeros(96)}, r"labels must be int64 \[96\], one per image, got torch.float32 \[96\]"),
        ({"labels": torch.full((96,), -1)}, r"labels count classes from 0, got -1"),
        ({"labels": torch.full((96,), 4)}, r"labels must lie in 0 … 3, got 4\. Give the network more outputs"),
    ],
)
def test_bad_images_and_labels(change: dict[str, Tensor], message: str) -> None:
    images, labels = corners()
    with pytest.raises(ShapeError, match=message):
        train(fresh(), change.get("images", images), change.get("labels", labels))


def test_scores_over_time_are_refused() -> None:
    network = nn.Sequential(fresh(), nn.Unflatten(1, (2, 2)))
    with pytest.raises(
        ShapeError, match=r"scores \[B, classes\], here \[40, classes\], got \[40, 2, 2\].*mean_over_time"
    ):
        train(network, *corners())


@pytest.mark.parametrize(("name", "value"), [("epochs", 0), ("batch_size", 0), ("learning_rate", 0.0)])
def test_numbers_out_of_range(name: str, value: Any) -> None:
    with pytest.raises(ParameterError, match=f"{name} must be"):
        train(fresh(), *corners(), **{name: value})


def test_a_training_that_diverges_says_so() -> None:
    network = copy.deepcopy(fresh())
    with torch.no_grad():
        network.get_parameter("1.bias").fill_(torch.inf)
    with pytest.raises(ParameterError, match=r"the loss has become nan with learning_rate=0\.02\. Take a smaller one"):
        train(network, *corners())


def test_a_network_of_which_nothing_trains() -> None:
    with pytest.raises(ParameterError, match="Sequential has no parameter that trains"):
        train(fresh().requires_grad_(False), *corners())
