"""What every connection is.

A spike emitted in step t arrives in step t + delay, and a delay is at least one step. What arrives at a port in one
step is added up in a fixed order: by the step of emission, then by the order in which connections were made, then by
the index of the source neuron. Every engine keeps this order, so that sums of floating-point numbers are equal to the
last bit.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Annotated

import torch
from torch import Tensor, nn

from picojoule.core.errors import ShapeError
from picojoule.core.params import Unit

SharedWeight = Annotated[float, Unit("units of the port")]


class Connection(nn.Module, ABC):
    """Base of every connection from `n_source` to `n_target` neurons.

    Attributes:
        n_source: number of source neurons.
        n_target: number of target neurons.
        port: the input port of the target population that receives the spikes.
        weight: the weights; a single number where all synapses share one.
    """

    n_source: int
    n_target: int
    port: str
    weight: Tensor

    @property
    def fan_out(self) -> Tensor:
        """How many synapses a spike of each source neuron reaches, `[n_source]` whole numbers.

        A connection that does not say it is asked by sending a spike of each neuron.
        """
        nowhere = torch.zeros(self.longest_delay, self.n_target)
        return torch.tensor([int(self.send(torch.tensor([i]), nowhere)) for i in range(self.n_source)])

    @property
    def synapses(self) -> int:
        """How many synapses there are."""
        return int(self.fan_out.sum())

    @property
    def longest_delay(self) -> int:
        """The longest delay, in steps."""
        return 1

    @abstractmethod
    def send(self, spikes: Tensor, arrivals: Tensor) -> int:
        """Add what these spikes bring to what is going to arrive.

        Args:
            spikes: indices of the source neurons that spiked in this step, ascending.
            arrivals: `[delays, n_target]`; row d - 1 collects what arrives d steps from now. Changed in place.

        Returns:
            The number of synaptic events.
        """

    @abstractmethod
    def matrix(self) -> Tensor:
        """The weights as a dense matrix `[n_source, n_target]`."""

    def check_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """Refuse tensors that do not fit, whoever put them in place of those it was made with.

        A connection whose loop reads memory at places that it computes says what shapes they must have.

        Args:
            tensors: by name, in place of those that the connection holds.

        Raises:
            ShapeError: says which.
        """

    def extra_repr(self) -> str:
        """What torch prints between the brackets: sizes and port."""
        return f"{self.n_source} -> {self.n_target}, port={self.port!r}"


def check_shape(name: str, value: Tensor, shape: tuple[int, ...]) -> None:
    """Refuse a tensor of another shape: compiled loops do not look whether a place exists.

    Args:
        name: what it is, for the message.
        value: the tensor.
        shape: what it must have.

    Raises:
        ShapeError: if it has another one.

    Example:
        >>> check_shape("weight", torch.ones(2, 2), (3, 2))
        Traceback (most recent call last):
        picojoule.core.errors.ShapeError: weight must have the shape [3, 2], got [2, 2]; change its numbers in place
    """
    if value.shape != shape:
        raise ShapeError(
            f"{name} must have the shape {list(shape)}, got {list(value.shape)}; change its numbers in place"
        )


def shared_weight(strength: float) -> nn.Parameter:
    """One number that all synapses share, saved with the network.

    Args:
        strength: the weight.

    Returns:
        A parameter `[]` that gradients leave alone.

    Example:
        >>> shared_weight(-120.0).item()
        -120.0
    """
    return nn.Parameter(torch.tensor(float(strength)), requires_grad=False)
