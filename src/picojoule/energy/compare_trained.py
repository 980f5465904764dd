"""A trained spiking network against the network that it replaces, in one call: the library's `pj.compare`.

    spiking network     as it is given, shown the test images, counted step by step
    its rival           the same layers with ReLUs and as many bits as the steps carry, trained here on the same images

`picojoule.energy.compare.compare` prices two sides that have been counted already; this module does all that is before.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Annotated

import torch
from torch import Tensor, nn

from picojoule.core.arguments import public
from picojoule.core.errors import ParameterError
from picojoule.core.params import Epochs, Samples, StepRate, Steps, TimeStep, Unit
from picojoule.data.dataset import ImageDataset, LabelledImages
from picojoule.encode.base import Encoder
from picojoule.encode.poisson import Poisson
from picojoule.energy.costs import cost_table, cost_table_names
from picojoule.energy.matched import matched_network
from picojoule.energy.study.study import Study
from picojoule.energy.study.trial import Trial
from picojoule.energy.table import CostTable
from picojoule.energy.tested import PIXEL, Shown, conventional_side, spiking_side
from picojoule.learn.gradient.fit import fit
from picojoule.learn.quantise.bits_for_steps import bits_for_steps
from picojoule.learn.quantise.levels import FULL_PRECISION
from picojoule.network.network import Network

BATCH = 250  # images that are tested together


@public
def compare_trained(
    network: nn.Module,
    data: ImageDataset,
    *,
    steps: Steps,
    encoder: Encoder | None = None,
    dt: TimeStep = 1.0,
    rival: nn.Module | None = None,
    epochs: Epochs = 20,
    learning_rate: StepRate = 1e-3,
    batch_size: Samples = 128,
    validate: Annotated[int, Unit("images", at_least=0)] = 0,
    seed: int = 0,
    tables: Sequence[CostTable | str] | None = None,
) -> Study:
    """Compare accuracy and energy of a trained spiking network with those of the network that it replaces.

    Args:
        network: takes `[T, B, *N]`, where `*N` is the shape of an image in `data`, and gives `[T, B, classes]`; the
            class with the highest mean over time is its answer. It has learned already, and is not changed.
        data: the rival learns from its training images; accuracy, work and energy are those of its test images.
        steps: that each image is shown for, at least 1.
        encoder: makes spikes of the images; `None`: each pixel is a constant current.
        dt: length of a step, in ms.
        rival: a trained network that takes `[B, *N]` and gives scores `[B, classes]`; `None`: the matched network is
            made and trained here, for which `network` must be a stack of layers.
        epochs: of training the matched network, at least 1; give those of your own training, and so below.
        learning_rate: the largest one of training the matched network, above 0.
        batch_size: images for each step of training the matched network, at least 1.
        validate: training images, the last ones, on which the rule that stops early is chosen; leave them out when you
            train `network`, the rival does not learn from them either. 0: no such rule.
        seed: of the encoder's spikes and of the matched network.
        tables: cost tables, or their names; `None` takes all that come with the library.

    Returns:
        A study of one trial: `study.table()` prints it, `study.write(folder)` writes its page.

    Raises:
        ParameterError: if a number is out of range, or `network` has no conventional counterpart.
        ShapeError: if the network gives no `[T, B, classes]`, the rival no `[B, classes]`, or one too few classes.
        UnknownNameError: if there is no such cost table.

    Example:
        >>> from picojoule.data.catalogue import load
        >>> from picojoule.layers import Linear, Sequential, Spiking
        >>> from picojoule.neurons import LIF, LeakyIntegrator
        >>> layers = nn.Flatten(), Linear(784, 20), Spiking(LIF()), Linear(20, 10), Spiking(LeakyIntegrator())
        >>> data = load("mnist-5k").subset(train=200, test=50)
        >>> study = compare_trained(Sequential(*layers), data, steps=8, epochs=1)
        >>> [side.name for side in study.sides]
        ['the spiking network', 'the 4-bit ReLU network']
    """
    _check_layers(network)
    named = cost_table_names() if tables is None else tables
    chosen = [cost_table(one) if isinstance(one, str) else one for one in named]
    learned, held_out = data.split_validation(validate) if validate else (data.train, None)
    how = Shown(
        partial(_shown, device=_device(network), encoder=encoder, steps=steps, dt=dt, seed=seed),
        steps,
        dt,
        spikes=encoder is not None,
        poisson=isinstance(encoder, Poisson),
    )
    first = len(data.train)  # the number of an image decides its spikes
    spiking, count = spiking_side(network, how, data.test, held_out=held_out, first=first)
    bits, name = FULL_PRECISION, "the conventional network"
    if rival is None:
        bits, name = bits_for_steps(steps), f"the {bits_for_steps(steps)}-bit ReLU network"
        pixels = PIXEL if encoder is None else bits  # as finely as the spiking network sees them
        rival = matched_network(network, bits=bits, input_bits=pixels, seed=seed).to(_device(network))
        fit(
            rival, learned.images, learned.labels, epochs=epochs, seed=seed, batch_size=batch_size,
            learning_rate=learning_rate,
        )  # fmt: skip
    other, counted = conventional_side(name, rival, data.test, partial(_pictures, device=_device(rival)), bits=bits)
    known = encoder is None or isinstance(encoder, Poisson)
    trial = Trial(
        seed,
        len(data.test),
        spiking,
        (other,),
        warnings=count.warnings,
        uncounted=(
            *count.uncounted,
            *(() if known else (f"encoder: {type(encoder).__name__}",)),
            *counted.uncounted,
        ),
    )
    return Study((trial,), tuple(chosen), f"{data.name}: accuracy and energy")


def _check_layers(network: nn.Module) -> None:
    if isinstance(network, Network):
        raise ParameterError(
            "pj.compare takes layers that are called on [T, B, *N], got a pj.Network, which pj.run runs; the command "
            "pj compare diehl-cook-2015 compares that network, pj.energy.compare any counted one: see "
            "pj.energy.spiking_contender"
        )


def _shown(
    images: LabelledImages,
    first: int,
    *,
    device: torch.device,
    encoder: Encoder | None,
    steps: Steps,
    dt: float,
    seed: int,
) -> Iterator[Tensor]:
    """Inputs `[T, B, *N]`, batch by batch; images are numbered from `first`."""
    for numbers in torch.split(torch.arange(len(images)), BATCH):
        pictures = images.intensities(numbers)
        if encoder is None:
            yield pictures.to(device).expand(steps, *pictures.shape)
            continue
        trains = encoder.trains(pictures, steps=steps, dt=dt, seed=seed, samples=numbers + first)
        yield trains.dense().reshape(steps, *pictures.shape).to(device)


def _pictures(images: LabelledImages, _: int, *, device: torch.device) -> Iterator[Tensor]:
    for numbers in torch.split(torch.arange(len(images)), BATCH):
        yield images.intensities(numbers).to(device)


def _device(network: nn.Module) -> torch.device:
    found = next(network.parameters(), None)
    if found is None:
        raise ParameterError(f"{type(network).__name__} has no parameters, so it has learned nothing. Train it first.")
    return found.device
