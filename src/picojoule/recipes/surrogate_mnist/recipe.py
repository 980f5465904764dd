"""Digits learned by surrogate gradients: backpropagation through time, with learned time constants.

    pj run surrogate-mnist                                784-1000-10 on 4,000 embedded digits, about a minute
    pj run surrogate-mnist --model conv                   12C5-P2-64C5-P2-10
    pj run surrogate-mnist --data mnist                   see README.md beside this file for what to expect

The script reads from top to bottom: data, networks, training, test, the conventional network, energy, pictures.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from logging import Logger
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from picojoule.data.dataset import ImageDataset, LabelledImages
from picojoule.decode.score import accuracy, confidence_interval, confusion
from picojoule.layers import Recorder, Sequential
from picojoule.learn.gradient.mean_over_time import mean_over_time
from picojoule.learn.gradient.warm_up_cosine import warm_up_cosine
from picojoule.recipes.command import AGAIN, COMMAND, command
from picojoule.recipes.datasets import datasets
from picojoule.recipes.folder import CHECKPOINT, fingerprint, run_folder, write_result
from picojoule.recipes.progress import Advance, progress
from picojoule.recipes.surrogate_mnist.account import Answers, comparison
from picojoule.recipes.surrogate_mnist.budget import BudgetedTraining, Limit, hold_out
from picojoule.recipes.surrogate_mnist.budget_outcome import budget_outcome
from picojoule.recipes.surrogate_mnist.findings import NAME, Findings
from picojoule.recipes.surrogate_mnist.networks import Plan, plan, relu_network, spiking_network
from picojoule.recipes.surrogate_mnist.options import Options, Settings
from picojoule.recipes.surrogate_mnist.report import write_pictures
from picojoule.recipes.surrogate_mnist.showing import TEST_NUMBERS, Showing, batches, epoch_generator, shifted
from picojoule.recipes.surrogate_mnist.state import TrainingState, load_state, save_model, save_state
from picojoule.recipes.tell import tell

TEST_BATCH = 250  # images
Scores = Callable[[Tensor, Tensor, int], Tensor]  # pictures, their numbers, the epoch -> [B, classes]


def run(options: Options) -> int:
    """Run the recipe; see `Options`.

    Returns:
        Exit status 0; 1 if there is an energy budget and the network does not keep it.

    Raises:
        PicojouleError: if an option, the data, the folder or a checkpoint is no good; nothing is half-written then.
    """
    settings, data, held_out, made, limit = prepare(options)
    with (
        run_folder(options.out, name=NAME, resume=options.resume, again=f"pj run {NAME}") as (folder, log),
        threads(settings.threads),
    ):
        log.info("%s%s", COMMAND, command(NAME, options, leave_out=AGAIN))
        findings = _run(settings, data, held_out, made, limit, folder, log)
        log.info("ended after %.1f s: %s", findings.seconds, findings.accuracy)
        tell(f"{NAME}: {findings.headline()}", findings.rows(), findings.verdict(), folder)
    return 0 if findings.budget is None or findings.budget.holds else 1


def prepare(options: Options) -> tuple[Settings, ImageDataset, LabelledImages, Plan, Limit | None]:
    """Check everything that can be checked before anything is written or trained.

    Args:
        options: of the run.

    Returns:
        The settings; images to learn from, and to report on; what both networks are made of; the energy budget.

    Raises:
        PicojouleError: if an option or the data are no good, or the budget cannot be kept.
    """
    settings = options.checked()
    data, held_out = datasets(
        options.data,
        validate=options.validate,
        train_images=options.train_images,
        test_images=options.test_images,
    )
    made = plan(options.model, shape=data.shape, neurons=settings.neurons, classes=data.n_classes)
    data, limit = hold_out(settings, data, made)
    return settings, data, held_out, made, limit


def _run(  # noqa: PLR0917  # the recipe's own steps
    settings: Settings,
    data: ImageDataset,
    held_out: LabelledImages,
    made: Plan,
    limit: Limit | None,
    folder: Path,
    log: Logger,
) -> Findings:
    begin = time.perf_counter()
    options, show = settings.options, Showing(settings)
    network = spiking_network(made, tau=settings.tau, seed=options.seed, chunk=settings.steps)
    rival = relu_network(made, seed=options.seed)

    # 1. Train. A class's score is the mean potential of its readout neuron.
    def scores(pictures: Tensor, numbers: Tensor, epoch: int) -> Tensor:
        return mean_over_time(network(show(pictures, numbers, epoch)))

    within = None
    if limit is not None:  # an energy budget: the loss gets a penalty, and held-out images choose an epoch
        answer = partial(answers_of_spiking, network, show, quiet=True)
        within = BudgetedTraining(settings, made, network, limit, answer)
    checkpoint = folder / CHECKPOINT
    state = train("training", network, scores, data.train, settings, log, checkpoint=checkpoint, within=within)
    save_model(network, folder / "model.safetensors", settings.identity())

    # 2. Test: once, on images that were never looked at.
    tested = answers_of_spiking(network, show, held_out)
    found = accuracy(tested.classes, held_out.labels)

    # 3. The conventional network of the same layers, trained by the same loop, and what both cost.
    def rival_scores(pictures: Tensor, *_: object) -> Tensor:
        scores: Tensor = rival(pictures[:, None])
        return scores

    train("ReLU network", rival, rival_scores, data.train, settings, log)
    computed = answers_of_relu(rival, held_out)
    relu = accuracy(computed.classes, held_out.labels)

    compared = comparison(settings, made, network, spiking=(found, tested), relu=(relu, computed))
    kind = "validation" if options.validate else "test"
    outcome = budget_outcome(within, made, compared, partial(answers_of_relu, rival), kind=kind)
    findings = Findings(
        settings=settings,
        data=data,
        made=made,
        accuracy=found,
        interval=confidence_interval(round(found * len(held_out)), len(held_out)),
        confusion=confusion(tested.classes, held_out.labels, data.n_classes),
        state=state,
        tested=tested,
        comparison=compared,
        budget=outcome,
        seconds=time.perf_counter() - begin,
    )
    # 4. Pictures, report, figures.
    write_pictures(folder, findings, network, spikes_of_one(network, show, held_out))
    write_result(folder, {**findings.figures(), "machine": fingerprint()})
    checkpoint.unlink(missing_ok=True)
    return findings


def train(  # noqa: PLR0917
    what: str,
    network: nn.Module,
    scores: Scores,
    images: LabelledImages,
    settings: Settings,
    log: Logger,
    *,
    checkpoint: Path | None = None,
    within: BudgetedTraining | None = None,
) -> TrainingState:
    """Show the training images, epoch after epoch, and follow the gradient; go on from a checkpoint if there is one."""
    options, identity, total = settings.options, settings.identity(), settings.epochs * len(images)
    optimiser, state = torch.optim.Adam(network.parameters(), lr=settings.learning_rate), TrainingState()
    objective: Callable[[Tensor, Tensor], Tensor] = cross_entropy
    if checkpoint is not None and options.resume and checkpoint.exists():
        state = load_state(network, optimiser, identity, checkpoint)
        log.info("resumed after %d epochs", state.epochs)
    if within is not None:
        state.budget = within.begin(state.budget)
        scores, objective = within.scores, within.loss
    with progress(what, total, done=state.epochs * len(images)) as advance:
        for epoch in range(state.epochs, settings.epochs):
            begin = time.perf_counter()
            right, loss = _epoch(epoch, scores, images, settings, optimiser, advance, objective)
            state.seconds += time.perf_counter() - begin
            state.record(network, images=(epoch + 1) * len(images), accuracy=right, loss=loss)
            if within is not None:
                within.epoch_ended()
            if checkpoint is not None:
                save_state(state, network, optimiser, identity, checkpoint)
            log.info("%s: epoch %d ended, loss %.4f, %.2f %% right", what, epoch + 1, loss, 100 * right)
    if within is not None:
        within.take_best()
    return state


def _epoch(  # noqa: PLR0917
    epoch: int,
    scores: Scores,
    images: LabelledImages,
    settings: Settings,
    optimiser: torch.optim.Optimizer,
    advance: Advance,
    objective: Callable[[Tensor, Tensor], Tensor],
) -> tuple[float, float]:
    """Show every training image once; returns the share of right answers, and the mean loss."""
    options, total = settings.options, settings.epochs * len(images)
    generator, done, right, losses = epoch_generator(settings, epoch), 0, 0, 0.0
    for numbers in batches(len(images), options.batch_size, generator):
        set_rate(optimiser, settings.learning_rate * warm_up_cosine((epoch * len(images) + done) / total))
        pictures, labels = images.intensities(numbers), images.labels[numbers]
        found = scores(shifted(pictures, options.shift, generator), numbers, epoch)
        loss = objective(found, labels)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        done += len(numbers)
        right += int((found.argmax(1) == labels).sum())
        losses += float(loss.detach()) * len(numbers)
        advance(len(numbers), f"{right / done:.1%} right")
    return right / done, losses / done


def set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate of the next step."""
    for group in optimiser.param_groups:
        group["lr"] = rate


@torch.no_grad()
def answers_of_spiking(network: Sequential, show: Showing, images: LabelledImages, *, quiet: bool = False) -> Answers:
    """What the spiking network answers, and every spike on the way, counted for each neuron."""
    answers, sums = [], None
    with nullcontext(_unseen) if quiet else progress("testing", len(images)) as advance:
        for numbers in torch.split(torch.arange(len(images)), TEST_BATCH):
            shown = show(images.intensities(numbers), numbers + TEST_NUMBERS, 0)
            with Recorder(network, keep={"spike"}, limit="4 GB") as recorder:
                answers.append(mean_over_time(network(shown)).argmax(1))
            spikes = [torch.count_nonzero(shown, (0, 1)), *(value.sum((0, 1)) for value in recorder.values())]
            sums = spikes if sums is None else [a + b for a, b in zip(sums, spikes, strict=True)]
            advance(len(numbers), "")
    return Answers(torch.cat(answers), tuple(sums or ()), torch.count_nonzero(images.images, 0))


def _unseen(*_: object) -> None:
    """Progress that is not shown: on a terminal, two bars at a time are refused."""


@torch.no_grad()
def answers_of_relu(network: nn.Sequential, images: LabelledImages) -> Answers:
    """What the ReLU network answers, and how often each unit is not zero."""
    answers, sums = [], None
    for numbers in torch.split(torch.arange(len(images)), TEST_BATCH):
        units = images.intensities(numbers)[:, None]
        active = [torch.count_nonzero(units, 0)]
        for module in network:
            units = module(units)
            if isinstance(module, nn.ReLU):
                active.append(torch.count_nonzero(units, 0))
        answers.append(units.argmax(1))
        sums = active if sums is None else [a + b for a, b in zip(sums, active, strict=True)]
    return Answers(torch.cat(answers), tuple(sums or ()), torch.count_nonzero(images.images, 0))


@torch.no_grad()
def spikes_of_one(network: Sequential, show: Showing, images: LabelledImages) -> list[Tensor]:
    """The input of the first image and the spikes of each hidden layer, `[T, N]`."""
    shown = show(images.intensities(torch.tensor([0])), torch.tensor([TEST_NUMBERS]), 0)
    with Recorder(network, keep={"spike"}) as recorder:
        network(shown)
    return [value.flatten(1) for value in (shown, *recorder.values())]


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Let torch, and with it the compiled loops, use so many threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
