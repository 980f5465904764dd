"""A layer of neurons, each with an input of its own."""

from typing import Any

from torch import Tensor

from picojoule.core.arguments import public
from picojoule.core.params import Neurons, TimeStep
from picojoule.core.renamed import renamed
from picojoule.layers.learned import Learned, Names
from picojoule.layers.neuron_layer import NeuronLayer
from picojoule.neurons.base import Neuron
from picojoule.simulate.scan.job import Loop


class Spiking(NeuronLayer):
    """A layer of neurons: every element of the input drives one neuron.

    It stands wherever an activation function would, with time as the first axis. Gradients flow through it; where a
    neuron spikes, its surrogate stands for the derivative.

    Args:
        neuron: the model.
        shape: of the values that train, broadcastable to the neurons: `(128,)` gives each of 128 neurons its own,
            `(32, 1, 1)` each of 32 channels; `None`: one value for all. Also, a check of the input.
        trainable: names of parameters that train, for instance `{"tau"}`. They never leave their range.
        trainable_initial: names of fields of the state whose initial values train, for instance `{"v"}`.
        dt: length of a step, in ms.
        loop: what runs through time; `None`: the fastest for the device of the input.

    Raises:
        UnknownNameError: if there is no such parameter or field.
        ParameterError: if a parameter to learn has no gradient, or starts on its bound; if `dt` is not above 0.

    Example:
        >>> import torch
        >>> from picojoule.neurons.lif import LIF
        >>> layer = Spiking(LIF(tau=20.0, gain=None), shape=(3,), trainable={"tau"})
        >>> spikes, state = layer.advance(torch.full((50, 1, 3), 1.5))  # [T, B, N]
        >>> spikes.sum(0)
        tensor([[2., 2., 2.]], grad_fn=<SumBackward1>)
    """

    @renamed(learn="trainable", learn_initial="trainable_initial")
    @public
    def __init__(
        self,
        neuron: Neuron[Any, Any, Any],
        *,
        shape: tuple[Neurons, ...] | None = None,
        trainable: Names = (),
        trainable_initial: Names = (),
        dt: TimeStep = 1.0,
        loop: Loop | None = None,
    ) -> None:
        super().__init__()
        self.shape, self.dt, self.loop = shape, dt, loop
        self.learned = Learned(
            neuron, shape=self.shape, trainable=trainable, trainable_initial=trainable_initial, dt=dt
        )

    def matrix(self) -> Tensor | None:
        """No spikes come back."""
        return None
