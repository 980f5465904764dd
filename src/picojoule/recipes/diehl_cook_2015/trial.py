"""One seed of a comparison: the spiking network and the networks that it would replace, trained and counted.

A part of the training images is held out of every training. Nothing is learned from them: on them, the rule is chosen
that stops a presentation early. How long an image is shown is tried at a few lengths; for each, neurons get their
labels anew, from training images shown for so long. Test images are looked at when everything is chosen.
"""

import functools
import operator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from logging import Logger
from pathlib import Path

import torch
from torch import Tensor

from picojoule.core.counts import Counts
from picojoule.data.dataset import ImageDataset, LabelledImages
from picojoule.decode.likelihood import PoissonLikelihood
from picojoule.energy.anytime import Answers
from picojoule.energy.baseline import flat_images, train_relu_network
from picojoule.energy.contenders import EVENTS, spiking_contender
from picojoule.energy.count.warn import dense_code
from picojoule.energy.readout import sureness_operations
from picojoule.energy.study.trial import EarlyExit, Moment, Side, Trial
from picojoule.energy.tested import conventional_side
from picojoule.energy.work import Workload
from picojoule.learn.quantise.bits_for_steps import bits_for_steps
from picojoule.learn.quantise.levels import FULL_PRECISION
from picojoule.network.network import Network
from picojoule.network.store import save_network
from picojoule.recipes.datasets import datasets
from picojoule.recipes.diehl_cook_2015.options import Options, Settings, label_images
from picojoule.recipes.diehl_cook_2015.recipe import (
    RELU_EPOCHS,
    RELU_EPOCHS_SMALL,
    RELU_SMALL,
    Show,
    answers_by_class,
    build,
    engine_of,
    train,
)
from picojoule.recipes.layer_labels import layer_labels
from picojoule.recipes.progress import progress
from picojoule.recipes.timed import timed
from picojoule.recipes.trial_images import hold_out, refuse_validation
from picojoule.simulate.present import Presentation, present

PARTS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)  # of a presentation, after which the answer is looked at


@dataclass(frozen=True, eq=False)
class Length:
    """How the network answers when images are shown for so many steps."""

    steps: int
    show: Show
    readout: PoissonLikelihood


def trial(options: Options, folder: Path, log: Logger) -> Trial:
    """Train the spiking network and its rivals with one seed, and test them.

    Args:
        options: of the recipe.
        folder: where the spiking network and its checkpoint go.
        log: of the run.

    Returns:
        What each of them reached, and what it took.

    Raises:
        PicojouleError: if an option, the data or a checkpoint is no good.
    """
    refuse_validation(options)
    settings = options.checked()
    data, test = datasets(options.data, validate=0, train_images=options.train_images, test_images=options.test_images)
    learned, held_out = hold_out(data)
    data = replace(data, train=learned)
    network, presentation = build(settings, data)
    show = _show(settings, network, presentation)
    seconds = dict[str, float]()
    with timed(seconds, "training of the spiking network"):
        train(settings, data, network, show, folder, log)
    save_network(network, folder / "model.safetensors")
    with timed(seconds, "testing of the spiking network"):
        lengths = list(_lengths(settings, data, network, presentation))
        spiking, counts = _spiking_side(settings, data, network, lengths, held_out, test)
    bits = bits_for_steps(settings.steps)
    rivals = []
    for name, few in ((f"the {bits}-bit ReLU network", bits), ("the ReLU network", None)):
        with timed(seconds, f"training of {name}"):
            rivals.append(_relu_side(name, settings, data, test, few))
    came, could = counts.populations["X"].spikes, counts.populations["X"].neurons * counts.steps
    return Trial(
        seed=options.seed,
        images=len(test),
        spiking=spiking,
        rivals=tuple(side for side, _ in rivals),
        warnings=tuple(dense_code("input spikes", came / max(1, could))),
        uncounted=tuple(line for _, uncounted in rivals for line in uncounted),
        seconds=seconds,
    )


def _show(settings: Settings, network: Network, presentation: Presentation) -> Show:
    engine = engine_of(settings)
    return functools.partial(present, network, presentation=presentation, seed=settings.options.seed, engine=engine)


def _lengths(settings: Settings, data: ImageDataset, network: Network, presentation: Presentation) -> Iterator[Length]:
    """Presentations of increasing length, each with labels of its own; the last is the whole one."""
    naming = data.train.subset(slice(-label_images(settings.options, len(data.train)), None))
    for steps in sorted({max(1, round(part * settings.steps)) for part in PARTS}):
        shorter = replace(presentation, steps=steps, rest=0) if steps < settings.steps else presentation
        show = _show(settings, network, shorter)
        rates, _ = answers_by_class(naming, data.n_classes, show, epoch=settings.options.epochs)
        yield Length(steps, show, PoissonLikelihood(rates=rates))


def _spiking_side(  # noqa: PLR0917
    settings: Settings,
    data: ImageDataset,
    network: Network,
    lengths: Sequence[Length],
    held_out: LabelledImages,
    test: LabelledImages,
) -> tuple[Side, Counts]:
    """The spiking network on test images: whole presentations, shorter ones, and with the rule that stops early."""
    first = len(data.train)  # the number of an image decides its spikes
    chosen, _ = _answers(lengths, held_out, first)
    first += len(held_out) + len(data.test)
    seen, counts = _answers(lengths, test, first)
    work = functools.partial(_workload, data, test)
    accuracies = [float(row.double().mean()) for row in seen.right(test.labels)]
    dt, whole = settings.dt, lengths[-1].steps
    side = Side(
        "the spiking network",
        accuracy=accuracies[-1],
        parameters=_learned(network, data.n_classes),
        inference={EVENTS: work(counts[-1])},
        steps=whole,
        milliseconds=whole * dt,
        curve=tuple(
            Moment(length.steps, length.steps * dt, found, {EVENTS: work(count)})
            for length, found, count in zip(lengths, accuracies, counts, strict=True)
        ),
        early_exit=_early(settings, lengths, (chosen, held_out), (seen, test), (work, first)),
    )
    return side, counts[-1]


def _answers(lengths: Sequence[Length], images: LabelledImages, first: int) -> tuple[Answers, list[Counts]]:
    """What the network says of images after each length, and what that took; they are numbered from `first`."""
    classes, sureness, counts = zip(*(_answer(length, images, first) for length in lengths), strict=True)
    n_classes = len(lengths[0].readout.state()["rates"].T)
    return Answers(torch.stack(classes), torch.stack(sureness), n_classes), list(counts)


def _answer(
    length: Length, images: LabelledImages, first: int, which: Tensor | None = None
) -> tuple[Tensor, Tensor, Counts]:
    """Classes, sureness and work of images, numbered from `first`, or of those of them that `which` says."""
    classes, sureness, counts = [], [], []
    numbers = first + (torch.arange(len(images)) if which is None else which)
    with progress(f"testing, {length.steps} steps", len(numbers)) as advance:
        for part in length.show(lambda chosen: images.intensities(chosen - first), numbers=numbers):
            scores = length.readout.scores(part.run["Ae"])
            most, best = scores.max(1)
            classes.append(torch.where(most > 0, best, -1))
            sureness.append(most)
            counts.append(part.run.counts)
            advance(part.stop - part.start, "")
    return torch.cat(classes), torch.cat(sureness), functools.reduce(operator.add, counts)


def _early(
    settings: Settings,
    lengths: Sequence[Length],
    held: tuple[Answers, LabelledImages],
    tested: tuple[Answers, LabelledImages],
    how: tuple["functools.partial[Workload]", int],
) -> EarlyExit | None:
    """Every image is shown until the answer is sure enough at one of the lengths."""
    (chosen, held_out), (seen, images), (work, first) = held, tested, how
    threshold = chosen.threshold(held_out.labels)
    if threshold > 1.0:  # every earlier stop would lose accuracy
        return None
    stops = seen.stops(threshold)  # after which length, from 1
    counts = [
        _answer(length, images, first, where)[2]
        for k, length in enumerate(lengths, start=1)
        if len(where := (stops == k).nonzero()[:, 0])
    ]
    did: Workload = work(functools.reduce(operator.add, counts))
    looks = sureness_operations(int(stops.sum()), n_classes=seen.n_classes)
    mean = float(torch.tensor([length.steps for length in lengths])[stops - 1].double().mean())
    return EarlyExit(
        rule=f"the probability of the best class is at least {threshold:.3f}, looked at after "
        f"{', '.join(str(length.steps) for length in lengths[:-1])} steps",
        chosen_on=f"{len(held_out):,} training images that were held out",
        validation_accuracy=chosen.accuracy(held_out.labels, chosen.stops(threshold)),
        accuracy=seen.accuracy(images.labels, stops),
        mean_steps=mean,
        mean_milliseconds=mean * settings.dt,
        inference={EVENTS: replace(did, works=(*did.works, looks))},
    )


def _workload(data: ImageDataset, images: LabelledImages, counts: Counts) -> Workload:
    """The work of presentations, encoder and readout included."""
    active = round(torch.count_nonzero(images.images).item() / len(images) * counts.samples)
    side = spiking_contender(
        0.0, counts, encoded="X", output="Ae", n_classes=data.n_classes, proportions=True, active_inputs=active
    )
    return side.inference[EVENTS]


def _learned(network: Network, classes: int) -> int:
    """Weights, thresholds, and the mean counts that the readout knows."""
    population = network.population("Ae")
    thresholds = 0 if population.theta is None else population.theta.numel()
    return int(network.connections["X", "Ae"].weight.numel() + thresholds + population.n * classes)


def _relu_side(
    name: str, settings: Settings, data: ImageDataset, test: LabelledImages, bits: int | None
) -> tuple[Side, tuple[str, ...]]:
    """A ReLU network of the same size, trained on the same images."""
    epochs = RELU_EPOCHS_SMALL if len(data.train) <= RELU_SMALL else RELU_EPOCHS
    baseline = train_relu_network(
        data.train.images, data.train.labels, hidden=settings.options.neurons, epochs=epochs,
        seed=settings.options.seed, n_classes=data.n_classes, bits=bits,
    )  # fmt: skip
    labels, few = layer_labels(baseline.network), bits or FULL_PRECISION
    side, count = conventional_side(name, baseline.network, test, _pictures, bits=few, labels=labels)
    return side, count.uncounted


def _pictures(images: LabelledImages, _: int) -> Iterator[Tensor]:
    yield flat_images(images.images)
