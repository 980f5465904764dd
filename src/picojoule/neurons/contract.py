"""What the methods of a neuron must return, looked at once for each class: kinds of results, never their numbers.

The methods run once on zeros `[1, 1]`. An exception in one of them is not this module's business: it comes again, with
its own message, where the neuron runs.
"""

import warnings
from typing import Any
from weakref import WeakSet

import torch
from torch import Tensor

from picojoule.core.errors import ParameterError
from picojoule.core.transforms import transformed
from picojoule.neurons.base import Neuron


class _FoundError(ParameterError):
    """Found here, not raised by a neuron's own method."""


_KEPT: WeakSet[type] = WeakSet()  # classes that were found right


def check_methods(neuron: Neuron[Any, Any, Any], dt: float = 1.0) -> None:
    """Refuse a neuron whose methods return something else than they must.

    Args:
        neuron: the model.
        dt: length of a step, in ms.

    Raises:
        ParameterError: names the method, and says what it must return.
    """
    if torch.compiler.is_compiling() or transformed() or type(neuron) in _KEPT:
        return
    tensors = [value for value in vars(neuron).values() if isinstance(value, Tensor)]
    place = tensors[0].device if tensors else torch.device("cpu")
    with torch.no_grad(), place, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            _check(neuron, torch.zeros(1, 1, dtype=torch.float32), dt)
        except _FoundError as error:
            raise ParameterError(str(error)) from None
        except Exception:  # of the neuron's own methods
            return
    _KEPT.add(type(neuron))


def check_named(where: str, found: object) -> None:
    """Refuse what is no NamedTuple of tensors.

    Args:
        where: the method that returned it.
        found: what it returned.

    Raises:
        ParameterError: says what it is.

    Example:
        >>> check_named("Mine.coefficients", (torch.tensor(0.9),))
        Traceback (most recent call last):
        picojoule.core.errors.ParameterError: Mine.coefficients must return a NamedTuple of tensors, got tuple
    """
    if fault := _unnamed(found):
        raise ParameterError(f"{where} must return a NamedTuple of tensors, got {fault}")


def _check(neuron: Neuron[Any, Any, Any], like: Tensor, dt: float) -> None:
    kind = type(neuron).__name__
    state, c = neuron.initial(like), neuron.coefficients(dt)
    for method, found in ("initial", state), ("coefficients", c):
        if fault := _unnamed(found):
            raise _FoundError(f"{kind}.{method} must return a NamedTuple of tensors, got {fault}")
    c = c._replace(**{name: getattr(c, name)[0] for name in neuron.per_step})
    ports: Any = neuron.ports
    result = neuron.integrate(ports(*(like for _ in ports._fields)), state, c)
    if fault := _no_step(result, state._fields):
        raise _FoundError(
            f"{kind}.integrate must return (excess, state): excess is a tensor of floats, how far above threshold, "
            f"such as v - c.v_th; got {fault}"
        )
    excess, state = result
    fired = neuron.fire((excess >= 0).to(like.dtype), state, c)
    if fault := _no_state(fired, state._fields):
        raise _FoundError(f"{kind}.fire must return the state, {type(state).__name__}(…), got {fault}")


def _no_step(result: object, fields: tuple[str, ...]) -> str:
    """What is wrong with the result of `integrate`; nothing, if it is right."""
    if not isinstance(result, tuple) or not _no_state(result, fields):
        return f"{type(result).__name__} alone"
    if len(result) != 2:
        return f"a {type(result).__name__} of {len(result)}"
    excess, state = result
    if not _no_state(excess, fields):
        return f"{type(excess).__name__} first"
    if not isinstance(excess, Tensor):
        return type(excess).__name__
    if not excess.is_floating_point():
        return str(excess.dtype).removeprefix("torch.")
    return (fault := _no_state(state, fields)) and f"{fault} for the state"


def _no_state(found: object, fields: tuple[str, ...]) -> str:
    """What this is, if it is no state of these fields."""
    fault = _unnamed(found)
    return fault or ("" if found._fields == fields else type(found).__name__)  # type: ignore[attr-defined]


def _unnamed(found: object) -> str:
    """What this is, if it is no NamedTuple of tensors."""
    if not isinstance(found, tuple) or _plain(found):
        return type(found).__name__
    wrong = [(name, value) for name, value in zip(found._fields, found, strict=True) if not isinstance(value, Tensor)]  # type: ignore[attr-defined]
    return f"{type(wrong[0][1]).__name__} for {wrong[0][0]}" if wrong else ""


def _plain(found: object) -> bool:
    return isinstance(found, tuple) and not hasattr(found, "_fields")
