"""Options of `pj run diehl-cook-2015`, and what the two presets make of those left out."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from picojoule.core.errors import ParameterError, UnknownNameError

if TYPE_CHECKING:
    from picojoule.core.params import Unit


@dataclass(frozen=True)
class Preset:
    """What an option is when it is not given."""

    dt: float  # ms
    steps: int
    rest: int  # steps
    max_rate: float  # Hz
    inhibition: float
    repeat_below: int  # excitatory spikes


PRESETS = {
    "current": Preset(dt=1.0, steps=250, rest=0, max_rate=128.0, inhibition=120.0, repeat_below=0),
    "paper": Preset(dt=0.5, steps=700, rest=300, max_rate=63.75, inhibition=17.0, repeat_below=5),
}
ENGINES = ("event", "reference")
LABEL_IMAGES = 10_000


@dataclass(frozen=True)
class Options:
    """Learn digits without labels, by STDP (Diehl & Cook 2015); then give neurons labels, test, and count energy."""

    data: str = "mnist-5k"
    """mnist-5k (5,000 digits, no download), mnist or fashion-mnist"""
    neurons: int = 100
    """excitatory neurons"""
    epochs: int = 1
    """how often the training images are shown"""
    preset: str = "current"
    """current (current-based synapses) or paper (conductances, delays, repeated presentations)"""
    steps: int | None = None
    """steps of input for each image; 250 (current) or 700 (paper)"""
    dt: float | None = None
    """length of a step in ms; 1 (current) or 0.5 (paper)"""
    batch_size: int = 1
    """images that learn from the same weights; 1 learns online"""
    engine: str = "event"
    """event (compiled) or reference (plain torch, slow)"""
    seed: int = 0
    """of weights, spikes and the order of images"""
    threads: int | None = None
    """cores to use; all if left out; changes no result"""
    out: Path | None = None
    """folder for the results; a new one under runs/ if left out"""
    resume: bool = False
    """go on with the run in --out"""
    inhibition: float | None = None
    """strength of lateral inhibition; 120 mV (current) or 17 (paper)"""
    max_rate: float | None = None
    """input rate of a white pixel in Hz; 128 (current) or 63.75 (paper)"""
    nu: tuple[float, float] = (1e-4, 1e-2)
    """learning rates of presynaptic and postsynaptic spikes"""
    theta_plus: float = 0.05
    """rise of a neuron's threshold at a spike, in mV"""
    anneal: float = 1.0
    """fraction of nu and theta_plus that is left at the end of training; they fall linearly"""
    anneal_theta: float | None = None
    """the same for theta_plus, where it shall differ"""
    losers_reset: bool = True
    """neurons that cross threshold in the step of another's spike are reset and raise their threshold too (current)"""
    validate: int = 0
    """hold this many of the last training images out and report on them instead of the test images"""
    label_images: int | None = None
    """training images whose labels name the neurons after training; 10,000, or all where there are fewer"""
    train_images: int | None = None
    """use only so many training images"""
    test_images: int | None = None
    """use only so many test images"""
    checkpoint_seconds: Annotated[float, tyro.conf.arg(metavar="SECONDS")] = 60.0
    """time between checkpoints, in seconds"""

    def checked(self) -> "Settings":
        """The same options with nothing left out.

        Raises:
            UnknownNameError: for a name that is not known; the message says the nearest one.
            ParameterError: for a number out of range.
        """
        from picojoule.core.params import check
        from picojoule.data.catalogue import describe

        describe(self.data)
        for kind, name, known in (("preset", self.preset, PRESETS), ("engine", self.engine, ENGINES)):
            if name not in known:
                raise UnknownNameError(kind, name, known)
        for option, unit in bounds().items():
            if getattr(self, option) is not None:
                check(f"--{option.replace('_', '-')}", getattr(self, option), unit)
        preset = PRESETS[self.preset]
        if preset.repeat_below and self.batch_size > 1:
            raise ParameterError(
                f"--preset {self.preset} shows an image again until it excites enough spikes, so it learns online; "
                f"use --batch-size 1"
            )
        dt = preset.dt if self.dt is None else self.dt
        steps = round(preset.steps * preset.dt / dt) if self.steps is None else self.steps
        check(f"--steps, with --dt {dt:g},", steps, bounds()["steps"])
        settings = Settings(
            options=self,
            dt=dt,
            steps=steps,
            rest=round(preset.rest * preset.dt / dt),
            max_rate=preset.max_rate if self.max_rate is None else self.max_rate,
            inhibition=preset.inhibition if self.inhibition is None else self.inhibition,
            repeat_below=preset.repeat_below,
        )
        settings.check_repeats()
        return settings


def bounds() -> "dict[str, Unit]":
    """Units and ranges of the options that are numbers."""
    from picojoule.core.params import Unit

    fraction = Unit("(a fraction)", at_least=0.0, at_most=1.0)
    return {
        "neurons": Unit("neurons", at_least=1),
        "epochs": Unit("epochs", at_least=1),
        "steps": Unit("steps", at_least=1),
        "dt": Unit("ms", above=0.0),
        "batch_size": Unit("images", at_least=1),
        "seed": Unit("(a whole number)", at_least=0, at_most=2**62),
        "threads": Unit("threads", at_least=1),
        "inhibition": Unit("mV, or leaks of a neuron", at_least=0.0),
        "max_rate": Unit("Hz", above=0.0),
        "theta_plus": Unit("mV", at_least=0.0),
        "anneal": fraction,
        "anneal_theta": fraction,
        "validate": Unit("images", at_least=0),
        "label_images": Unit("images", at_least=1),
        "train_images": Unit("images", at_least=1),
        "test_images": Unit("images", at_least=1),
        "checkpoint_seconds": Unit("s", at_least=0.0),
    }


def label_images(options: Options, images: int) -> int:
    """How many of so many training images name the neurons.

    Raises:
        ParameterError: if there are fewer than were asked for.
    """
    if options.label_images is None:
        return min(LABEL_IMAGES, images)
    if options.label_images > images:
        raise ParameterError(
            f"--label-images must be <= {images} images, which are there to learn from, got {options.label_images}"
        )
    return options.label_images


@dataclass(frozen=True)
class Settings:
    """Options with the preset's values in place of those left out."""

    options: Options
    dt: float
    steps: int
    rest: int
    max_rate: float
    inhibition: float
    repeat_below: int
    unchangeable: tuple[str, ...] = field(
        default=("threads", "out", "resume", "checkpoint_seconds", "test_images", "label_images"), repr=False
    )

    def check_repeats(self) -> None:
        """Refuse a rate that would be too high for the step once images are repeated.

        Raises:
            ParameterError: names the longest step.
        """
        from picojoule.simulate.present import MOST_REPEATS, Presentation

        highest = self.max_rate + MOST_REPEATS * Presentation.rate_step
        if self.repeat_below and highest * self.dt > 1000.0:
            raise ParameterError(
                f"--max-rate {self.max_rate:g} Hz may rise to {highest:g} Hz where an image is repeated, more than one "
                f"spike per step of {self.dt:g} ms; use a lower --max-rate, or --dt <= {1000.0 / highest:.3g}"
            )

    def identity(self) -> dict[str, Any]:
        """What a checkpoint must agree in with the run that resumes it."""
        own = {name: value for name, value in asdict(self.options).items() if name not in self.unchangeable}
        own |= {"nu": list(self.options.nu)}
        return own | {"dt": self.dt, "steps": self.steps, "max_rate": self.max_rate, "inhibition": self.inhibition}
