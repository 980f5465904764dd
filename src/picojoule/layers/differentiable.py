"""What a neuron's gradient can reach."""

from typing import Any

import torch
from torch import Tensor

from picojoule.core.described import changed
from picojoule.neurons.base import Neuron


def parameter_matters(neuron: Neuron[Any, Any, Any], name: str, start: Tensor, dt: float) -> bool:
    """Whether a coefficient, or the state at rest, moves with a parameter: one rounded to whole steps moves none.

    Args:
        neuron: the model.
        name: of the parameter.
        start: its value.
        dt: length of a step, in ms.
    """
    with torch.enable_grad():
        value = start.clone().requires_grad_()
        probe = changed(neuron, {name: value})
        rest = probe.initial(torch.zeros(1, *start.shape, dtype=torch.float64)) if name not in neuron.per_step else ()
        return _moves([*probe.coefficients(dt), *rest], value)


def initial_value_matters(neuron: Neuron[Any, Any, Any], name: str, dt: float) -> bool:
    """Whether a first step without input changes with a field of the state: it does not with a counter of steps.

    Args:
        neuron: the model.
        name: of the field.
        dt: length of a step, in ms.
    """
    with torch.enable_grad():
        frame = torch.zeros(1, 1, dtype=torch.float64)
        c = neuron.coefficients(dt)
        c = type(c)(*(v.flatten()[0].detach() for v in c))
        rest = neuron.initial(frame)
        value = getattr(rest, name).reshape(-1)[:1].reshape(1, 1).detach().requires_grad_()
        first = type(rest)(*(field.reshape(-1)[:1].reshape(1, 1).detach() for field in rest))._replace(**{name: value})
        excess, after = neuron.integrate(neuron.ports(*(frame for _ in neuron.ports._fields)), first, c)  # type: ignore[attr-defined]
        return _moves([excess, *neuron.fire(torch.zeros_like(excess), after, c)], value)


def _moves(results: list[Tensor], value: Tensor) -> bool:
    for result in results:
        if result.requires_grad:
            (grad,) = torch.autograd.grad(result.sum(), value, retain_graph=True, allow_unused=True)
            if grad is not None and bool((grad != 0).any()):
                return True
    return False
