"""A layer of neurons that hear each other's last spikes."""

import math
from typing import Any

import torch
from torch import Tensor, nn

from picojoule.core.arguments import public
from picojoule.core.params import Neurons, TimeStep
from picojoule.core.renamed import renamed
from picojoule.layers.learned import Learned, Names
from picojoule.layers.neuron_layer import NeuronLayer
from picojoule.neurons.base import Neuron
from picojoule.simulate.scan.job import Loop


class Recurrent(NeuronLayer):
    """A layer of neurons whose spikes come back, one step later, through a matrix that trains.

    Its input is a current, so a `Linear` usually stands before it.

    Args:
        neuron: the model; the spikes come back to its first port.
        features: number of neurons.
        trainable: names of parameters that train, one value for each neuron.
        trainable_initial: names of fields of the state whose initial values train, one for each neuron.
        dt: length of a step, in ms.
        loop: what runs through time; `None`: the fastest for the device of the input.

    Attributes:
        weight: `[features, features]`, from row to column; uniform in ±1/√features at first.

    Raises:
        UnknownNameError: if there is no such parameter or field.
        ParameterError: if a parameter to learn has no gradient, or starts on its bound; if a number is out of range.

    Example:
        >>> from picojoule.neurons.lif import LIF
        >>> layer = Recurrent(LIF(tau=20.0), 2)
        >>> _ = torch.nn.init.constant_(layer.weight, 30.0)
        >>> layer(torch.tensor([[[30.0, 0.0]], [[0.0, 0.0]], [[0.0, 0.0]]]))[:, 0].tolist()  # the first starts both
        [[1.0, 0.0], [1.0, 1.0], [1.0, 1.0]]
    """

    @renamed(learn="trainable", learn_initial="trainable_initial")
    @public
    def __init__(
        self,
        neuron: Neuron[Any, Any, Any],
        features: Neurons,
        *,
        trainable: Names = (),
        trainable_initial: Names = (),
        dt: TimeStep = 1.0,
        loop: Loop | None = None,
    ) -> None:
        super().__init__()
        self.shape, self.dt, self.loop = (features,), dt, loop
        self.learned = Learned(
            neuron, shape=self.shape, trainable=trainable, trainable_initial=trainable_initial, dt=dt
        )
        self.weight = nn.Parameter(torch.empty(features, features))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the matrix anew, from torch's global generator."""
        bound = 1.0 / math.sqrt(self.weight.shape[0])
        nn.init.uniform_(self.weight, -bound, bound)

    def matrix(self) -> Tensor | None:
        """Through what the spikes of a step come back in the next."""
        return self.weight
