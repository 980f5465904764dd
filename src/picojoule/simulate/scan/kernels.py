"""The compiled loops of neurons, found on disk by a key of their equations and of the loop's form."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

from picojoule.compile import on_disk
from picojoule.compile.fingerprint import form as code_form
from picojoule.compile.loop_form import LoopForm, LoopPlan
from picojoule.compile.step import step_of
from picojoule.neurons.base import Neuron

_FOLDERS = ("compile",)
_LOADED: dict[tuple[Any, ...], ModuleType] = {}

Emitter = Callable[[LoopPlan, str], str]


def kernels_of(neuron: Neuron[Any, Any, Any], form: LoopForm, emit: Emitter) -> ModuleType:
    """The module of a neuron's loop, generated if it is not there yet.

    Args:
        neuron: the model; numbers do not matter.
        form: what the loop is asked to do.
        emit: writes the module's source.
    """
    equations = code_form(neuron)
    key = (_hashable(equations), _hashable(code_form(neuron.surrogate)), form, emit.__qualname__)
    if key not in _LOADED:
        digest = on_disk.digest(key, _fields(neuron), folders=_FOLDERS)
        _LOADED[key] = on_disk.load(digest, lambda: emit(LoopPlan(step_of(neuron), form), type(neuron).__name__))
    return _LOADED[key]


def _hashable(parts: Any) -> Any:  # noqa: ANN401
    return tuple(map(_hashable, parts)) if isinstance(parts, list | tuple) else parts


def _fields(neuron: Neuron[Any, Any, Any]) -> tuple[Any, ...]:
    """The names that the kernels' arguments come from."""
    return neuron.ports._fields, neuron.output, sorted(neuron.per_step)  # type: ignore[attr-defined]
