"""The neuron models that there are, by name, and with the parameters that a user asks for."""

import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any, get_args

from picojoule import neurons
from picojoule.core.arguments import known_hints
from picojoule.core.errors import ParameterError, UnknownNameError
from picojoule.neurons.base import Neuron

Model = type[Neuron[Any, Any, Any]]


def models() -> dict[str, Model]:
    """Every model of the library, by name.

    Example:
        >>> "LIF" in models()
        True
    """
    kinds = [kind for kind in vars(neurons).values() if isinstance(kind, type) and issubclass(kind, Neuron)]
    return {kind.__name__: kind for kind in sorted(kinds, key=lambda kind: kind.__name__.lower())}


def model(name: str) -> Model:
    """The model of a name; small letters and hyphens will do.

    Raises:
        UnknownNameError: if there is none; the nearest one is proposed.

    Example:
        >>> model("conductance-lif").__name__
        'ConductanceLIF'
    """
    known = models()
    plain = {_plain(kind): kind for kind in known}
    if _plain(name) not in plain:
        raise UnknownNameError("neuron", name, known)
    return known[plain[_plain(name)]]


def _plain(name: str) -> str:
    return re.sub("[-_ ]", "", name).lower()


def regimes(kind: Model) -> Mapping[str, Neuron[Any, Any, Any]]:
    """Published sets of parameters, `REGIMES` in the model's module; most models have none.

    Example:
        >>> regimes(model("LIF"))
        {}
    """
    found: Mapping[str, Neuron[Any, Any, Any]] = getattr(sys.modules[kind.__module__], "REGIMES", {})
    return found


def with_parameters(kind: Model, settings: Iterable[str], regime: str | None = None) -> Neuron[Any, Any, Any]:
    """A neuron with some of its numbers set.

    Args:
        kind: the model.
        settings: texts such as `tau=10`; `gain=none` is the exact response.
        regime: name of a published set of parameters to start from; `None`: the model's defaults.

    Raises:
        ParameterError: if a text is not of that form, the number is outside the parameter's range, or the model has no
            regimes.
        UnknownNameError: if the model has no such number or regime.

    Example:
        >>> with_parameters(model("LIF"), ["tau=10"]).tau
        10.0
    """
    start = kind() if regime is None else _regime(kind, regime)
    numbers = [field.name for field in fields(kind) if isinstance(field.default, int | float)]  # type: ignore[arg-type]
    values: dict[str, float | None] = {}
    bare = [field.name for field in fields(kind) if type(None) in get_args(known_hints(kind)[field.name])]  # type: ignore[arg-type]
    for setting in settings:
        name, sign, text = setting.partition("=")
        if not sign:
            raise ParameterError(f"--set takes NAME=NUMBER, got {setting!r}; for instance --set tau=10")
        if not numbers:
            raise ParameterError(f"{kind.__name__} has no single number to set; leave --set out, or draw it in Python")
        if name not in numbers:
            raise UnknownNameError(f"number of {kind.__name__}", name, numbers)
        try:
            values[name] = None if text == "none" and name in bare else float(text)
        except ValueError as error:
            raise ParameterError(f"--set {name} takes a number, got {text!r}; write it as 10 or 0.5") from error
    return replace(start, **values)  # type: ignore[type-var]  # every model is a dataclass


def _regime(kind: Model, name: str) -> Neuron[Any, Any, Any]:
    known = regimes(kind)
    if not known:
        raise ParameterError(f"{kind.__name__} has no regimes; leave --regime out, and use --set for its parameters")
    plain = {_plain(regime): regime for regime in known}
    if _plain(name) not in plain:
        raise UnknownNameError(f"regime of {kind.__name__}", name, known)
    return known[plain[_plain(name)]]
