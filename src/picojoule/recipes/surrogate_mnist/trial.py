"""One seed of a comparison: the spiking network and the networks that it would replace, trained alike and counted.

A part of the training images is held out of every training. Nothing is learned from them: on them, the rule is chosen
that stops the spiking network early. Test images are looked at once, by each network, when everything is chosen.
"""

from dataclasses import dataclass, replace
from functools import partial
from logging import Logger
from pathlib import Path

import torch
from torch import Tensor, nn

from picojoule.core.counts import Counts, PopulationCounts
from picojoule.core.errors import ParameterError
from picojoule.data.dataset import LabelledImages
from picojoule.decode.early_exit import choose_threshold, first_sure
from picojoule.energy.contenders import DENSE, EVENTS, SKIPPING
from picojoule.energy.count.count import Count
from picojoule.energy.encoder import encoder_operations
from picojoule.energy.matched import matched_network
from picojoule.energy.readout import sureness_operations
from picojoule.energy.study.trial import EarlyExit, Moment, Side, Trial
from picojoule.energy.work import Work, Workload
from picojoule.layers import Sequential
from picojoule.learn.gradient.mean_over_time import mean_over_time
from picojoule.learn.quantise.bits_for_steps import bits_for_steps
from picojoule.recipes.datasets import datasets
from picojoule.recipes.folder import CHECKPOINT
from picojoule.recipes.layer_labels import layer_labels
from picojoule.recipes.progress import progress
from picojoule.recipes.surrogate_mnist.networks import Plan, plan, relu_network, spiking_network
from picojoule.recipes.surrogate_mnist.options import DT, Options, Settings
from picojoule.recipes.surrogate_mnist.recipe import TEST_BATCH, threads, train
from picojoule.recipes.surrogate_mnist.showing import TEST_NUMBERS, Showing
from picojoule.recipes.surrogate_mnist.state import save_model
from picojoule.recipes.timed import timed

PIXEL = 8  # bits
HELD_OUT = 0.1  # of the training images
POINTS = 30  # of the curve over decision time, at most


@dataclass(frozen=True, eq=False)
class Seen:
    """What a network answered to images after each step, and how sure it was, `[T, images]`."""

    classes: Tensor
    sureness: Tensor
    count: Count

    def right(self, images: LabelledImages) -> Tensor:
        """Whether each answer is right, `[T, images]`."""
        return self.classes == images.labels


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
    if options.validate or options.energy_budget is not None:
        name = "--validate" if options.validate else "--energy-budget"
        raise ParameterError(f"a comparison holds out training images and reports on test images; leave {name} out")
    settings = options.checked()
    data, test = datasets(options.data, validate=0, train_images=options.train_images, test_images=options.test_images)
    learned, held_out = data.split_validation(max(1, round(HELD_OUT * len(data.train))))
    made = plan(options.model, shape=data.shape, neurons=settings.neurons, classes=data.n_classes)
    bits, seconds = bits_for_steps(settings.steps), dict[str, float]()
    with threads(settings.threads):
        network = spiking_network(made, tau=settings.tau, seed=options.seed, chunk=settings.steps)
        show = Showing(settings)

        def scores(pictures: Tensor, numbers: Tensor, epoch: int) -> Tensor:
            return mean_over_time(network(show(pictures, numbers, epoch)))

        with timed(seconds, "training of the spiking network"):
            train("training", network, scores, learned, settings, log, checkpoint=folder / CHECKPOINT)
        save_model(network, folder / "model.safetensors", settings.identity())

        pixels = bits if options.encoding == "poisson" else PIXEL  # as finely as the spiking network sees them
        matched = matched_network(network, bits=bits, input_bits=pixels, seed=options.seed)
        rivals = {
            f"the {bits}-bit ReLU network": (matched, bits),
            "the ReLU network": (relu_network(made, seed=options.seed), 32),
        }
        for name, (rival, _) in rivals.items():
            with timed(seconds, f"training of {name}"):
                train(name.removeprefix("the "), rival, _scores_of(rival), learned, settings, log)
            rival.eval()
        with timed(seconds, "testing"):
            spiking, count = _spiking_side(settings, network, made, show, held_out, test)
            sides = [_relu_side(name, rival, test, bits) for name, (rival, bits) in rivals.items()]
    return Trial(
        seed=options.seed,
        images=len(test),
        spiking=spiking,
        rivals=tuple(side for side, _ in sides),
        warnings=count.warnings,
        uncounted=(*count.uncounted, *(line for _, counted in sides for line in counted.uncounted)),
        seconds=seconds,
    )


def _scores_of(rival: nn.Module) -> "partial[Tensor]":
    def scores(network: nn.Module, pictures: Tensor, *_: object) -> Tensor:
        found: Tensor = network(pictures[:, None])
        return found

    return partial(scores, rival)


def _spiking_side(  # noqa: PLR0917
    settings: Settings, network: Sequential, made: Plan, show: Showing, held_out: LabelledImages, test: LabelledImages
) -> tuple[Side, Count]:
    """The spiking network on test images: at the end, after every step, and with the rule that stops it early."""
    chosen = _watch(settings, network, made, show, held_out)
    threshold = choose_threshold(chosen.sureness, chosen.right(held_out))
    seen = _watch(settings, network, made, show, test)
    right, stops = seen.right(test), first_sure(seen.sureness, threshold)
    work = partial(_workload, settings, seen.count, test)
    steps = settings.steps
    curve = [
        Moment(t, t * DT, float(right[t - 1].double().mean()), work(torch.full((len(test),), t)))
        for t in sorted({max(1, round(steps * k / POINTS)) for k in range(1, POINTS + 1)})
    ]
    mean_steps = float((stops + 1).double().mean())
    validated = chosen.right(held_out).gather(0, first_sure(chosen.sureness, threshold)[None])
    early = EarlyExit(
        rule=f"the probability of the best class is at least {threshold:.3f}",
        chosen_on=f"{len(held_out):,} training images that were held out",
        validation_accuracy=float(validated.double().mean()),
        accuracy=float(right.gather(0, stops[None]).double().mean()),
        mean_steps=mean_steps,
        mean_milliseconds=mean_steps * DT,
        workload=_looking(work(stops + 1), int((stops + 1).sum()), made.stages[-1].outputs),
    )
    side = Side(
        "the spiking network",
        accuracy=float(right[-1].double().mean()),
        parameters=sum(value.numel() for value in network.parameters()),
        inference={EVENTS: work(None)},
        steps=steps,
        milliseconds=steps * DT,
        curve=tuple(curve),
        early_exit=early,
    )
    return side, seen.count


@torch.no_grad()
def _watch(settings: Settings, network: Sequential, made: Plan, show: Showing, images: LabelledImages) -> Seen:
    """Answers after every step, counted; the readout's mean potential so far is the score of a class."""
    spikes = settings.options.encoding == "poisson"
    classes, sureness = [], []
    count = Count(network, input_spikes=spikes, names=layer_labels(network, made.names), each_step=True)
    with count, progress("testing", len(images)) as advance:
        for numbers in torch.split(torch.arange(len(images)), TEST_BATCH):
            potentials = network(show(images.intensities(numbers), numbers + TEST_NUMBERS, 0))
            with count.part("readout"):
                answer = potentials.cumsum(0)
                most = answer.amax(2)
            steps = torch.arange(1, len(answer) + 1)[:, None, None]
            certain = (answer / steps).softmax(2).amax(2)
            classes.append((answer == most[..., None]).to(torch.uint8).argmax(2))
            sureness.append(certain)
            advance(len(numbers), "")
    return Seen(torch.cat(classes, 1), torch.cat(sureness, 1), count)


def _looking(work: Workload, looks: int, classes: int) -> Workload:
    """The same work, and looking after every step whether the answer is sure enough."""
    return replace(work, works=(*work.works, sureness_operations(looks, n_classes=classes)))


def _workload(settings: Settings, count: Count, images: LabelledImages, stops: Tensor | None) -> Workload:
    """The spiking network's work until each image is answered, its encoder included."""
    work = count.workload(stops=stops)
    if settings.options.encoding == "current":
        return work
    came = sum(t.reads for line in work.works if line.name == "input spikes" for t in line.traffic)
    counts = Counts(len(images), populations={"input": PopulationCounts(images.images[0].numel(), spikes=came)})
    active = int(torch.count_nonzero(images.images))
    made: tuple[Work, ...] = encoder_operations(counts, "input", active_inputs=active)
    return replace(work, works=(*made, *work.works))


@torch.no_grad()
def _relu_side(name: str, network: nn.Module, images: LabelledImages, bits: int) -> tuple[Side, Count]:
    answers = []
    with Count(network, names=layer_labels(network)) as count:
        for numbers in torch.split(torch.arange(len(images)), TEST_BATCH):
            scores = network(images.intensities(numbers)[:, None])
            with count.part("readout"):
                answers.append(scores.argmax(1))
    side = Side(
        name,
        accuracy=float((torch.cat(answers) == images.labels).double().mean()),
        parameters=sum(value.numel() for value in network.parameters()),
        inference={DENSE: count.workload(skip_zeros=False), SKIPPING: count.workload()},
        bits=bits,
    )
    return side, count
