"""What of a neuron's state is drawn, and how."""

from typing import Any

import torch
from torch import Tensor

from picojoule.neurons.base import Neuron
from picojoule.simulate.step_response import StepResponse


def with_peaks(neuron: Neuron[Any, Any, Any], v: Tensor, spikes: Tensor) -> Tensor:
    """A potential with its spikes as high as the model notes them, which the reset in the same step has hidden.

    Args:
        neuron: the model; if it has no `v_peak`, its spikes have no height, and nothing changes.
        v: potentials after reset, any shape, in mV.
        spikes: 0 or 1, of the same shape.

    Example:
        >>> from picojoule.neurons.izhikevich import Izhikevich
        >>> with_peaks(Izhikevich(), torch.tensor([-40.0, -65.0]), torch.tensor([0.0, 1.0]))
        tensor([-40.,  30.])
    """
    peak = getattr(neuron, "v_peak", None)
    return v if peak is None else torch.where(spikes > 0, torch.as_tensor(peak, dtype=v.dtype), v)


def traces(neuron: Neuron[Any, Any, Any], answer: StepResponse) -> tuple[dict[str, Tensor], list[str]]:
    """The fields that move, and the names of those that stand still.

    Args:
        neuron: the model.
        answer: to one current.

    Returns:
        `[T]` by name, with the spikes' peaks, and without fields that only repeat the spikes; then the names. If
        everything stands still, the first field counts as moving.

    Example:
        >>> from picojoule.neurons.lif import LIF
        >>> from picojoule.simulate.step_response import step_response
        >>> list(traces(LIF(), step_response(LIF(), [1.5], duration=50.0))[0])
        ['v']
    """
    spikes = answer.spikes[:, 0]
    states = {name: values[:, 0] for name, values in answer.states.items()}
    still = [name for name, values in states.items() if bool((values == values[0]).all())]
    if len(still) == len(states):
        still = still[1:]
    moving = {name: values for name, values in states.items() if name not in still and not values.equal(spikes)}
    if "v" in moving:
        moving["v"] = with_peaks(neuron, moving["v"], spikes)
    return moving, still
