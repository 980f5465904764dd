"""Networks that have learned, tested on images and counted: one side of a comparison each."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from picojoule.core.arguments import public, validate
from picojoule.core.counts import Counts, PopulationCounts
from picojoule.core.errors import ShapeError
from picojoule.data.dataset import LabelledImages
from picojoule.energy.anytime import Answers, answers_over_time
from picojoule.energy.contenders import DENSE, EVENTS, REUSING, SKIPPING
from picojoule.energy.count.count import Count
from picojoule.energy.encoder import encoder_operations
from picojoule.energy.readout import sureness_operations
from picojoule.energy.study.trial import EarlyExit, Moment, Side
from picojoule.energy.work import Workload
from picojoule.learn.quantise.levels import FULL_PRECISION

Inputs = Callable[[LabelledImages, int], Iterable[Tensor]]  # images, the number of the first of them -> batches
PIXEL = 8  # bits
POINTS = 30  # of the curve over decision time, at most


@dataclass(frozen=True, eq=False)
class Shown:
    """How a spiking network is shown images.

    Args:
        inputs: gives batches `[T, B, *N]` of images.
        steps: of each.
        dt: length of a step, in ms.
        spikes: whether these are spikes; otherwise they are currents.
        poisson: whether a Poisson encoder made them, so that its work is counted.
        labels: of the network's layers in the account, by their names.
    """

    inputs: Inputs
    steps: int
    dt: float
    spikes: bool
    poisson: bool
    labels: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        validate(self)

    def works(self, count: Count, images: LabelledImages, stops: Tensor | None) -> dict[str, Workload]:
        """The network's work until each image is answered, its encoder included, by method.

        Args:
            count: of showing the images.
            images: that were shown.
            stops: `[images]`, steps of each; `None`: all of them.
        """
        plain, reused = (count.workload(stops=stops, reuse_weights=reuse) for reuse in (False, True))
        return _methods({EVENTS: self._encoded(plain, images)}, self._encoded(reused, images))

    def _encoded(self, work: Workload, images: LabelledImages) -> Workload:
        if not self.poisson:
            return work
        came = sum(t.reads for line in work.works if line.name == "input spikes" for t in line.traffic)
        counts = Counts(len(images), populations={"input": PopulationCounts(images.images[0].numel(), spikes=came)})
        made = encoder_operations(counts, "input", active_inputs=int(torch.count_nonzero(images.images)))
        return replace(work, works=(*made, *work.works))


@public
def spiking_side(
    network: nn.Module, shown: Shown, test: LabelledImages, *, held_out: LabelledImages | None, first: int
) -> tuple[Side, Count]:
    """Test a spiking network: at the end, after every step, and with a rule that stops it early.

    Args:
        network: takes `[T, B, *N]` and gives scores `[T, B, classes]`; the class with the largest sum is its answer.
        shown: how it is shown images.
        test: images to report on.
        held_out: images that nothing learned from; on them, the rule is chosen that stops as early as it can without
            losing accuracy. `None`: no such rule.
        first: number of the first test image, on which its spikes depend; held-out images are numbered before it.

    Returns:
        The side, and the count of the test images.

    Raises:
        ShapeError: if it gives no `[T, B, classes]`, or too few classes.
    """
    steps, spikes = shown.steps, shown.spikes
    rule = None
    with evaluated(network):
        if held_out is not None:
            batches = shown.inputs(held_out, first - len(held_out))
            looked = answers_over_time(network, batches, Count(network, input_spikes=spikes), steps=steps)
            rule = _Rule(looked, held_out.labels, looked.threshold(held_out.labels))
        count = Count(network, input_spikes=spikes, names=shown.labels, each_step=True)
        seen = answers_over_time(network, shown.inputs(test, first), count, steps=steps)
    _check_classes("the spiking network", seen.n_classes, test.labels)
    right = seen.right(test.labels)

    def moment(t: int) -> Moment:
        works = shown.works(count, test, torch.full((len(test),), t))
        return Moment(t, t * shown.dt, float(right[t - 1].double().mean()), works)

    side = Side(
        "the spiking network",
        accuracy=float(right[-1].double().mean()),
        parameters=parameters_of(network),
        inference=shown.works(count, test, None),
        steps=steps,
        milliseconds=steps * shown.dt,
        curve=tuple(moment(t) for t in sorted({max(1, round(steps * k / POINTS)) for k in range(1, POINTS + 1)})),
    )
    if rule is not None and rule.threshold <= 1.0:
        side = replace(side, early_exit=_early_exit(rule, seen, shown, count, test))
    return side, count


@dataclass(frozen=True, eq=False)
class _Rule:
    """When to stop early, chosen on images that nothing is reported on."""

    answers: Answers
    labels: Tensor
    threshold: float

    @property
    def accuracy(self) -> float:
        return self.answers.accuracy(self.labels, self.answers.stops(self.threshold))


def _early_exit(rule: _Rule, seen: Answers, shown: Shown, count: Count, test: LabelledImages) -> EarlyExit:
    stops = seen.stops(rule.threshold)
    mean_steps = float(stops.double().mean())
    works = shown.works(count, test, stops)
    looks = sureness_operations(int(stops.sum()), n_classes=seen.n_classes)
    return EarlyExit(
        rule=f"the probability of the best class is at least {rule.threshold:.3f}",
        chosen_on=f"{len(rule.labels):,} training images that were held out",
        validation_accuracy=rule.accuracy,
        accuracy=seen.accuracy(test.labels, stops),
        mean_steps=mean_steps,
        mean_milliseconds=mean_steps * shown.dt,
        inference={method: replace(work, works=(*work.works, looks)) for method, work in works.items()},
    )


@public
@torch.no_grad()
def conventional_side(
    name: str,
    network: nn.Module,
    test: LabelledImages,
    inputs: Inputs,
    *,
    bits: int = FULL_PRECISION,
    labels: Mapping[str, str] | None = None,
) -> tuple[Side, Count]:
    """Test a network that does not know time.

    Args:
        name: as it shall stand in sentences.
        network: takes `[B, *N]` and gives scores `[B, classes]`.
        test: images to report on.
        inputs: gives batches `[B, *N]` of images.
        bits: of weights and activations.
        labels: of its layers in the account, by their names.

    Returns:
        The side, and its count.

    Raises:
        ShapeError: if it gives no `[B, classes]`, or too few classes.
    """
    answers = []
    with evaluated(network), Count(network, names=labels) as count:
        for batch in inputs(test, 0):
            scores = network(batch)
            if not isinstance(scores, Tensor) or scores.dim() != 2 or len(scores) != len(batch):
                found = list(scores.shape) if isinstance(scores, Tensor) else type(scores).__name__
                raise ShapeError(f"{name} must give scores [B, classes], here [{len(batch)}, classes], got {found}")
            with count.part("readout"):
                answers.append(scores.argmax(1))
    _check_classes(name, scores.shape[1], test.labels)
    side = Side(
        name,
        accuracy=float((torch.cat(answers).cpu() == test.labels).double().mean()),
        parameters=parameters_of(network),
        inference=conventional_works(count),
        bits=bits,
    )
    return side, count


def conventional_works(count: Count) -> dict[str, Workload]:
    """The work of a conventional network by method: all products, zeros skipped, and weights reused where that helps.

    Args:
        count: of the network.
    """
    plain = {DENSE: count.workload(skip_zeros=False), SKIPPING: count.workload()}
    return _methods(plain, count.workload(reuse_weights=True))


def _methods(plain: dict[str, Workload], reused: Workload) -> dict[str, Workload]:
    """Reusing weights is a method of its own where it saves reads: in convolutions."""
    *_, last = plain.values()
    return {**plain, REUSING: reused} if reused.works != last.works else plain


def parameters_of(network: nn.Module) -> int:
    """How many numbers a network learns.

    Example:
        >>> parameters_of(nn.Linear(3, 2))
        8
    """
    return sum(value.numel() for value in network.parameters())


@contextmanager
def evaluated(network: nn.Module) -> Iterator[None]:
    """Without dropout and the like; the mode of each part is as before afterwards.

    Args:
        network: any module.
    """
    before = [(module, module.training) for module in network.modules()]
    network.eval()
    try:
        yield
    finally:
        for module, training in before:
            module.training = training


def _check_classes(name: str, n_classes: int, labels: Tensor) -> None:
    if n_classes <= (highest := int(labels.max())):
        raise ShapeError(
            f"{name} tells {n_classes} classes apart, but the test images have labels up to {highest}; "
            f"give it {highest + 1} outputs or more"
        )
