"""Lateral connection: a neuron reaches all others, but not itself, all with the same weight."""

from collections.abc import Mapping

import torch
from torch import Tensor

from picojoule.connect.base import Connection, SharedWeight, check_shape, shared_weight
from picojoule.core.arguments import public
from picojoule.core.params import Neurons


class Lateral(Connection):
    """Every source neuron j reaches all target neurons but number j, after one step.

    What arrives is the weight times the number of spikes of the others: one product, whatever the order.

    Args:
        n: neurons on either side.
        strength: the weight that all synapses share; negative for inhibition of a current port.
        port: input port of the target population.

    Raises:
        ParameterError: if the weight is not finite.

    Example:
        >>> arrivals = torch.zeros(1, 3)
        >>> Lateral(3, strength=-120.0).send(torch.tensor([0, 2]), arrivals), arrivals
        (4, tensor([[-120., -240., -120.]]))
    """

    @public
    def __init__(self, n: Neurons, *, strength: SharedWeight, port: str = "current") -> None:
        super().__init__()
        self.n_source = self.n_target = n
        self.port = port
        self.weight = shared_weight(strength)

    @property
    def fan_out(self) -> Tensor:
        """All target neurons but one, for each source neuron."""
        return torch.full((self.n_source,), self.n_target - 1)

    def send(self, spikes: Tensor, arrivals: Tensor) -> int:
        """Add the shared weight times the number of spikes of the others; see `Connection.send`."""
        if len(spikes):
            others = torch.full((self.n_target,), float(len(spikes)))
            others[spikes] -= 1.0
            arrivals[0] += self.weight * others
        return len(spikes) * (self.n_target - 1)

    def check_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """The weight is one number; see `Connection.check_tensors`."""
        check_shape("weight", tensors.get("weight", self.weight), ())

    def matrix(self) -> Tensor:
        """The shared weight everywhere but on the diagonal."""
        return (1.0 - torch.eye(self.n_source)) * self.weight.detach()
