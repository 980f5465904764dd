"""What every decoder can do: learn from labelled responses, score the classes, name one, and be stored.

A readout is an immutable object. `fit` hands back a fitted readout and leaves the one it was called on unchanged:

    readout = AllActivity().fit(responses, labels, n_classes=10)
    predicted = readout.predict(other_responses)

Responses come as a run gives them, as spikes `[T, B, N]`, or as counts `[B, N]`: the number of axes says which.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Self, TypeVar

import torch
from torch import Tensor

from picojoule.core.arguments import public
from picojoule.core.described import changed
from picojoule.core.errors import CheckpointError, ParameterError, ShapeError
from picojoule.core.params import Classes
from picojoule.core.responses import Responses, Shown, as_responses, row_blocks, shown

Fitted = TypeVar("Fitted")
SHOWN = "shown"  # the name among stored tensors: steps, and dt or 0


class Readout(ABC):
    """A decoder from spike responses to a class.

    Attributes:
        absolute: whether it knows how many spikes to expect, and not only which neurons fire more than others.
        shown: how the samples were shown that it was fitted on; an absolute readout refuses others. `None`: not known.
    """

    absolute: ClassVar[bool] = False

    shown: Shown | None = None

    @public
    def fit(self, responses: Responses | Tensor, labels: Tensor, *, n_classes: Classes) -> Self:
        """Learn from labelled responses.

        Args:
            responses: what the population answered to each sample: as a run gives it (`run["Ae"]`), spikes
                `[T, B, *N]` of 0 and 1, or counts `[B, N]`.
            labels: `[samples]`, true classes, whole numbers in [0, n_classes), at least two different ones.
            n_classes: number of classes, at least 2.

        Returns:
            A fitted readout; this one stays as it is.

        Raises:
            ParameterError: if `n_classes < 2`.
            ShapeError: if labels and responses do not match, or what this readout needs was not recorded.
        """
        readout = self._fit(as_responses(responses), labels, n_classes=n_classes)
        return readout if readout is self else readout.under(shown(responses))  # itself, where nothing was fitted

    @public
    def scores(self, responses: Responses | Tensor) -> Tensor:
        """Say how much speaks for each class.

        Args:
            responses: of the same population that the readout was fitted on, in any of the forms that `fit` takes.

        Returns:
            `[samples, classes]` float64, at least 0; a row of zeros where nothing speaks for any class.

        Raises:
            ParameterError: if the readout is not fitted.
            ShapeError: if the responses are of another population, or lack what this readout needs; or were shown for
                other steps than a readout knows that expects certain counts.
        """
        scores, now = self._scores(as_responses(responses)), shown(responses)
        if self.absolute and self.shown is not None and now is not None and not self.shown.fits(now):
            raise ShapeError(
                f"{type(self).__name__} was fitted on {_steps(self.shown)}, got {_steps(now)}, which give "
                f"other counts; show samples alike, or fit it again on such responses"
            )
        return scores

    @abstractmethod
    def _fit(self, responses: Responses, labels: Tensor, *, n_classes: Classes) -> Self:
        """Learn; see `fit`."""

    @abstractmethod
    def _scores(self, responses: Responses) -> Tensor:
        """Score; see `scores`."""

    @abstractmethod
    def _state(self) -> dict[str, Tensor]:
        """What was fitted; see `state`."""

    @classmethod
    @abstractmethod
    def _from_state(cls, state: Mapping[str, Tensor]) -> Self:
        """Rebuild; see `from_state`."""

    def under(self, conditions: Shown | None) -> Self:
        """The same readout, for samples that are shown in one way only.

        Args:
            conditions: how the samples were shown that it was fitted on; `None`: not known, so any are taken.
        """
        return changed(self, {"shown": conditions})

    def state(self) -> dict[str, Tensor]:
        """Give what was fitted as named tensors, ready for a safetensors file.

        Returns:
            Contiguous tensors that share no memory with the readout.

        Raises:
            ParameterError: if the readout is not fitted.
        """
        how = {} if self.shown is None else {SHOWN: torch.tensor([self.shown.steps, self.shown.dt or 0.0]).double()}
        return self._state() | how

    @classmethod
    @public
    def from_state(cls, state: Mapping[str, Tensor]) -> Self:
        """Rebuild a fitted readout from its state.

        Args:
            state: what `state()` gave.

        Returns:
            A readout that predicts the same.

        Raises:
            CheckpointError: if a tensor is missing, has the wrong shape or holds NaN: the state is of another readout.
        """
        readout = cls._from_state(state)
        if SHOWN not in state:
            return readout
        steps, dt = stored(state, SHOWN, cls, 1).tolist()
        return readout.under(Shown(int(steps), dt or None))

    @public
    def predict(self, responses: Responses | Tensor) -> Tensor:
        """Name the class with the highest score.

        Args:
            responses: of the same population that the readout was fitted on, in any of the forms that `fit` takes.

        Returns:
            `[samples]` int64; equal scores go to the lowest class, and a sample for which nothing speaks (a silent
            one, for every readout) gets -1, which counts as wrong.

        Raises:
            ParameterError: if the readout is not fitted.
            ShapeError: if the responses are of another population, or lack what this readout needs.
        """
        scores = self.scores(responses)
        return torch.where(scores.amax(1) > 0, scores.argmax(1), -1)


def _steps(conditions: Shown) -> str:
    return f"{conditions.steps} steps" + ("" if conditions.dt is None else f" of {conditions.dt:g} ms")


def fitted(value: Fitted | None, readout: Readout) -> Fitted:
    """Give what was fitted, or say how to get it.

    Args:
        value: what `fit` learned; `None` before.
        readout: whose value it is, for the message.

    Returns:
        The value.

    Raises:
        ParameterError: if there is none.

    Example:
        >>> from picojoule.decode.votes import AllActivity
        >>> fitted(3, AllActivity())
        3
    """
    if value is None:
        name = type(readout).__name__
        raise ParameterError(f"{name} is not fitted; use what {name}(…).fit(responses, labels, n_classes=…) returns.")
    return value


def check_neurons(readout: Readout, responses: Responses, neurons: int) -> None:
    """Refuse responses of a population of another size.

    Args:
        readout: for the message.
        responses: what is to be decoded.
        neurons: the number of neurons that the readout reads.

    Raises:
        ShapeError: if the numbers differ.

    Example:
        >>> from picojoule.decode.votes import AllActivity
        >>> check_neurons(AllActivity(), Responses(torch.zeros(1, 5, dtype=torch.int32), steps=1), 5)
    """
    if responses.neurons != neurons:
        raise ShapeError(
            f"{type(readout).__name__} reads {neurons} neurons, got responses of {responses.neurons}; "
            "decode the population that it was fitted on."
        )


def weighted_sum(counts: Tensor, weights: Tensor) -> Tensor:
    """Multiply spike counts by weights without a second copy of all counts.

    Args:
        counts: `[samples, neurons]`.
        weights: `[neurons, classes]` float64.

    Returns:
        `counts @ weights`, `[samples, classes]` float64, on the device of the weights; exact for whole numbers.

    Example:
        >>> weighted_sum(torch.tensor([[1, 2]]), torch.tensor([[1.0], [10.0]], dtype=torch.float64))
        tensor([[21.]], dtype=torch.float64)
    """
    total = torch.empty(counts.shape[0], weights.shape[1], dtype=torch.float64, device=weights.device)
    for rows in row_blocks(counts):
        total[rows] = counts[rows].to(weights.device, torch.float64) @ weights
    return total


def stored(state: Mapping[str, Tensor], name: str, kind: type[Readout], dimensions: int) -> Tensor:
    """Take one tensor out of a stored state.

    Args:
        state: named tensors.
        name: which one.
        kind: the readout that is being rebuilt, for the message.
        dimensions: number of axes that the tensor must have.

    Returns:
        A copy of the tensor.

    Raises:
        CheckpointError: if it is missing or has another number of axes.

    Example:
        >>> from picojoule.decode.votes import AllActivity
        >>> stored({"rates": torch.zeros(3, 2)}, "rates", AllActivity, 2).shape
        torch.Size([3, 2])
    """
    if name not in state:
        raise CheckpointError(
            f"the stored {kind.__name__} has no tensor {name!r} but {sorted(state)}; it is of another readout."
        )
    if state[name].dim() != dimensions:
        raise CheckpointError(
            f"{name!r} of the stored {kind.__name__} must have {dimensions} axes, got {tuple(state[name].shape)}."
        )
    if not bool(state[name].isfinite().all()):
        raise CheckpointError(f"{name!r} of the stored {kind.__name__} holds NaN or infinity; fit it again.")
    return state[name].clone()
