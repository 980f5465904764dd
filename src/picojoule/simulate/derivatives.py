"""What hand-written kernels cannot be asked for: they say so, where torch would pass nothing on, or speak of itself."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import torch

from picojoule.core.errors import EngineError
from picojoule.core.transforms import transformed

Backward = Callable[..., Any]


def first_only(what: str, way_out: str) -> Callable[[Backward], Backward]:
    """A decorator of the backward pass of an autograd function that has no derivative of its own.

    Torch's `once_differentiable` passes no second derivative on, in silence, where the gradient that arrives is a
    constant.

    Args:
        what: has the backward pass, for the message.
        way_out: what to use instead.
    """

    def decorated(backward: Backward) -> Backward:
        @wraps(backward)
        def checked(ctx: Any, *gradients: Any) -> Any:  # noqa: ANN401
            if torch.compiler.is_compiling():  # torch's compiler refuses second derivatives itself
                return backward(ctx, *gradients)
            batched = any(g is not None and torch._C._functorch.is_legacy_batchedtensor(g) for g in gradients)
            if torch.is_grad_enabled() or transformed() or batched:
                raise first_derivatives_only(what, way_out)
            return backward(ctx, *gradients)

        return checked

    return decorated


def first_derivatives_only(what: str, way_out: str) -> EngineError:
    """The error of what has first derivatives, one at a time."""
    return EngineError(
        f"{what} has plain first derivatives only: no create_graph=True, no vmap or other transform of torch.func, "
        f"no forward mode; {way_out}"
    )


def refuse_tracing() -> None:
    """Refuse `torch.jit.trace`, which would write down one run's numbers.

    Raises:
        EngineError: if it is at work.
    """
    if torch.jit.is_tracing():  # type: ignore[attr-defined, no-untyped-call]
        raise EngineError(
            "torch.jit.trace cannot see into picojoule's loops and products; use torch.compile(model), or "
            "torch.export.export(model, (x,))"
        )
