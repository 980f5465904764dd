"""The compiled loops of neurons, found on disk by a key of their equations and of the loop's form."""

import dataclasses
import inspect
from collections.abc import Callable
from numbers import Number
from types import ModuleType
from typing import Any

from torch import Tensor

from picojoule.compile import on_disk
from picojoule.compile.fingerprint import form as code_form
from picojoule.compile.loop_form import LoopForm, LoopPlan
from picojoule.compile.step import step_of
from picojoule.neurons.base import Neuron

_LOADED: dict[tuple[Any, ...], ModuleType] = {}

Emitter = Callable[[LoopPlan, str], str]


def kernels_of(neuron: Neuron[Any, Any, Any], form: LoopForm, emit: Emitter) -> ModuleType:
    """The module of a neuron's loop, generated if it is not there yet.

    Args:
        neuron: the model; numbers do not matter.
        form: what the loop is asked to do.
        emit: writes the module's source.
    """
    quick = (_kind(neuron), _kind(neuron.surrogate), form, emit)
    if quick not in _LOADED:
        parts = (code_form(neuron), code_form(neuron.surrogate), form)
        digest = on_disk.digest(parts, _fields(neuron), modules=(__name__, emit.__module__))
        _LOADED[quick] = on_disk.load(digest, lambda: emit(LoopPlan(step_of(neuron), form), type(neuron).__name__))
    return _LOADED[quick]


def _kind(part: Any) -> Any:  # noqa: ANN401
    """What tells two models apart in this process: their classes, and those of their parts; never numbers."""
    if isinstance(part, Number | Tensor):
        return Number
    if dataclasses.is_dataclass(part) and not isinstance(part, type):
        return type(part), *(_kind(getattr(part, field.name)) for field in dataclasses.fields(part))
    return part if inspect.isroutine(part) or isinstance(part, type) else type(part)


def _fields(neuron: Neuron[Any, Any, Any]) -> tuple[Any, ...]:
    """The names that the kernels' arguments come from."""
    return neuron.ports._fields, neuron.output, sorted(neuron.per_step)  # type: ignore[attr-defined]
