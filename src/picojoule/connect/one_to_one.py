"""One-to-one connection: neuron j reaches neuron j, all with the same weight."""

from collections.abc import Mapping

import torch
from torch import Tensor

from picojoule.connect.base import Connection, SharedWeight, check_shape, shared_weight
from picojoule.core.arguments import public
from picojoule.core.params import Neurons


class OneToOne(Connection):
    """Neuron j of the source reaches neuron j of the target, after one step.

    Args:
        n: neurons on either side.
        strength: the weight that all synapses share.
        port: input port of the target population.

    Raises:
        ParameterError: if the weight is not finite.

    Example:
        >>> OneToOne(2, strength=22.5).matrix()
        tensor([[22.5000,  0.0000],
                [ 0.0000, 22.5000]])
    """

    @public
    def __init__(self, n: Neurons, *, strength: SharedWeight, port: str = "current") -> None:
        super().__init__()
        self.n_source = self.n_target = n
        self.port = port
        self.weight = shared_weight(strength)

    @property
    def fan_out(self) -> Tensor:
        """One synapse for each source neuron."""
        return torch.ones(self.n_source, dtype=torch.int64)

    def send(self, spikes: Tensor, arrivals: Tensor) -> int:
        """Add the shared weight at the partners of the neurons that spiked; see `Connection.send`."""
        arrivals[0, spikes] += self.weight
        return len(spikes)

    def check_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """The weight is one number; see `Connection.check_tensors`."""
        check_shape("weight", tensors.get("weight", self.weight), ())

    def matrix(self) -> Tensor:
        """The shared weight on the diagonal."""
        return torch.eye(self.n_source) * self.weight.detach()
