"""Ordinary modules, which know batches but no time."""

from torch import Tensor, nn

from picojoule.core.arguments import public
from picojoule.core.errors import ParameterError, ShapeError
from picojoule.core.params import Shaped
from picojoule.layers.base import Layer


class OverTime(nn.Module):
    """Let an ordinary module see every step of every sample: `[T, B, *N]` becomes `[T * B, *N]` for it, and back.

    For convolutions, pooling, batch norm, `Flatten` and the like. A batch norm takes its statistics over samples and
    time. `picojoule.layers.Sequential` does this by itself; in a `torch.nn.Sequential`, write it down.

    Args:
        module: what to apply.

    Raises:
        ParameterError: if the module has a state, or layers with one, and must therefore see time.

    Example:
        >>> import torch
        >>> OverTime(torch.nn.MaxPool2d(2))(torch.zeros(10, 4, 3, 8, 8)).shape
        torch.Size([10, 4, 3, 4, 4])
    """

    @public
    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        check_ordinary(module)
        self.module = module

    @public
    def forward(self, x: Shaped) -> Tensor:
        """Apply the module.

        Args:
            x: `[T, B, *N]`.

        Returns:
            `[T, B, *M]`.

        Raises:
            ShapeError: if `x` has no axes of time and samples, or the module does not give one result for each.
        """
        return over_time(self.module, x)


def over_time(module: nn.Module, x: Tensor) -> Tensor:
    """Apply an ordinary module to every step of every sample.

    Args:
        module: what takes `[batch, *N]`.
        x: `[T, B, *N]`.

    Returns:
        `[T, B, *M]`.

    Raises:
        ShapeError: if `x` has no axes of time and samples, or the module does not give one result for each.
    """
    name, shape = type(module).__name__, list(x.shape)
    if x.dim() < 2:
        raise ShapeError(f"{name} takes [T, B, *N] here, got {shape}; add the axes that lack")
    steps, samples = x.shape[:2]
    try:
        y = module(x.flatten(0, 1))
    except Exception as error:
        error.add_note(f"in {name}, which was given all steps of all samples of {shape} as one batch")
        raise
    if not isinstance(y, Tensor) or y.dim() == 0 or y.shape[0] != steps * samples:
        found = list(y.shape) if isinstance(y, Tensor) else type(y).__name__
        raise ShapeError(
            f"{name} was given {steps} steps of {samples} samples as a batch of {steps * samples}, but gave {found}; "
            f"a module in a stack keeps the first axis, for instance Flatten(1)"
        )
    return y.reshape(steps, samples, *y.shape[1:])


def check_ordinary(module: nn.Module) -> None:
    """Refuse a module that would lose the state of a layer.

    Args:
        module: of any kind.

    Raises:
        ParameterError: if there is a layer with a state in it.
    """
    for name, part in module.named_modules():
        if isinstance(part, Layer):
            raise ParameterError(
                f"{type(module).__name__} holds {type(part).__name__}{f' as {name!r}' if name else ''}, whose state it "
                f"cannot hand on; use picojoule.layers.Sequential, or a Layer of your own"
            )
