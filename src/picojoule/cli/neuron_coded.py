"""Neurons that run through a program of so many steps: what value they code."""

from typing import TYPE_CHECKING, Any

import torch

from picojoule.cli.neuron_labels import input_label, state_labels
from picojoule.core.errors import ParameterError
from picojoule.neurons.base import Neuron
from picojoule.simulate.step_response import step_response

if TYPE_CHECKING:
    from matplotlib.figure import Figure

POINTS = 401


def coded(neuron: Neuron[Any, Any, Any], current: float | None, title: str) -> tuple["Figure", list[tuple[str, str]]]:
    """Draw how a neuron codes one input over its steps, and the value that it codes for every input.

    Args:
        neuron: a model with coefficients for each step, and a field `value` in its state.
        current: the input, given whole in the first step; `None`: 40 % of what it can code.
        title: above the figure.

    Returns:
        The figure, and what was found in words.

    Raises:
        ParameterError: if the state has no `value`, so that it is not known what is coded.
    """
    from picojoule.plot.neuron import neuron as draw

    name, labels = type(neuron).__name__, state_labels(neuron)
    if "value" not in labels:
        raise ParameterError(f"{name} has other numbers in every step, and no `value` that it codes; draw it in Python")
    c = neuron.coefficients(1.0)
    steps = min(len(getattr(c, field)) for field in neuron.per_step)
    highest = float(step_response(neuron, [1e9], duration=1.0, after=steps - 1.0).states["value"][-1, 0])
    given = float(f"{0.4 * highest:.2g}") if current is None else current

    answer = step_response(neuron, [given], duration=1.0, after=steps - 1.0)
    inputs = torch.linspace(-0.2 * highest, 1.2 * highest, POINTS, dtype=torch.float64)
    values = step_response(neuron, inputs, duration=1.0, after=steps - 1.0).states["value"][-1]
    rest = neuron.initial(torch.zeros(1, 1, dtype=torch.float64))  # drawn as step 0
    figure = draw(
        torch.arange(steps + 1),
        torch.nn.functional.pad(answer.x[:, 0], (1, 0)),
        torch.nn.functional.pad(answer.spikes[:, 0], (1, 0)),
        {
            labels[field]: torch.cat([start.flatten(), answer.states[field][:, 0]])
            for field, start in rest._asdict().items()
        },
        rates={"": (inputs, values)},
        input_label=input_label(neuron),
        rate_label="value",
        rate_title="value coded",
        time_label="step",
        title=title,
    )
    told = float(answer.states["value"][-1, 0])
    return figure, [
        ("input", f"{given:.4g}, whole in the first of {steps} steps"),
        ("value coded", f"{told:.4g}, with {int(answer.spikes.sum())} spikes"),
        ("error", f"{told - given:.2g}"),
        ("largest value", f"{highest:.4g}"),
    ]
