"""What holds for every plot, found automatically: a wrong argument is named in one line, and never a raw error."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from picojoule import plot
from picojoule.core.errors import PicojouleError

RIGHT: dict[str, dict[str, Any]] = {
    "accuracy_history": {"images": [1, 2], "accuracy": [0.5, 0.7]},
    "budget_history": {"energies": [1.0, 2.0], "accuracies": [0.5, 0.7]},
    "claims": {"panels": {"LSTM": {"task": {"table": ((1.0, 2.0), None)}}}},
    "confusion": {"counts": [[1, 0], [0, 1]]},
    "decision": {"curve": [(1, 10.0, 0.5)], "answers": {"ReLU": plot.Answer(100.0, 0.9)}},
    "energy": {"tables": {"table": {"network": {"part": 1.0}}}},
    "layer_energy": {"networks": {"network": {"layer": (1.0, 2.0)}}},
    "neuron": {"t": [1, 2], "x": [0, 1], "spikes": [0, 1], "states": {"v": [0.0, 1.0]}},
    "pareto": {"networks": [plot.Trained("a", (1.0, 0.5), (1.0, 0.5))]},
    "quantile_history": {"images": [1, 2], "quantities": {"weight": [[0, 1, 2, 3, 4]] * 2}},
    "raster": {"populations": {"Ae": ([0], [0], 1)}},
    "receptive_fields": {"weights": np.eye(4), "image_shape": (2, 2)},
    "regimes": {"responses": {"tonic": ([1, 2], [0, 1], [0.0, 1.0])}},
    "surrogates": {"excess": [-1, 1], "curves": {"ATan": ([0, 1], [0, 1])}},
}
NO_FIGURES = {"mosaic", "table_interval", "write_report", "save_figure", "styled", "energy_text"}
WRONG: dict[str, Callable[[], Any]] = {
    "object": object,
    "text": lambda: "nonsense",
    "None": lambda: None,
    "number": lambda: -3.5,
    "sparse": lambda: torch.ones(2, 2).to_sparse(),
    "meta": lambda: torch.ones(2, 2, device="meta"),
    "complex": lambda: np.ones((2, 2), dtype=complex),
    "class": lambda: dict,
}


def test_every_function_is_tried() -> None:
    functions = {name for name in plot.__all__ if inspect.isfunction(getattr(plot, name))}
    assert functions - NO_FIGURES == set(RIGHT)
    for name, arguments in RIGHT.items():
        assert getattr(plot, name)(**arguments).axes


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("name", RIGHT)
def test_no_argument_ends_in_a_raw_error(name: str, wrong: str) -> None:
    function, said = getattr(plot, name), []
    for argument in inspect.signature(function).parameters:
        try:
            function(**RIGHT[name] | {argument: WRONG[wrong]()})
        except PicojouleError as error:
            said.append(str(error))
    assert said  # no kind of value is right for all of its arguments
    assert not [message for message in said if "\n" in message]
