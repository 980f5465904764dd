"""Train any network that gives scores: Adam on the softmax cross-entropy, a rate that rises and falls.

Nothing is chosen after looking at results: the number of epochs is given and the last weights are taken. The learning
rate rises in a line over the first tenth of the training and falls to 0 in a cosine, which makes the last weights good
ones without looking for the best epoch.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from picojoule.core.arguments import public
from picojoule.core.errors import ParameterError, ShapeError
from picojoule.core.params import Epochs, Samples, StepRate
from picojoule.core.pixels import as_pixels, intensities
from picojoule.learn.gradient.warm_up_cosine import warm_up_cosine

Progress = Callable[[int, int], None]  # images shown, images in all


@public
def fit(
    network: nn.Module,
    images: Tensor,
    labels: Tensor,
    *,
    epochs: Epochs,
    seed: int,
    batch_size: Samples = 128,
    learning_rate: StepRate = 1e-3,
    progress: Progress | None = None,
) -> tuple[float, ...]:
    """Train a network on images.

    An interruption (Ctrl-C) leaves the network with the weights of the last step.

    Args:
        network: maps `[B, *N]` to scores `[B, classes]`; changed in place, and left in the mode that it was in.
        images: `[samples, *N]`, floating point, handed on as they are, of any scale; or bytes, divided by 255, or bool.
        labels: `[samples]`, int64, the class of each image, counted from 0.
        epochs: passes over the images, at least 1.
        seed: decides the order of the images and what is drawn in the network, such as dropout.
        batch_size: images for each step of the optimiser, at least 1.
        learning_rate: the largest one, above 0.
        progress: called after each step with the images shown and the images in all.

    Returns:
        The mean loss of each epoch, in nats.

    Raises:
        ShapeError: if images, labels and scores do not fit together.
        ParameterError: if a number lies outside its range, or the training diverges.

    Example:
        >>> images, labels = torch.eye(4).repeat(8, 1), torch.arange(4).repeat(8)
        >>> losses = fit(network := nn.Linear(4, 4), images, labels, epochs=40, seed=0, batch_size=8, learning_rate=0.1)
        >>> bool((network(images).argmax(1) == labels).all())
        True
    """
    _check_shapes(images, labels)
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    if not trained:
        raise ParameterError(f"{type(network).__name__} has no parameter that trains; call its requires_grad_() first")
    optimiser = torch.optim.Adam(trained, lr=learning_rate)
    order, samples, losses = torch.Generator().manual_seed(seed), len(images), []
    with _training(network, seed) as device:
        for epoch in range(epochs):
            shown, total = 0, 0.0
            for numbers in torch.split(torch.randperm(samples, generator=order), batch_size):
                rate = learning_rate * warm_up_cosine((epoch * samples + shown) / (epochs * samples))
                for group in optimiser.param_groups:
                    group["lr"] = rate
                loss = _loss(network, images[numbers].to(device), labels[numbers].to(device))
                optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimiser.step()
                shown, total = shown + len(numbers), total + _finite(loss, learning_rate) * len(numbers)
                if progress is not None:
                    progress(epoch * samples + shown, epochs * samples)
            losses.append(total / samples)
    return tuple(losses)


def _loss(network: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    pixels = images if images.is_floating_point() else intensities(images)
    scores = network(pixels)
    if not isinstance(scores, Tensor) or scores.dim() != 2 or len(scores) != len(labels):
        found = list(scores.shape) if isinstance(scores, Tensor) else type(scores).__name__
        raise ShapeError(
            f"the network must give scores [B, classes], here [{len(labels)}, classes], got {found}. A network over "
            "time needs a readout behind it, such as mean_over_time"
        )
    if (highest := int(labels.max())) >= scores.shape[1]:
        raise ShapeError(f"labels must lie in 0 … {scores.shape[1] - 1}, got {highest}. Give the network more outputs")
    return nn.functional.cross_entropy(scores, labels)


@contextmanager
def _training(network: nn.Module, seed: int) -> Iterator[torch.device]:
    """Training mode, and a generator of its own for what the network draws; both are as before afterwards."""
    first = next(network.parameters(), None)
    device = torch.device("cpu") if first is None else first.device
    before = network.training
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        network.train()
        try:
            yield device
        finally:
            network.train(before)


def _finite(loss: Tensor, learning_rate: float) -> float:
    value = float(loss.detach())
    if not math.isfinite(value):
        raise ParameterError(f"the loss has become {value:g} with learning_rate={learning_rate:g}. Take a smaller one")
    return value


def _check_shapes(images: Tensor, labels: Tensor) -> None:
    if images.dim() < 2 or images.numel() == 0:
        raise ShapeError(f"images must be [samples, *N] with at least one sample, got {list(images.shape)}")
    if not images.is_floating_point():
        as_pixels(images)
    if labels.shape != images.shape[:1] or labels.dtype != torch.int64:
        raise ShapeError(
            f"labels must be int64 [{len(images)}], one per image, got {labels.dtype} {list(labels.shape)}"
        )
    if int(labels.min()) < 0:
        raise ShapeError(f"labels count classes from 0, got {int(labels.min())}. Renumber them")
