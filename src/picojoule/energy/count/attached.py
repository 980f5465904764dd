"""What is put on a model while it is looked at; a copy of the model may take it along, and is not looked at."""

import weakref
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from types import MethodType
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from picojoule.layers.base import Layer
from picojoule.layers.still import only_looks


class Looking(Protocol):
    """What looks at a model."""

    def enters(self, module: nn.Module, given: Any) -> None:  # noqa: ANN401
        """A module begins.

        Args:
            module: of the model.
            given: all that it is given.
        """

    def streaming(self, given: Any, state: Any) -> AbstractContextManager[None]:  # noqa: ANN401
        """The model's `advance` runs.

        Args:
            given: what it is given, and its mask.
            state: that it goes on from.
        """


def uncompiled(model: nn.Module) -> AbstractContextManager[object]:
    """A context in which a compiled model runs as it is written; inside compiled code nothing can be seen.

    Args:
        model: that may be compiled, or hold compiled modules.
    """
    for part in model.modules():
        if hasattr(part, "_orig_mod") or getattr(part, "_compiled_call_impl", None) is not None:
            eager: AbstractContextManager[object] = torch.compiler.set_stance("force_eager")
            return eager
    return nullcontext()


def told_of_names(observer: Looking, model: nn.Module) -> Callable[[nn.Module, Any, Any], None]:
    """A hook for the beginning of the model that is told of named arguments, too.

    Args:
        observer: that looks.
        model: at what.
    """
    seen_by, seen = weakref.ref(observer), weakref.ref(model)

    @only_looks
    def begins(module: nn.Module, args: Any, named: Any) -> None:  # noqa: ANN401
        looking = seen_by()
        if looking is not None and module is seen():
            looking.enters(module, (args, named))

    return begins


def streamed(observer: Looking, model: Layer) -> Callable[..., Any]:
    """The model's `advance`, seen by an observer; hooks of torch are called for `forward` alone.

    Args:
        observer: that looks.
        model: whose method it is.
    """
    seen_by, seen = weakref.ref(observer), weakref.ref(model)

    def advance(layer: Layer, x: Any, state: Any = None, mask: Tensor | None = None) -> Any:  # noqa: ANN401
        looking, plain = seen_by(), type(layer).advance
        if looking is None or layer is not seen():
            return plain(layer, x, state, mask)
        with looking.streaming((x, mask), state):
            return plain(layer, x, state, mask)

    return MethodType(advance, model)
