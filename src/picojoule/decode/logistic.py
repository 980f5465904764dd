r"""A linear classifier on spike counts: multinomial logistic regression.

    P(c | s) = exp(w_c · s + b_c) / sum over k of exp(w_k · s + b_k)

It uses the labels far more than votes do (one weight per neuron and class), so its accuracy says how much information
the spikes carry, not how well the neurons sorted themselves into classes. The minimised function is

    sum over samples of -log P(label | s) + penalty / 2 · sum of w²        (w on scaled counts, b free)

by scikit-learn's L-BFGS, which starts from zero and draws no random numbers. With two classes there is one vector w:
that of the lower class is zero.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, NamedTuple, Self

import torch
from torch import Tensor

from picojoule.core.errors import CheckpointError
from picojoule.core.params import Classes, Unit, validate
from picojoule.core.responses import Responses, row_blocks
from picojoule.decode.labels import check_labels
from picojoule.decode.readout import Readout, check_neurons, fitted, stored, weighted_sum
from picojoule.decode.scaling import MaxScaling, Scaling


class LinearScores(NamedTuple):
    """What a logistic readout learned; the scaling is folded into it."""

    weight: Tensor  # [neurons, learned classes] float64
    bias: Tensor  # [learned classes] float64
    classes: Tensor  # [learned classes] int64: a class without training samples is never answered
    n_classes: Tensor  # [] int64


@dataclass(frozen=True, eq=False)
class LogisticReadout(Readout):
    """Multinomial logistic regression on spike counts.

    Args:
        scaling: how counts are brought to one scale.
        penalty: weight of the quadratic penalty, above 0; larger means smaller weights.
        iterations: most iterations of the optimiser, at least 1; a warning says when they did not suffice.
        linear: what was learned; `None` until fitted.

    Raises:
        ParameterError: if `penalty <= 0` or `iterations < 1`.

    Example:
        >>> counts = torch.tensor([[9, 1], [8, 0], [1, 7], [0, 9]], dtype=torch.int32)
        >>> responses = Responses(counts, steps=10)
        >>> LogisticReadout().fit(responses, torch.tensor([0, 0, 1, 1]), n_classes=2).predict(responses)
        tensor([0, 0, 1, 1])
    """

    absolute: ClassVar[bool] = True

    scaling: Scaling = field(default_factory=MaxScaling)
    penalty: Annotated[float, Unit("times", above=0.0)] = 1.0
    iterations: Annotated[int, Unit("iterations", at_least=1)] = 1000
    linear: LinearScores | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        validate(self)

    def _fit(self, responses: Responses, labels: Tensor, *, n_classes: Classes) -> Self:
        check_labels(labels, responses.samples, n_classes)
        shift, factor = self.scaling.fit(responses.counts)
        weight, bias, classes = self._solve(_scaled(responses.counts, shift, factor), labels)
        folded = weight * factor.cpu()[:, None]
        bias = bias - shift.cpu() @ folded
        linear = LinearScores(folded, bias, classes, torch.tensor(n_classes))
        return type(self)(self.scaling, self.penalty, self.iterations, linear)

    def _scores(self, responses: Responses) -> Tensor:
        linear = fitted(self.linear, self)
        check_neurons(self, responses, linear.weight.shape[0])
        probability = torch.softmax(weighted_sum(responses.counts, linear.weight) + linear.bias, 1)
        silent = (responses.counts.amax(1) == 0).to(probability.device)
        total = torch.zeros(responses.samples, int(linear.n_classes), dtype=torch.float64, device=probability.device)
        total[:, linear.classes] = probability.masked_fill(silent[:, None], 0.0)
        return total

    def _state(self) -> dict[str, Tensor]:
        # how it was fitted (scaling, penalty, iterations) does not change what it predicts, so it is not stored
        return {name: tensor.clone() for name, tensor in fitted(self.linear, self)._asdict().items()}

    @classmethod
    def _from_state(cls, state: Mapping[str, Tensor]) -> Self:
        dimensions = {"weight": 2, "bias": 1, "classes": 1, "n_classes": 0}
        linear = LinearScores(**{name: stored(state, name, cls, axes) for name, axes in dimensions.items()})
        if not len(linear.bias) == len(linear.classes) == linear.weight.shape[1]:
            raise CheckpointError(
                f"the stored LogisticReadout has {linear.weight.shape[1]} columns of weights, {len(linear.bias)} "
                f"biases and {len(linear.classes)} classes; they must be equally many."
            )
        return cls(linear=linear)

    def _solve(self, scaled: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(C=1.0 / self.penalty, max_iter=self.iterations)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # said below in this library's words
            model.fit(scaled.numpy(), labels.cpu().numpy())
        if max(model.n_iter_) >= self.iterations:
            warnings.warn(
                f"LogisticReadout did not converge in {self.iterations} iterations; raise iterations or penalty.",
                stacklevel=5,
            )
        weight, bias = torch.as_tensor(model.coef_).double(), torch.as_tensor(model.intercept_).double()
        if len(model.classes_) == 2:  # one logit for two classes: the other one's is 0
            weight, bias = torch.cat([torch.zeros_like(weight), weight]), torch.cat([torch.zeros_like(bias), bias])
        return weight.T.contiguous(), bias, torch.as_tensor(model.classes_).long()


def _scaled(counts: Tensor, shift: Tensor, factor: Tensor) -> Tensor:
    """`[samples, neurons]` float32 on the CPU, made block by block: the only full copy, half the size of float64."""
    scaled = torch.empty(counts.shape, dtype=torch.float32)
    for rows in row_blocks(counts):
        scaled[rows] = ((counts[rows] - shift) * factor).to("cpu", torch.float32)
    return scaled
