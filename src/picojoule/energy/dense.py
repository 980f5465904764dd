"""Work of a fully connected ReLU network, layer by layer.

With layers of n_0, n_1, … n_L units and `a_l` of the n_l inputs of layer l + 1 not zero (a_l = n_l: the dense method),
one image takes

    forward     a_l n_(l+1)  multiply-accumulates, as many weight reads, n_(l+1) biases, ReLU comparisons
    backward    a_l n_(l+1)  for the weights' gradient, and again for the inputs' gradient in every layer but the first

Skipping zeros costs one comparison per input. In training all images of a batch share one read of the weights, one
write and read of the gradient, and one step of the optimiser, which is the accounting that favours this network.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from picojoule.core.arguments import public, validate
from picojoule.core.counts import Operations
from picojoule.core.errors import ParameterError
from picojoule.energy.feedforward import INFERENCE_ASSUMPTIONS, decision_work, forward_work
from picojoule.energy.stage import dense_stage
from picojoule.energy.work import SHARED_ASSUMPTIONS, Traffic, Work, Workload

TRAINING_ASSUMPTIONS = (
    *SHARED_ASSUMPTIONS,
    "In training of the ReLU network the images of a batch share one read of the weights, one write and one read of "
    "the gradient and one optimiser step.",
)


@dataclass(frozen=True)
class Optimiser:
    """What one step of an optimiser takes per parameter."""

    operations: Operations
    state_words: int  # read and written beside the parameter

    def __post_init__(self) -> None:
        validate(self)


SGD = Optimiser(Operations(additions=1, multiplications=1), state_words=0)
# m: 2 products, 1 sum; v: 3, 1; denominator: root, product, sum; quotient and product; subtraction
ADAM = Optimiser(Operations(additions=4, multiplications=7, divisions=1, functions=1), state_words=2)


@public
def dense_inference(layers: Sequence[int], *, images: int = 1, active: Sequence[int] | None = None) -> Workload:
    """Work of classifying images with a fully connected ReLU network.

    Args:
        layers: units of each layer, input first, for example `[784, 100, 10]`.
        images: number of images.
        active: non-zero inputs of each weight layer, summed over the images, if the hardware skips zeros
            (see `active_units`); `None` counts every product.

    Returns:
        The work, summed over the images.

    Raises:
        ParameterError: if there are fewer than two layers, a size < 1, or `active` does not fit.

    Example:
        >>> work = dense_inference([784, 100, 10])
        >>> sum(line.operations.multiplications for line in work.works)
        79400
    """
    used = _checked(layers, images, active)
    works: list[Work] = []
    for index, count in enumerate(used):
        reads = count * layers[index + 1]
        works += _forward(layers, index, count, images, skipping=active is not None, weight_reads=reads, batch=1)
    return Workload(images, (*works, decision_work(images, layers[-1])), assumptions=INFERENCE_ASSUMPTIONS)


@public
def dense_training(
    layers: Sequence[int],
    *,
    images: int,
    steps: int,
    active: Sequence[int] | None = None,
    optimiser: Optimiser = ADAM,
) -> Workload:
    """Work of training a fully connected ReLU network with a softmax cross-entropy.

    Args:
        layers: units of each layer, input first.
        images: images shown, those of all epochs together.
        steps: optimiser steps, those of all epochs together.
        active: non-zero inputs of each weight layer, summed over the images, if zeros are skipped.
        optimiser: what one step takes per parameter.

    Returns:
        The work, summed over the images.

    Raises:
        ParameterError: as `dense_inference`, and if `steps` is not within 1..images.

    Example:
        >>> work = dense_training([784, 100, 10], images=64, steps=1)
        >>> round(sum(line.operations.multiplications for line in work.works) / 64 / 79_400, 2)
        2.12
    """
    used = _checked(layers, images, active)
    if not 1 <= steps <= images:
        raise ParameterError(f"steps must lie in 1..images = {images}, got {steps}. A step sees at least one image.")
    batch = -(-images // steps)
    works: list[Work] = []
    for index, count in enumerate(used):
        reads = steps * layers[index] * layers[index + 1]
        works += _forward(layers, index, count, images, skipping=active is not None, weight_reads=reads, batch=batch)
        works += _backward(layers, index, count, images=images, steps=steps)
        works.append(_update(layers, index, steps, optimiser))
    classes = images * layers[-1]
    loss = Operations(additions=classes + images, multiplications=classes, divisions=images, functions=classes)
    works.append(Work("weight updates", "loss", loss, per_spike=False))
    return Workload(images, tuple(works), assumptions=TRAINING_ASSUMPTIONS)


def _forward(
    layers: Sequence[int], index: int, count: int, images: int, *, skipping: bool, weight_reads: int, batch: int
) -> list[Work]:
    stage, hidden = dense_stage(layers[index], layers[index + 1]), index + 2 < len(layers)
    products = count * layers[index + 1]
    return forward_work(
        stage, products, images, hidden=hidden, skipping=skipping, weight_reads=weight_reads, batch=batch
    )


def _backward(layers: Sequence[int], index: int, count: int, *, images: int, steps: int) -> list[Work]:
    inputs, outputs = layers[index], layers[index + 1]
    first, batch = index == 0, -(-images // steps)
    macs = count * outputs * (1 if first else 2)
    other = images * outputs + (0 if first else images * inputs)  # bias gradient; derivative of the ReLU below
    parameters = inputs * outputs + outputs
    traffic = [
        Traffic(batch * inputs, reads=images * inputs),
        Traffic(batch * outputs, reads=images * outputs, writes=images * outputs),
        Traffic(parameters, reads=steps * parameters, writes=steps * parameters),
    ]
    if not first:
        traffic.append(Traffic(inputs * outputs, reads=steps * inputs * outputs))
    operations = Operations(additions=macs + other, multiplications=macs)
    return [Work("weight updates", f"{inputs} -> {outputs} backward", operations, tuple(traffic), per_spike=False)]


def _update(layers: Sequence[int], index: int, steps: int, optimiser: Optimiser) -> Work:
    parameters = layers[index] * layers[index + 1] + layers[index + 1]
    array = Traffic(parameters, reads=steps * parameters, writes=steps * parameters)  # parameters, or one state
    operations = optimiser.operations * (steps * parameters)
    name = f"{layers[index]} -> {layers[index + 1]} optimiser"
    return Work("weight updates", name, operations, (array,) * (1 + optimiser.state_words), per_spike=False)


def _checked(layers: Sequence[int], images: int, active: Sequence[int] | None) -> list[int]:
    if len(layers) < 2 or min(layers) < 1:
        raise ParameterError(f"layers must be at least two sizes >= 1, input first, got {list(layers)}.")
    if images < 1:
        raise ParameterError(f"images must be >= 1, got {images}. Count at least one image.")
    full = [images * units for units in layers[:-1]]
    if active is None:
        return full
    if len(active) != len(full) or any(not 0 <= a <= n for a, n in zip(active, full, strict=True)):
        raise ParameterError(
            f"active must hold {len(full)} counts from 0 to {full}, got {list(active)}. "
            "Sum the non-zero inputs of each weight layer over the images."
        )
    return list(active)
