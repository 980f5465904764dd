"""Input that stands still: what ordinary modules make of it is the same in every step, and computed once."""

from collections.abc import Callable
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.nn.modules import module as everywhere

from picojoule.core.arguments import only_checks
from picojoule.core.transforms import transformed
from picojoule.layers.linear import Linear
from picojoule.layers.over_time import OverTime

# files of torch.nn.modules whose modules take the samples of a batch one by one
_ALONE = {
    "activation", "batchnorm", "channelshuffle", "container", "conv", "dropout", "flatten", "instancenorm", "linear",
    "normalization", "padding", "pixelshuffle", "pooling", "upsampling",
}  # fmt: skip
_TOGETHER = {"GLU", "LogSoftmax", "MultiheadAttention", "Softmax", "Softmin"}  # or not, as their dimension says
_RANDOM = {"Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout", "RReLU"}
_ALWAYS_RANDOM = {"FractionalMaxPool2d", "FractionalMaxPool3d"}
_HOOKS = ("forward_pre_hooks", "forward_hooks", "backward_pre_hooks", "backward_hooks")

Hook = TypeVar("Hook", bound=Callable[..., Any])


def only_looks(hook: Hook) -> Hook:
    """Say of a hook that it changes nothing, so that a module with it may still run once for all steps.

    Args:
        hook: for a module, as in `module.register_forward_hook(only_looks(hook))`.
    """
    hook.only_looks = True  # type: ignore[attr-defined]
    return hook


def stands_still(x: Tensor) -> bool:
    """Whether all steps of a sequence are the same memory, as in `image.expand(T, ...)`, and nobody tells them apart.

    Where gradients are wanted, each step has one of its own.

    Args:
        x: `[T, B, *N]`.
    """
    still = x.dim() > 1 and x.shape[0] > 1 and x.stride(0) == 0
    return still and not ((x.requires_grad and torch.is_grad_enabled()) or transformed())


def gives_the_same(module: nn.Module) -> bool:
    """Whether a module is known to make the same of the same frame, whatever else it is given.

    True for torch's own modules as torch wrote them: without randomness, without statistics over a batch, and without
    hooks that might bring them in. Of others, nothing is known.

    Args:
        module: a module of a stack.
    """
    return not _hooked(everywhere, "_global_") and all(
        _as_written(part) and (type(part) in (OverTime, Linear) or _fixed(part)) for part in module.modules()
    )


def leaves_its_input(module: nn.Module) -> bool:
    """Whether a module is known not to work in place: torch's own or one of this library, as they were written.

    Args:
        module: a module of a stack.
    """
    return not torch.compiler.is_compiling() and all(
        _as_written(part)
        and not getattr(part, "inplace", False)
        and (type(part) in (OverTime, Linear) or type(part).__module__.startswith("torch.nn.modules."))
        for part in module.modules()
    )


def _as_written(part: nn.Module) -> bool:
    """Whether nobody has changed what a module does: by hooks, or by putting something in the place of a method."""
    kind = type(part)
    if isinstance(part, torch.jit.ScriptModule):
        return False
    replaced = any(callable(value) and hasattr(kind, name) for name, value in vars(part).items())
    forward: Any = kind.forward
    forward = forward.__wrapped__ if only_checks(forward) else forward
    own = forward.__module__ == kind.__module__ and not hasattr(forward, "__wrapped__")
    return own and not replaced and not _hooked(part, "_")


def _hooked(owner: Any, prefix: str) -> bool:  # noqa: ANN401  # a module, or torch's file of hooks for all modules
    kinds = (getattr(owner, prefix + kind) for kind in _HOOKS)
    return any(not getattr(hook, "only_looks", False) for hooks in kinds for hook in hooks.values())


def _fixed(part: nn.Module) -> bool:
    name, (*package, file) = type(part).__name__, type(part).__module__.split(".")
    alone = package == ["torch", "nn", "modules"] and file in _ALONE and name not in _TOGETHER
    statistics = hasattr(part, "track_running_stats") and (part.training or not part.track_running_stats)
    return alone and not (statistics or name in _ALWAYS_RANDOM or (part.training and name in _RANDOM))
