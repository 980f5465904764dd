"""Published adaptive recurrent spiking networks: sizes, steps and firing rates.

A rate is the share of the units that are not zero in one step. Where no rate was published, or none was found, it is an
interval: an input between silence and a spike of every unit in every step, a hidden layer between the lowest and the
highest rate of the other networks.

Sources: B. Yin, F. Corradi & S. M. Bohté, *Accurate and efficient time-domain classification with adaptive spiking
recurrent neural networks*, Nature Machine Intelligence 3 (2021), with its published code, logs and notebooks; the same,
*Effective and efficient computation with multiple-timescale spiking recurrent neural networks*, ICONS 2020, with code.
"""

from dataclasses import dataclass
from typing import NamedTuple

from picojoule.core.errors import UnknownNameError


class Range(NamedTuple):
    """A rate, or the interval in which it lies."""

    lowest: float
    highest: float

    @property
    def known(self) -> bool:
        """Whether it is one value."""
        return self.lowest == self.highest


@dataclass(frozen=True)
class Layer:
    """A hidden layer.

    Args:
        units: neurons.
        recurrent: whether they reach one another.
        rate: spikes per neuron and step.
    """

    units: int
    recurrent: bool
    rate: Range


@dataclass(frozen=True)
class PublishedNetwork:
    """Sizes, steps and rates of one network.

    Args:
        name: of the task.
        inputs: units.
        steps: for each sample.
        layers: hidden, input first.
        outputs: leaky integrators that are read out; 0 leaves them out.
        input_rate: share of the inputs that are not zero in a step.
        about: where the rates are from, in one sentence.
    """

    name: str
    inputs: int
    steps: int
    layers: tuple[Layer, ...]
    outputs: int
    input_rate: Range
    about: str


def _at(rate: float) -> Range:
    return Range(rate, rate)


UNKNOWN_INPUT = Range(0.0, 1.0)
TC_LIF = PublishedNetwork(
    "S-MNIST of TC-LIF",
    1,
    1,
    (Layer(64, True, UNKNOWN_INPUT), Layer(256, True, UNKNOWN_INPUT), Layer(256, False, UNKNOWN_INPUT)),
    0,
    UNKNOWN_INPUT,
    "one step; no rates were found",
)
NETWORKS = (
    PublishedNetwork(
        "SHD",
        700,
        250,
        (Layer(128, True, _at(0.10995)), Layer(128, True, _at(0.10995))),
        20,
        UNKNOWN_INPUT,
        "mean rate in the log of the training script; of the input none is given",
    ),
    PublishedNetwork(
        "SSC",
        700,
        250,
        (Layer(400, True, _at(0.02885)), Layer(400, True, _at(0.02885))),
        35,
        UNKNOWN_INPUT,
        "mean rate in the notebook; 250 steps are those of SHD, of the input no rate is given",
    ),
    PublishedNetwork(
        "ECG",
        4,
        1301,
        (Layer(36, True, _at(0.2906)),),
        6,
        _at(0.077),
        "rate of the network of 2020, of the same size; input from the published training data",
    ),
    PublishedNetwork(
        "S-MNIST",
        8,
        784,
        (Layer(64, True, _at(0.119)), Layer(256, True, _at(0.073)), Layer(256, False, _at(0.042))),
        10,
        UNKNOWN_INPUT,
        "rates by layer in the notebook; of the input none is given",
    ),
    PublishedNetwork(
        "PS-MNIST",
        4,
        784,
        (Layer(64, True, _at(0.117)), Layer(256, True, _at(0.042)), Layer(256, False, _at(0.015))),
        10,
        UNKNOWN_INPUT,
        "rates by layer in the notebook; of the input none is given",
    ),
    PublishedNetwork(
        "GSC",
        120,
        101,
        (Layer(256, False, Range(0.02885, 0.2906)), Layer(256, True, Range(0.02885, 0.2906))),
        12,
        UNKNOWN_INPUT,
        "no rate was found: that of the hidden layers lies between the lowest and the highest of the other networks",
    ),
    PublishedNetwork(
        "SoLi",
        1024,
        40,
        (Layer(256, False, Range(0.0605, 0.0616)), Layer(256, True, Range(0.0605, 0.0616))),
        11,
        UNKNOWN_INPUT,
        "mean rates of two checkpoints; of the input none is given",
    ),
)


def network(name: str) -> PublishedNetwork:
    """The network of a task.

    Args:
        name: of the task; capitals do not matter.

    Raises:
        UnknownNameError: if there is no such task.

    Example:
        >>> network("shd").inputs
        700
    """
    found = {one.name.lower(): one for one in NETWORKS}
    if name.lower() not in found:
        raise UnknownNameError("task", name, (one.name for one in NETWORKS))
    return found[name.lower()]
