"""What training has done so far: everything a resumed run needs to end in the same bits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from picojoule.core.counts import Counts, counts_from_dict
from picojoule.core.errors import CheckpointError
from picojoule.core.responses import Responses
from picojoule.decode.labels import assignment_of
from picojoule.decode.votes import ProportionWeighting
from picojoule.network.network import Network
from picojoule.network.store import load_network, save_network
from picojoule.recipes.identity import check_identity

WINDOW = 250  # images between two points of the running accuracy
FORGET = 0.8  # what is left of older responses when a window has passed: labels follow the learning weights
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
MOST_WEIGHTS = 100_000  # of larger matrices, so many evenly spaced weights stand for all


@dataclass
class History:
    """Points recorded while training."""

    images: list[int] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)  # of the window before, labels from the windows before that
    weights: list[list[float]] = field(default_factory=list)  # quantiles
    thresholds: list[list[float]] = field(default_factory=list)  # quantiles, in mV


@dataclass
class TrainingState:
    """How far training is.

    Args:
        done: images shown.
        sums: `[neurons, classes]`, responses to each class, older ones fading.
        shown: `[classes]`, images of each class, fading alike.
        counts: what training has done.
        history: points for the figures.
        seconds: wall time of the training images that were clocked, over all resumed parts.
        clocked: those images: all but the first window of each part, in which the network is compiled.
    """

    sums: Tensor
    shown: Tensor
    done: int = 0
    counts: Counts | None = None
    history: History = field(default_factory=History)
    seconds: float = 0.0
    clocked: int = 0

    def clock(self, images: int, seconds: float | None) -> None:
        """Add the time of a window; `None` for the first one of a process, which compiles the network."""
        if seconds is not None:
            self.seconds, self.clocked = self.seconds + seconds, self.clocked + images

    def running_accuracy(self, responses: Responses, labels: Tensor) -> float | None:
        """How many of these images the labels learned before them name rightly; `None` before there are labels."""
        if not bool(self.sums.any()):
            return None
        votes = ProportionWeighting(assignment_of(self.sums / self.shown.clamp(min=1e-9)))
        return float((votes.predict(responses) == labels).double().mean())

    def learn_labels(self, responses: Responses, labels: Tensor) -> None:
        """Add a window of labelled responses."""
        one_hot = torch.nn.functional.one_hot(labels, self.sums.shape[1]).double()
        self.sums = self.sums * FORGET + responses.counts.T.double() @ one_hot
        self.shown = self.shown * FORGET + one_hot.sum(0)

    def record(self, network: Network, accuracy: float | None) -> None:
        """Note a point for the figures."""
        weight = network.connections["X", "Ae"].weight.detach().flatten()
        theta = network.population("Ae").theta
        self.history.images.append(self.done)
        self.history.accuracy.append(-1.0 if accuracy is None else accuracy)
        self.history.weights.append(_quantiles(weight[:: max(1, len(weight) // MOST_WEIGHTS)]))
        self.history.thresholds.append(_quantiles(theta if theta is not None else torch.zeros(1)))


def _quantiles(values: Tensor) -> list[float]:
    found: list[float] = torch.quantile(values.double(), torch.tensor(LEVELS, dtype=torch.float64)).tolist()
    return found


def save_state(state: TrainingState, network: Network, identity: dict[str, Any], path: Path) -> None:
    """Write a checkpoint, whole or not at all."""
    notes = {
        "identity": identity,
        "done": state.done,
        "seconds": state.seconds,
        "clocked": state.clocked,
        "counts": None if state.counts is None else state.counts.to_dict(),
        "history": vars(state.history),
    }
    save_network(network, path, extra={"sums": state.sums, "shown": state.shown}, notes=notes)


def load_state(network: Network, identity: dict[str, Any], path: Path) -> TrainingState:
    """Read a checkpoint into the network.

    Raises:
        CheckpointError: if it is damaged, of another network or of another run; the message names the option that
            differs.
    """
    try:
        extra, notes = load_network(network, path)
        check_identity(notes.get("identity", {}), identity, path)
        return _state(extra, notes)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path} is damaged ({error!r}); delete it and start again") from error


def _state(extra: dict[str, Tensor], notes: Mapping[str, Any]) -> TrainingState:
    counts = notes["counts"]
    return TrainingState(
        sums=extra["sums"],
        shown=extra["shown"],
        done=int(notes["done"]),
        counts=None if counts is None else counts_from_dict(counts),
        history=History(**notes["history"]),
        seconds=float(notes["seconds"]),
        clocked=int(notes["clocked"]),
    )
