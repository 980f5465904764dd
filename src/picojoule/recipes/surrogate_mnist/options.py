"""Options of `pj run surrogate-mnist`, and what the two networks make of those left out."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from picojoule.core.errors import ParameterError, UnknownNameError

if TYPE_CHECKING:  # which load torch, and options explain themselves without it
    from picojoule.core.params import Unit
    from picojoule.energy.budget import EnergyBudget

DT = 1.0  # ms


@dataclass(frozen=True)
class Preset:
    """What an option is when it is not given."""

    steps: int
    epochs: int
    tau: float  # ms
    learning_rate: float


PRESETS = {
    "dense": Preset(steps=25, epochs=20, tau=2.0, learning_rate=0.008),
    "conv": Preset(steps=8, epochs=10, tau=1.0, learning_rate=0.016),
}
ENCODINGS = ("current", "poisson")
BUDGET = ("energy_budget", "energy_table", "energy_without_memory")  # options that are nothing without the first
TABLE = "horowitz-45nm-fp32"  # of a budget: the networks are trained in 32-bit floating point
NEURONS = 1000  # of the dense network
WHITE = 1000.0  # Hz


@dataclass(frozen=True)
class Options:
    """Train a spiking network by surrogate gradients through time; then test it, and count energy."""

    data: str = "mnist-5k"
    """mnist-5k (5,000 digits, no download), mnist or fashion-mnist"""
    model: str = "dense"
    """dense (784-1000-10) or conv (12C5-P2-64C5-P2-10)"""
    encoding: str = "current"
    """current (each pixel is a constant current) or poisson (each pixel fires at random)"""
    epochs: int | None = None
    """how often the training images are shown; 20 (dense) or 10 (conv)"""
    steps: int | None = None
    """steps of 1 ms for each image; 25 (dense) or 8 (conv)"""
    neurons: int | None = None
    """hidden neurons of the dense network; 1000"""
    tau: float | None = None
    """membrane time constant of the hidden neurons before they learn it, in ms; 2 (dense) or 1 (conv)"""
    max_rate: float | None = None
    """input rate of a white pixel in Hz, with --encoding poisson; 1000"""
    batch_size: int = 128
    """images for each step of the optimiser"""
    learning_rate: float | None = None
    """the largest one; it rises from 0 and falls to 0 again; 0.008 (dense) or 0.016 (conv)"""
    shift: int = 1
    """training images are moved at random by up to so many pixels"""
    seed: int = 0
    """of weights, the order and shifts of images, and Poisson spikes"""
    threads: int | None = None
    """cores to use; all if left out; another number may change the last bits"""
    out: Path | None = None
    """folder for the results; a new one under runs/ if left out"""
    resume: bool = False
    """go on with the run in --out"""
    validate: int = 0
    """hold this many of the last training images out and report on them instead of the test images"""
    train_images: int | None = None
    """use only so many training images"""
    test_images: int | None = None
    """use only so many test images"""
    energy_budget: str | None = None
    """energy that an image may cost, such as "8 uJ": train until it holds on held-out training images"""
    energy_table: str | None = None
    """cost table of the budget, a name or a TOML file; horowitz-45nm-fp32"""
    energy_without_memory: bool = False
    """count the arithmetic alone for the budget"""

    def checked(self) -> "Settings":
        """The same options with nothing left out.

        Raises:
            UnknownNameError: for a name that is not known; the message says the nearest one.
            ParameterError: for a number out of range, or an option that this run has no use for.
        """
        from picojoule.core.params import check
        from picojoule.data.catalogue import describe
        from picojoule.simulate.event.engine import available_threads

        describe(self.data)
        for kind, name, known in (("model", self.model, PRESETS), ("encoding", self.encoding, ENCODINGS)):
            if name not in known:
                raise UnknownNameError(kind, name, known)
        for option, unit in bounds().items():
            if getattr(self, option) is not None:
                check(f"--{option.replace('_', '-')}", getattr(self, option), unit)
        if self.neurons is not None and self.model != "dense":
            raise ParameterError(f"--neurons is the size of the dense network; leave it out with --model {self.model}")
        if self.max_rate is not None and self.encoding != "poisson":
            raise ParameterError("--max-rate is the rate of Poisson spikes; leave it out, or add --encoding poisson")
        budget, preset = _budget(self), PRESETS[self.model]
        return Settings(
            options=self,
            epochs=preset.epochs if self.epochs is None else self.epochs,
            steps=preset.steps if self.steps is None else self.steps,
            neurons=NEURONS if self.neurons is None else self.neurons,
            tau=preset.tau if self.tau is None else self.tau,
            max_rate=WHITE if self.max_rate is None else self.max_rate,
            learning_rate=preset.learning_rate if self.learning_rate is None else self.learning_rate,
            threads=available_threads() if self.threads is None else self.threads,
            budget=budget,
        )


def bounds() -> "dict[str, Unit]":
    """Units and ranges of the options that are numbers."""
    from picojoule.core.params import Unit

    return {
        "epochs": Unit("epochs", at_least=1),
        "steps": Unit("steps", at_least=1),
        "neurons": Unit("neurons", at_least=1),
        "tau": Unit("ms", above=0.0),
        "max_rate": Unit("Hz", above=0.0),
        "batch_size": Unit("images", at_least=1),
        "learning_rate": Unit("per step", above=0.0),
        "shift": Unit("pixels", at_least=0, at_most=14),
        "seed": Unit("(a whole number)", at_least=0, at_most=2**62),
        "threads": Unit("threads", at_least=1),
        "validate": Unit("images", at_least=0),
        "train_images": Unit("images", at_least=1),
        "test_images": Unit("images", at_least=1),
    }


@dataclass(frozen=True)
class Settings:
    """Options with the network's values in place of those left out."""

    options: Options
    epochs: int
    steps: int
    neurons: int
    tau: float
    max_rate: float
    learning_rate: float
    threads: int
    budget: "EnergyBudget | None" = None

    def identity(self) -> dict[str, Any]:
        """What a checkpoint must agree in with the run that resumes it; of threads, too, the last bits may depend."""
        free = ("out", "resume", "test_images", *(BUDGET if self.budget is None else ()))
        own = {name: value for name, value in asdict(self.options).items() if name not in free}
        return own | {name: value for name, value in vars(self).items() if name not in ("options", "budget")}


def _budget(options: Options) -> "EnergyBudget | None":
    if options.energy_budget is None:
        for name in BUDGET[1:]:
            if getattr(options, name):
                option = f"--{name.replace('_', '-')}"
                raise ParameterError(f"{option} says how a budget is counted; leave it out, or add --energy-budget")
        return None
    from picojoule.energy.budget import EnergyBudget
    from picojoule.energy.costs import cost_table

    table = cost_table(TABLE if options.energy_table is None else options.energy_table)
    return EnergyBudget(options.energy_budget, table, memory=not options.energy_without_memory)
