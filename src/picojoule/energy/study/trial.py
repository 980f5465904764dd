"""What one seed found: a spiking network and its rivals, each with accuracy and work, tested on the same images."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from picojoule.core.arguments import validate
from picojoule.energy.work import Workload


@dataclass(frozen=True)
class Moment:
    """What a spiking network would have answered, had it been stopped after some steps.

    Args:
        steps: that were run for each image.
        milliseconds: of simulated time.
        accuracy: fraction in [0, 1] on the test images.
        inference: the work of all test images up to this step, by method.
    """

    steps: int
    milliseconds: float
    accuracy: float
    inference: Mapping[str, Workload]

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True)
class EarlyExit:
    """What stopping as soon as the answer is sure enough gave; the rule was chosen on other images.

    Args:
        rule: in words, with the threshold, for instance `the best class is ahead by 0.4`.
        chosen_on: in words, for instance `500 validation images`.
        validation_accuracy: with the rule, on the images that it was chosen on.
        accuracy: with the rule, on the test images.
        mean_steps: of a test image until it is answered.
        mean_milliseconds: of simulated time.
        inference: the work of all test images, each until it is answered, by method.
    """

    rule: str
    chosen_on: str
    validation_accuracy: float
    accuracy: float
    mean_steps: float
    mean_milliseconds: float
    inference: Mapping[str, Workload]

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True)
class Side:
    """One network, tested.

    Args:
        name: as it shall stand in sentences, for example `the spiking network`.
        accuracy: fraction in [0, 1] on the test images.
        parameters: numbers that were learned.
        inference: the work of answering all test images, by method; of several the cheapest counts in the verdict.
        steps: time steps until the answer, on average; 1 for a network that does not know time.
        milliseconds: of simulated time until the answer; 0 for a network that does not know time.
        bits: of weights and activations; 32 unless they were quantised.
        curve: what it answers when it is stopped earlier, by increasing steps; empty for a network without time.
        early_exit: what a rule that stops early gave, if one was chosen.
    """

    name: str
    accuracy: float
    parameters: int
    inference: Mapping[str, Workload]
    steps: float = 1
    milliseconds: float = 0.0
    bits: int = 32
    curve: tuple[Moment, ...] = ()
    early_exit: EarlyExit | None = None

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True)
class Trial:
    """One seed.

    Args:
        seed: of weights, order of images, and spikes.
        images: test images.
        spiking: the spiking network.
        rivals: the conventional networks; the first is the matched one, which the verdict is about.
        warnings: sentences on what usually fools people, from `Count.warnings` and the like.
        uncounted: what could not be counted, `name: type`; empty if nothing was left out.
        seconds: wall time, by what it was spent on.
    """

    seed: int
    images: int
    spiking: Side
    rivals: tuple[Side, ...]
    warnings: tuple[str, ...] = ()
    uncounted: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        validate(self)
