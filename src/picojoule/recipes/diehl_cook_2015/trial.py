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
from picojoule.core.errors import ParameterError
from picojoule.data.dataset import ImageDataset, LabelledImages
from picojoule.decode.early_exit import choose_threshold, first_sure
from picojoule.decode.likelihood import PoissonLikelihood
from picojoule.energy.baseline import flat_images, relu_accuracy, train_relu_network
from picojoule.energy.contenders import EVENTS, spiking_contender
from picojoule.energy.count.count import Count
from picojoule.energy.count.warn import dense_code
from picojoule.energy.readout import sureness_operations
from picojoule.energy.study.trial import EarlyExit, Moment, Side, Trial
from picojoule.energy.tested import conventional_works
from picojoule.energy.work import Workload
from picojoule.learn.quantise.bits_for_steps import bits_for_steps
from picojoule.network.network import Network
from picojoule.network.store import save_network
from picojoule.recipes.datasets import datasets
from picojoule.recipes.diehl_cook_2015.options import Options, Settings
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
from picojoule.simulate.present import Presentation, present

HELD_OUT = 0.1  # of the training images
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
    if options.validate:
        raise ParameterError("a comparison holds out training images and reports on test images; leave --validate out")
    settings = options.checked()
    data, test = datasets(options.data, validate=0, train_images=options.train_images, test_images=options.test_images)
    learned, held_out = data.split_validation(max(1, round(HELD_OUT * len(data.train))))
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
    naming = data.train.subset(slice(-min(settings.options.label_images, len(data.train)), None))
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
    chosen = [_answer(length, held_out, first) for length in lengths]
    first += len(held_out) + len(data.test)
    seen = [_answer(length, test, first) for length in lengths]
    right = torch.stack([answer.classes == test.labels for answer in seen])
    threshold = choose_threshold(
        torch.stack([answer.sureness for answer in chosen]),
        torch.stack([answer.classes == held_out.labels for answer in chosen]),
    )
    work = functools.partial(_workload, data, test)
    accuracies = [float(row.double().mean()) for row in right]
    dt, whole = settings.dt, lengths[-1].steps
    side = Side(
        "the spiking network",
        accuracy=accuracies[-1],
        parameters=_learned(network, data.n_classes),
        inference={EVENTS: work(seen[-1].counts)},
        steps=whole,
        milliseconds=whole * dt,
        curve=tuple(
            Moment(length.steps, length.steps * dt, found, {EVENTS: work(answer.counts)})
            for length, found, answer in zip(lengths, accuracies, seen, strict=True)
        ),
        early_exit=_early(settings, lengths, threshold, (chosen, held_out), (seen, test), (work, first)),
    )
    return side, seen[-1].counts


@dataclass(frozen=True, eq=False)
class Answer:
    """What the network says of images, how sure it is, and what that took."""

    classes: Tensor
    sureness: Tensor
    counts: Counts


def _answer(length: Length, images: LabelledImages, first: int, which: Tensor | None = None) -> Answer:
    """Show images, numbered from `first`, or those of them that `which` says."""
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
    return Answer(torch.cat(classes), torch.cat(sureness), functools.reduce(operator.add, counts))


def _early(  # noqa: PLR0917
    settings: Settings,
    lengths: Sequence[Length],
    threshold: float,
    held: tuple[list[Answer], LabelledImages],
    tested: tuple[list[Answer], LabelledImages],
    how: tuple["functools.partial[Workload]", int],
) -> EarlyExit | None:
    """Every image is shown until the answer is sure enough at one of the lengths."""

    def outcome(answers: Sequence[Answer], images: LabelledImages) -> tuple[Tensor, float]:
        stops = first_sure(torch.stack([answer.sureness for answer in answers]), threshold)
        right = torch.stack([answer.classes == images.labels for answer in answers])
        return stops, float(right.gather(0, stops[None]).double().mean())

    if threshold > 1.0:  # every earlier stop would lose accuracy
        return None
    (work, first), (answers, images) = how, tested
    stops, accuracy = outcome(answers, images)
    counts = [
        _answer(length, images, first, where).counts
        for k, length in enumerate(lengths)
        if len(where := (stops == k).nonzero()[:, 0])
    ]
    did: Workload = work(functools.reduce(operator.add, counts))
    looks = sureness_operations(int((stops + 1).sum()), n_classes=len(lengths[0].readout.state()["rates"].T))
    mean = float(torch.tensor([length.steps for length in lengths])[stops].double().mean())
    return EarlyExit(
        rule=f"the probability of the best class is at least {threshold:.3f}, looked at after "
        f"{', '.join(str(length.steps) for length in lengths[:-1])} steps",
        chosen_on=f"{len(held[1]):,} training images that were held out",
        validation_accuracy=outcome(*held)[1],
        accuracy=accuracy,
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
    with torch.no_grad(), Count(baseline.network, names=layer_labels(baseline.network)) as count:
        scores = baseline.network(flat_images(test.images))
        with count.part("readout"):
            scores.argmax(1)
    side = Side(
        name,
        accuracy=relu_accuracy(baseline.network, test.images, test.labels),
        parameters=sum(value.numel() for value in baseline.network.parameters()),
        inference=conventional_works(count),
        bits=bits or 32,
    )
    return side, count.uncounted
