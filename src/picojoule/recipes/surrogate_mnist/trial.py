"""One seed of a comparison: the spiking network and the networks that it would replace, trained alike and counted.

A part of the training images is held out of every training. Nothing is learned from them: on them, the rule is chosen
that stops the spiking network early. Test images are looked at once, by each network, when everything is chosen.
"""

from collections.abc import Iterator
from functools import partial
from logging import Logger
from pathlib import Path

import torch
from torch import Tensor, nn

from picojoule.data.dataset import LabelledImages
from picojoule.energy.matched import matched_network
from picojoule.energy.study.trial import Trial
from picojoule.energy.tested import PIXEL, Shown, conventional_side, spiking_side
from picojoule.learn.gradient.mean_over_time import mean_over_time
from picojoule.learn.quantise.bits_for_steps import bits_for_steps
from picojoule.learn.quantise.levels import FULL_PRECISION
from picojoule.recipes.folder import CHECKPOINT
from picojoule.recipes.layer_labels import layer_labels
from picojoule.recipes.progress import progress
from picojoule.recipes.surrogate_mnist.budget import BudgetedTraining
from picojoule.recipes.surrogate_mnist.networks import relu_network, spiking_network
from picojoule.recipes.surrogate_mnist.options import DT, Options
from picojoule.recipes.surrogate_mnist.recipe import TEST_BATCH, answers_of_spiking, prepare, threads, train
from picojoule.recipes.surrogate_mnist.showing import TEST_NUMBERS, Showing
from picojoule.recipes.surrogate_mnist.state import save_model
from picojoule.recipes.timed import timed
from picojoule.recipes.trial_images import hold_out, refuse_validation

PRESSED = (
    "Unequal training: the spiking network was trained with a penalty on its energy, the ReLU networks without one; "
    "they might be made sparser, too. Held-out images chose the epoch of the spiking network, and then when to stop it "
    "early; the ReLU networks are those of the last epoch."
)


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
    settings, data, test, made, limit = prepare(options)
    if limit is None:
        learned, held_out = hold_out(data)
    else:  # the images that decide whether an energy budget holds
        learned, held_out = data.train, limit.images
    bits, seconds = bits_for_steps(settings.steps), dict[str, float]()
    with threads(settings.threads):
        network = spiking_network(made, tau=settings.tau, seed=options.seed, chunk=settings.steps)
        show = Showing(settings)

        def scores(pictures: Tensor, numbers: Tensor, epoch: int) -> Tensor:
            return mean_over_time(network(show(pictures, numbers, epoch)))

        within = None
        if limit is not None:
            answer = partial(answers_of_spiking, network, show, quiet=True)
            within = BudgetedTraining(settings, made, network, limit, answer)
        place = folder / CHECKPOINT
        with timed(seconds, "training of the spiking network"):
            train("training", network, scores, learned, settings, log, checkpoint=place, within=within)
        save_model(network, folder / "model.safetensors", settings.identity())

        pixels = bits if options.encoding == "poisson" else PIXEL  # as finely as the spiking network sees them
        matched = matched_network(network, bits=bits, input_bits=pixels, seed=options.seed)
        rivals = {
            f"the {bits}-bit ReLU network": (matched, bits),
            "the ReLU network": (relu_network(made, seed=options.seed), FULL_PRECISION),
        }
        for name, (rival, _) in rivals.items():
            with timed(seconds, f"training of {name}"):
                train(name.removeprefix("the "), rival, partial(_scores_of, rival), learned, settings, log)
        poisson = options.encoding == "poisson"
        names = layer_labels(network, made.names)
        how = Shown(partial(_shown, show), settings.steps, DT, spikes=poisson, poisson=poisson, labels=names)
        with timed(seconds, "testing"):
            spiking, count = spiking_side(network, how, test, held_out=held_out, first=TEST_NUMBERS)
            sides = [
                conventional_side(name, rival, test, _pictures, bits=few, labels=layer_labels(rival))
                for name, (rival, few) in rivals.items()
            ]
    return Trial(
        seed=options.seed,
        images=len(test),
        spiking=spiking,
        rivals=tuple(side for side, _ in sides),
        warnings=(*count.warnings, *([PRESSED] if limit is not None else [])),
        uncounted=(*count.uncounted, *(line for _, counted in sides for line in counted.uncounted)),
        seconds=seconds,
    )


def _scores_of(rival: nn.Module, pictures: Tensor, *_: object) -> Tensor:
    scores: Tensor = rival(pictures[:, None])
    return scores


def _shown(show: Showing, images: LabelledImages, first: int) -> Iterator[Tensor]:
    """What the spiking network gets to see of images that are numbered from `first`."""
    with progress("testing", len(images)) as advance:
        for numbers in torch.split(torch.arange(len(images)), TEST_BATCH):
            yield show(images.intensities(numbers), numbers + first, 0)
            advance(len(numbers), "")


def _pictures(images: LabelledImages, _: int) -> Iterator[Tensor]:
    for numbers in torch.split(torch.arange(len(images)), TEST_BATCH):
        yield images.intensities(numbers)[:, None]
