"""Diehl & Cook (2015): digits learned without labels, by STDP.

    pj run diehl-cook-2015                              100 neurons, 4,000 embedded digits, well under a minute
    pj run diehl-cook-2015 --data mnist --neurons 400   see README.md beside this file for what to expect

The script reads from top to bottom: data, network, training, labels, test, the conventional network, energy, pictures.
"""

import functools
import math
import operator
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from logging import Logger
from pathlib import Path

import torch
from torch import Tensor

from picojoule.core.counts import Counts
from picojoule.core.errors import DataError
from picojoule.core.responses import Shown
from picojoule.data.dataset import ImageDataset, LabelledImages
from picojoule.decode.labels import assignment_of
from picojoule.decode.likelihood import PoissonLikelihood
from picojoule.decode.readout import Readout
from picojoule.decode.score import accuracy, confidence_interval, confusion
from picojoule.decode.votes import AllActivity, ProportionWeighting
from picojoule.encode.poisson import Poisson
from picojoule.energy.baseline import train_relu_network
from picojoule.energy.compare import Comparison, compare
from picojoule.energy.contenders import relu_contender, spiking_contender
from picojoule.learn.stdp.homeostasis import AdaptiveThreshold
from picojoule.models import DiehlCook2015, DiehlCook2015Conductance
from picojoule.network.network import Network
from picojoule.network.store import save_network
from picojoule.recipes.command import AGAIN, COMMAND, command
from picojoule.recipes.datasets import datasets
from picojoule.recipes.diehl_cook_2015.findings import NAME, READOUT, Findings
from picojoule.recipes.diehl_cook_2015.options import Options, Settings, label_images
from picojoule.recipes.diehl_cook_2015.report import write_pictures
from picojoule.recipes.diehl_cook_2015.state import WINDOW, TrainingState, load_state, save_state
from picojoule.recipes.folder import CHECKPOINT, fingerprint, run_folder, write_result
from picojoule.recipes.progress import progress
from picojoule.recipes.tell import tell
from picojoule.simulate.event.engine import Event
from picojoule.simulate.present import Chunk, Presentation, present
from picojoule.simulate.reference import Reference
from picojoule.simulate.run import run as run_network

POINTS = 60  # of the curves over training
RELU_SMALL, RELU_EPOCHS_SMALL, RELU_EPOCHS = 10_000, 20, 5  # images, and passes over fewer or more of them
Show = Callable[..., Iterator[Chunk]]


def run(options: Options) -> int:
    """Run the recipe; see `Options`.

    Returns:
        Exit status 0.

    Raises:
        PicojouleError: if an option, the data, the folder or a checkpoint is no good; nothing is half-written then.
    """
    settings = options.checked()
    data, held_out = datasets(
        options.data,
        validate=options.validate,
        train_images=options.train_images,
        test_images=options.test_images,
    )
    network, presentation = build(settings, data)
    with run_folder(options.out, name=NAME, resume=options.resume, again=f"pj run {NAME}") as (folder, log):
        log.info("%s%s", COMMAND, command(NAME, options, leave_out=AGAIN))
        findings = _run(settings, data, held_out, network, presentation, folder, log)
        log.info("ended after %.1f s: %s", findings.seconds, findings.accuracies)
        tell(f"{NAME}: {findings.headline()}", findings.rows(), findings.comparison.verdict(), folder)
    return 0


def _run(  # noqa: PLR0917  # the recipe's own steps
    settings: Settings,
    data: ImageDataset,
    held_out: LabelledImages,
    network: Network,
    presentation: Presentation,
    folder: Path,
    log: Logger,
) -> Findings:
    begin = time.perf_counter()
    options, engine = settings.options, engine_of(settings)
    show = functools.partial(present, network, presentation=presentation, seed=options.seed, engine=engine)

    # 1. Learn, without labels.
    state = train(settings, data, network, show, folder, log)

    # 2. Give every neuron the class that it answers to most, on training images.
    naming = data.train.subset(slice(-label_images(options, len(data.train)), None))
    rates, named = answers_by_class(naming, data.n_classes, show, epoch=options.epochs)
    assignment = assignment_of(rates)
    how = Shown(presentation.steps + presentation.rest, network.dt)
    extra, notes = (
        PoissonLikelihood(rates=rates).under(how).state(),
        {"options": settings.identity(), "readout": READOUT},
    )
    save_network(network, folder / "model.safetensors", extra=extra, notes=notes)

    # 3. Test: spikes of images that the network has never seen, decoded in three ways.
    readouts = AllActivity(assignment), ProportionWeighting(assignment), PoissonLikelihood(rates=rates)
    predictions, tested = answers(held_out, readouts, show, first=len(data.train) + len(data.test))
    accuracies = {name: accuracy(predicted, held_out.labels) for name, predicted in predictions.items()}
    right = round(accuracies[READOUT] * len(held_out))

    # 4. The conventional network of the same size, on the same images, and what both cost.
    trained = named if state.counts is None else state.counts + named
    comparison = conventional(settings, data, held_out, accuracies[READOUT], tested, trained)

    findings = Findings(
        settings=settings,
        data=data,
        tested=len(held_out),
        accuracies=accuracies,
        interval=confidence_interval(right, len(held_out)),
        confusion=confusion(predictions[READOUT], held_out.labels, data.n_classes),
        assignment=assignment,
        state=state,
        testing=tested,
        comparison=comparison,
        seconds=time.perf_counter() - begin,
    )
    # 5. Pictures, report, figures.
    first = presentation.encode(
        held_out.intensities(torch.tensor([0])), torch.tensor([0]), dt=network.dt, seed=options.seed, epoch=0
    )
    one = run_network(network, first, record=["Ae", "Ai"], engine=engine)
    write_pictures(folder, findings, network, first, one)
    write_result(folder, {**findings.figures(), "machine": fingerprint()})
    (folder / CHECKPOINT).unlink(missing_ok=True)
    return findings


def build(settings: Settings, data: ImageDataset) -> tuple[Network, Presentation]:
    """The network, and how images are shown to it."""
    options = settings.options
    label_images(options, len(data.train))  # refuses more than there are
    current = functools.partial(DiehlCook2015, losers_reset=options.losers_reset)
    model = current if options.preset == "current" else DiehlCook2015Conductance
    network = model(
        n_input=math.prod(data.shape),
        n_neurons=options.neurons,
        inh=settings.inhibition,
        dt=settings.dt,
        nu=options.nu,
        theta_plus=options.theta_plus,
        seed=options.seed,
    )
    encoder = Poisson(max_rate=settings.max_rate)
    encoder.check_step(settings.dt)
    return network, Presentation(encoder, steps=settings.steps, rest=settings.rest, repeat_below=settings.repeat_below)


def engine_of(settings: Settings) -> Event | Reference:
    """The engine that runs the network."""
    return Event(settings.options.threads) if settings.options.engine == "event" else Reference()


def train(  # noqa: PLR0917
    settings: Settings, data: ImageDataset, network: Network, show: Show, folder: Path, log: Logger
) -> TrainingState:
    """Show the training images, epoch after epoch, and learn; go on from a checkpoint where there is one."""
    options, images = settings.options, len(data.train)
    path, identity = folder / CHECKPOINT, settings.identity()
    state = TrainingState(torch.zeros(options.neurons, data.n_classes).double(), torch.zeros(data.n_classes).double())
    if options.resume and path.exists():
        state = load_state(network, identity, path)
        log.info("resumed after %d images", state.done)
    window = max(WINDOW // options.batch_size, 1) * options.batch_size
    every = max(1, options.epochs * images // window // POINTS)  # windows between two points of the figures
    saved, mark = time.monotonic(), None
    with progress("training", options.epochs * images, done=state.done) as advance:
        for epoch in range(state.done // images, options.epochs):
            order = torch.randperm(images, generator=torch.Generator().manual_seed(options.seed + 7919 * epoch))
            order = order[state.done - epoch * images :]
            anneal(network, settings, state.done / (options.epochs * images))
            shown = show(data.train.intensities, numbers=order, epoch=epoch, learn=True,
                         batch_size=options.batch_size, chunk=window)  # fmt: skip
            for part in shown:
                labels = data.train.labels[order[part.start : part.stop]]
                accuracy_now = state.running_accuracy(part.run["Ae"], labels)
                state.learn_labels(part.run["Ae"], labels)
                state.counts = part.run.counts if state.counts is None else state.counts + part.run.counts
                state.done += part.stop - part.start
                anneal(network, settings, state.done / (options.epochs * images))
                if state.done // window % every == 0 or state.done == options.epochs * images:
                    state.record(network, accuracy_now)
                now = time.monotonic()
                state.clock(part.stop - part.start, None if mark is None else now - mark)
                mark = now
                if now - saved >= options.checkpoint_seconds:
                    save_state(state, network, identity, path)
                    saved = time.monotonic()
                advance(part.stop - part.start, "" if accuracy_now is None else f"{accuracy_now:.1%} right")
            log.info("epoch %d ended, %d images shown", epoch + 1, state.done)
    return state


def anneal(network: Network, settings: Settings, progress_made: float) -> None:
    """Let learning rates and threshold steps fall linearly to a fraction of what they were."""
    options = settings.options
    left = 1.0 - (1.0 - options.anneal) * progress_made
    last = options.anneal if options.anneal_theta is None else options.anneal_theta
    rule, population = network.rules["X", "Ae"], network.population("Ae")
    network.rules["X", "Ae"] = replace(rule, nu=(options.nu[0] * left, options.nu[1] * left))  # type: ignore[type-var]
    if isinstance(population.homeostasis, AdaptiveThreshold):
        step = options.theta_plus * (1.0 - (1.0 - last) * progress_made)
        population.homeostasis = replace(population.homeostasis, step=step)


def answers_by_class(images: LabelledImages, n_classes: int, show: Show, *, epoch: int) -> tuple[Tensor, Counts]:
    """Mean responses of the excitatory neurons to each class, `[neurons, classes]`, and what it took."""
    sums, counts = None, []
    with progress("labelling", len(images)) as advance:
        for part in show(images.intensities, numbers=torch.arange(len(images)), epoch=epoch):
            one_hot = torch.nn.functional.one_hot(images.labels[part.start : part.stop], n_classes).double()
            added = part.run["Ae"].counts.T.double() @ one_hot
            sums = added if sums is None else sums + added
            counts.append(part.run.counts)
            advance(part.stop - part.start, "")
    if sums is None:
        raise DataError("there are no images to label neurons with")
    return sums / images.counts(n_classes).clamp(min=1), functools.reduce(operator.add, counts)


def answers(
    images: LabelledImages, readouts: Sequence[Readout], show: Show, *, first: int
) -> tuple[dict[str, Tensor], Counts]:
    """What each readout says of images numbered from `first`, and what it took; responses are not kept."""
    said: dict[str, list[Tensor]] = {type(readout).__name__: [] for readout in readouts}
    counts = []
    with progress("testing", len(images)) as advance:
        numbers = torch.arange(first, first + len(images))
        for part in show(lambda chosen: images.intensities(chosen - first), numbers=numbers):
            for readout in readouts:
                said[type(readout).__name__].append(readout.predict(part.run["Ae"]))
            counts.append(part.run.counts)
            advance(part.stop - part.start, "")
    return {name: torch.cat(parts) for name, parts in said.items()}, functools.reduce(operator.add, counts)


def conventional(  # noqa: PLR0917
    settings: Settings, data: ImageDataset, held_out: LabelledImages, right: float, tested: Counts, trained: Counts
) -> Comparison:
    """Train the ReLU network of the same size on the same images, and price both networks."""
    options = settings.options
    epochs = RELU_EPOCHS_SMALL if len(data.train) <= RELU_SMALL else RELU_EPOCHS
    with progress("ReLU network", epochs * len(data.train)) as advance:
        before = 0

        def moved(done: int, _: int) -> None:
            nonlocal before
            advance(done - before, "")
            before = done

        baseline = train_relu_network(
            data.train.images, data.train.labels, hidden=options.neurons, epochs=epochs, seed=options.seed,
            n_classes=data.n_classes, progress=moved,
        )  # fmt: skip
    spiking = spiking_contender(
        right, tested, trained, encoded="X", output="Ae", n_classes=data.n_classes, proportions=True,
        active_inputs=_active(held_out, tested), active_training_inputs=_active(data.train, trained),
    )  # fmt: skip
    return compare(spiking, relu_contender(baseline, held_out.images, held_out.labels))


def _active(images: LabelledImages, counts: Counts) -> int:
    """Inputs that are not black, summed over presentations."""
    return round(torch.count_nonzero(images.images).item() / len(images) * counts.samples)
