"""What one step of a neuron takes."""

from typing import Any

from picojoule.core.arguments import public
from picojoule.core.counts import Operations
from picojoule.neurons.base import Neuron

AnyNeuron = Neuron[Any, Any, Any]


@public
def step_operations(neuron: AnyNeuron) -> Operations:
    """Arithmetic of one neuron in one step, read off its traced equations; for one that spikes, a comparison too.

    Args:
        neuron: the model.

    Example:
        >>> from picojoule.neurons import LIF
        >>> step_operations(LIF())
        Operations(additions=5, multiplications=2, divisions=0, functions=0)
    """
    from picojoule.simulate.event.plan import trace_integrate

    return trace_integrate(neuron).operations(extra=int(neuron.output == "spike"))
