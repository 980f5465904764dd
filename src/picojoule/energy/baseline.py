"""The conventional rival: one hidden ReLU layer, trained with Adam on the softmax cross-entropy.

Nothing is chosen after looking at results: the number of epochs is given, the last weights are taken, and the defaults
are Adam's published ones. The order of the images and the first weights come from the seed alone, so that the same
seed gives the same network on the same machine and number of threads.

With `bits`, weights, activations and pixels have so few bits (see `bits_for_steps`), the rest is the same: the first
weights, the order of the images, the number of steps and their size.

Source: Kingma & Ba, *Adam: A Method for Stochastic Optimization* (2015), algorithm 1; first weights as in
He et al., *Delving Deep into Rectifiers* (2015), section 2.2, uniform.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from picojoule.core.arguments import public
from picojoule.core.errors import ParameterError, ShapeError
from picojoule.core.pixels import as_pixels, intensities
from picojoule.learn.quantise.levels import FULL_PRECISION
from picojoule.learn.quantise.quantised_input import QuantisedInput
from picojoule.learn.quantise.quantised_relu import QuantisedReLU
from picojoule.learn.quantise.quantised_weights import QuantisedWeights

Progress = Callable[[int, int], None]  # images shown, images in all
SMALL = 400  # hidden units up to which one thread is fastest


@dataclass(frozen=True)
class ReluBaseline:
    """A trained ReLU network and what its training took.

    Args:
        network: maps `[B, inputs]` in [0, 1] to `[B, classes]` scores.
        layers: units of each layer, input first.
        images: images shown, those of all epochs together.
        steps: optimiser steps.
        active: non-zero inputs of each weight layer, summed over those images.
        losses: mean training loss of each epoch.
        bits: of weights, activations and pixels; 32 unless they were quantised.
    """

    network: nn.Sequential
    layers: tuple[int, int, int]
    images: int
    steps: int
    active: tuple[int, int]
    losses: tuple[float, ...]
    bits: int = FULL_PRECISION


@public
def train_relu_network(
    train_images: Tensor,
    train_labels: Tensor,
    *,
    hidden: int,
    epochs: int,
    seed: int,
    n_classes: int = 10,
    batch_size: int = 128,
    learning_rate: float = 1e-3,
    bits: int | None = None,
    progress: Progress | None = None,
) -> ReluBaseline:
    """Train the ReLU network that a spiking network of the same size is compared with.

    Args:
        train_images: `[samples, *N]`, floats in [0, 1] or bytes in 0..255.
        train_labels: `[samples]`, whole numbers in 0..n_classes - 1.
        hidden: units of the hidden layer, at least 1.
        epochs: passes over the images, at least 1.
        seed: decides the first weights and the order of the images.
        n_classes: at least 1.
        batch_size: images per optimiser step, at least 1.
        learning_rate: Adam's step size, above 0.
        bits: of weights, activations and pixels, 1 … 16; `None` for full precision.
        progress: called after each step with the images shown and the images in all.

    Returns:
        The network and what its training took.

    Raises:
        ShapeError: if images and labels do not fit together, or values lie outside their range.
        ParameterError: if a number lies outside its range.

    Example:
        >>> images = torch.eye(4).repeat(8, 1)
        >>> labels = torch.arange(4).repeat(8)
        >>> baseline = train_relu_network(
        ...     images, labels, hidden=8, epochs=40, seed=0, n_classes=4, batch_size=8, learning_rate=0.01
        ... )
        >>> relu_accuracy(baseline.network, images, labels)
        1.0
    """
    _check_numbers(hidden=hidden, epochs=epochs, n_classes=n_classes, batch_size=batch_size)
    if not learning_rate > 0:
        raise ParameterError(f"learning_rate must be > 0, got {learning_rate:g}. Adam's usual value is 0.001.")
    images, labels = flat_images(train_images), _labels(train_labels, train_images, n_classes)
    layers = (images.shape[1], hidden, n_classes)
    generator = torch.Generator().manual_seed(seed)
    network = _network(layers, generator, bits)
    adam = _Adam(list(network.parameters()), learning_rate)
    active, losses, steps, shown = 0, [], 0, 0
    with _threads_for(hidden):
        for _ in range(epochs):
            total = 0.0
            for batch in _batches(len(images), batch_size, generator):
                activity = network[:-1](images[batch])
                loss = nn.functional.cross_entropy(network[-1](activity), labels[batch])
                adam.step(torch.autograd.grad(loss, adam.parameters))
                active += int(torch.count_nonzero(activity.detach()))
                total += float(loss.detach()) * len(batch)
                steps, shown = steps + 1, shown + len(batch)
                if progress is not None:
                    progress(shown, epochs * len(images))
            losses.append(total / len(images))
    network.requires_grad_(False)
    network.eval()
    pixels = epochs * int(torch.count_nonzero(_pixels(network, images)))
    found = FULL_PRECISION if bits is None else bits
    return ReluBaseline(network, layers, shown, steps, (pixels, active), tuple(losses), found)


@contextmanager
def _threads_for(hidden: int) -> Iterator[None]:
    """One thread for small networks: more of them wait for each other longer than they compute."""
    before = torch.get_num_threads()
    torch.set_num_threads(1 if hidden <= SMALL else before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@public
@torch.no_grad()
def relu_accuracy(network: nn.Sequential, images: Tensor, labels: Tensor) -> float:
    """Share of the images that the network classifies correctly.

    Args:
        network: from `train_relu_network`.
        images: `[samples, *N]`, floats in [0, 1] or bytes.
        labels: `[samples]`.

    Returns:
        A fraction in [0, 1].

    Raises:
        ShapeError: if images and labels do not fit together.
    """
    scores: Tensor = network(flat_images(images))
    target = _labels(labels, images, scores.shape[1])
    return float((scores.argmax(dim=1) == target).double().mean())


@torch.no_grad()
def active_units(network: nn.Sequential, images: Tensor) -> tuple[int, int]:
    """Non-zero pixels and non-zero hidden units, summed over the images: what hardware that skips zeros computes.

    Args:
        network: from `train_relu_network`.
        images: `[samples, *N]`, floats in [0, 1] or bytes.

    Returns:
        The two sums, for `dense_inference(..., active=...)`.
    """
    flat = flat_images(images)
    hidden: Tensor = network[:-1](flat)
    return int(torch.count_nonzero(_pixels(network, flat))), int(torch.count_nonzero(hidden))


def _pixels(network: nn.Sequential, images: Tensor) -> Tensor:
    """What the first layer of weights takes: few bits make the darkest pixels black."""
    front: Tensor = network[0](images) if isinstance(network[0], QuantisedInput) else images
    return front


def flat_images(images: Tensor) -> Tensor:
    """Images as `[samples, inputs]` floats in [0, 1]; bytes are divided by 255.

    Raises:
        ShapeError: if there are no images, or their scale is not known (`picojoule.core.pixels`).
    """
    if images.ndim < 2 or images.numel() == 0:
        raise ShapeError(f"images must be [samples, *N] with at least one sample, got {list(images.shape)}.")
    return intensities(as_pixels(images)).flatten(1)


def _labels(labels: Tensor, images: Tensor, n_classes: int) -> Tensor:
    if labels.shape != images.shape[:1]:
        raise ShapeError(f"labels must be [{images.shape[0]}], one per image, got {list(labels.shape)}.")
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high >= n_classes:
        raise ShapeError(f"labels must lie in 0..{n_classes - 1}, got {low}..{high}. Set n_classes to {high + 1}.")
    return labels.long()


def _network(layers: tuple[int, int, int], generator: Generator, bits: int | None) -> nn.Sequential:
    inputs, hidden, classes = layers
    first, last = _linear(inputs, hidden, generator), _linear(hidden, classes, generator)
    if bits is None:
        return nn.Sequential(first, nn.ReLU(), last)
    return nn.Sequential(
        QuantisedInput(bits), QuantisedWeights(first, bits), QuantisedReLU(bits), QuantisedWeights(last, bits)
    )


def _linear(inputs: int, outputs: int, generator: Generator) -> nn.Linear:
    layer = nn.Linear(inputs, outputs, device="meta").to_empty(device="cpu")  # draws nothing from the global generator
    bound = math.sqrt(6.0 / inputs)
    nn.init.uniform_(layer.weight, -bound, bound, generator=generator)
    nn.init.zeros_(layer.bias)
    return layer


class _Adam:
    """Algorithm 1; torch's own imports a compiler first, which takes longer than a short training."""

    def __init__(self, parameters: list[Tensor], rate: float) -> None:
        self.parameters, self.rate, self.steps = parameters, rate, 0
        self.mean = [torch.zeros_like(p) for p in parameters]
        self.square = [torch.zeros_like(p) for p in parameters]

    @torch.no_grad()
    def step(self, gradients: Sequence[Tensor]) -> None:
        self.steps += 1
        rate = self.rate / (1 - 0.9**self.steps)
        correction = math.sqrt(1 - 0.999**self.steps)
        for p, g, m, v in zip(self.parameters, gradients, self.mean, self.square, strict=True):
            m.lerp_(g, 0.1)
            v.mul_(0.999).addcmul_(g, g, value=0.001)
            p.addcdiv_(m, v.sqrt().div_(correction).add_(1e-8), value=-rate)


def _batches(samples: int, size: int, generator: Generator) -> Iterator[Tensor]:
    order = torch.randperm(samples, generator=generator)
    for start in range(0, samples, size):
        yield order[start : start + size]


def _check_numbers(**numbers: int) -> None:
    for name, value in numbers.items():
        if value < 1:
            raise ParameterError(f"{name} must be >= 1, got {value}.")
