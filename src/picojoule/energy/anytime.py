"""What a spiking network answers after every step, while it is counted."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from picojoule.core.arguments import public, validate
from picojoule.core.errors import ShapeError
from picojoule.decode.early_exit import choose_threshold, first_sure
from picojoule.energy.count.count import Count


@dataclass(frozen=True, eq=False)
class Answers:
    """Answers after each step.

    Args:
        classes: `[T, images]`, those with the highest mean score so far.
        sureness: `[T, images]`, their probability by the softmax of the mean scores so far.
        n_classes: among which they were chosen.
    """

    classes: Tensor
    sureness: Tensor
    n_classes: int

    def __post_init__(self) -> None:
        validate(self)

    def right(self, labels: Tensor) -> Tensor:
        """Whether each answer is right, `[T, images]`.

        Args:
            labels: `[images]`, the true classes.
        """
        return self.classes == labels

    def accuracy(self, labels: Tensor, stops: Tensor) -> float:
        """Share of the images that are answered rightly, each after its own number of steps.

        Args:
            labels: `[images]`, the true classes.
            stops: `[images]`, from 1.
        """
        return float(self.right(labels).gather(0, stops[None] - 1).double().mean())

    def threshold(self, labels: Tensor) -> float:
        """The sureness at which stopping early loses nothing on these images; infinite if it always loses.

        Args:
            labels: `[images]`, the true classes.
        """
        return choose_threshold(self.sureness, self.right(labels))

    def stops(self, threshold: float) -> Tensor:
        """After how many steps each image is answered, `[images]`, from 1.

        Args:
            threshold: of the sureness.
        """
        return first_sure(self.sureness, threshold) + 1


@public
@torch.no_grad()
def answers_over_time(network: nn.Module, batches: Iterable[Tensor], count: Count, *, steps: int) -> Answers:
    """Run a network on images, and note what it would answer after every step.

    The sum of the scores so far and the search for the largest one are counted as readout.

    Args:
        network: takes `[T, B, *N]` and gives scores `[T, B, classes]`.
        batches: inputs `[T, B, *N]`.
        count: of this network; it is opened here.
        steps: of each input.

    Raises:
        ShapeError: if the network gives no `[T, B, classes]`.

    Example:
        >>> from picojoule.layers import Sequential, Spiking
        >>> from picojoule.neurons import LeakyIntegrator
        >>> model = Sequential(Spiking(LeakyIntegrator(tau=2.0)))
        >>> found = answers_over_time(model, [torch.tensor([[[0.1, 0.9]]] * 3)], Count(model, each_step=True), steps=3)
        >>> found.classes.tolist()
        [[1], [1], [1]]
    """
    classes, sureness = [], []
    with count:
        for batch in batches:
            scores = network(batch)
            wanted = f"[{steps}, {batch.shape[1]}, classes]"
            if not isinstance(scores, Tensor) or scores.dim() != 3 or scores.shape[:2] != batch.shape[:2]:
                found = list(scores.shape) if isinstance(scores, Tensor) else type(scores).__name__
                raise ShapeError(f"the network must give scores [T, B, classes], here {wanted}, got {found}")
            with count.part("readout"):
                sums = scores.cumsum(0)
                most = sums.amax(2)
            so_far = torch.arange(1, steps + 1, device=sums.device)[:, None, None]
            classes.append((sums == most[..., None]).to(torch.uint8).argmax(2).cpu())
            sureness.append((sums / so_far).softmax(2).amax(2).cpu())
    return Answers(torch.cat(classes, 1), torch.cat(sureness, 1), int(scores.shape[2]))
