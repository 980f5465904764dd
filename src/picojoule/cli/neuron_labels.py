"""What stands beside an axis: names with units, as a model's source tells them.

A field of a state has its unit in the comment behind it, `v: Tensor  # [B, *N]  membrane potential, in mV`; the input
in the first paragraph of the model's docstring, "its input is a current in pA". Where nothing is said, the name stands
alone.
"""

import inspect
import re
from typing import Any

import torch

from picojoule.neurons.base import Neuron

_FIELD = re.compile(r"^ +(\w+): Tensor +#.*?, in (?!the unit|\()(?:units of the )?([^,;]+?)$", re.MULTILINE)
_INPUT = re.compile(r"\binput is (?:an? [\w ]+? )?in (.+?)(?:[,;.]| and )")


def state_labels(neuron: Neuron[Any, Any, Any]) -> dict[str, str]:
    """Every field of a neuron's state with its unit.

    Example:
        >>> from picojoule.neurons.conductance_lif import ConductanceLIF
        >>> state_labels(ConductanceLIF())
        {'v': 'v (mV)', 'g_exc': 'g_exc (leak)', 'g_inh': 'g_inh (leak)', 'refractory': 'refractory'}
    """
    state = type(neuron.initial(torch.zeros(1, 1)))
    units = dict(_FIELD.findall(_source(state)))
    return {field: _with_unit(field, units.get(field, "")) for field in state._fields}


def input_label(neuron: Neuron[Any, Any, Any]) -> str:
    """The first port of a neuron with its unit.

    Example:
        >>> from picojoule.neurons.lif import LIF
        >>> input_label(LIF())
        'input'
    """
    ports = neuron.ports._fields  # type: ignore[attr-defined]
    found = _INPUT.search(" ".join((inspect.getdoc(type(neuron)) or "").split("\n\n")[0].split()))
    return _with_unit("input" if len(ports) == 1 else ports[0], found[1] if found else "")


def _source(kind: type) -> str:
    try:
        return inspect.getsource(kind)
    except (OSError, TypeError):  # typed in at a prompt
        return ""


def _with_unit(name: str, unit: str) -> str:
    return f"{name} ({unit})" if unit else name
