"""Input that stands still: what ordinary modules make of it is the same in every step, and computed once."""

from torch import Tensor, nn

from picojoule.layers.linear import Linear
from picojoule.layers.over_time import OverTime

_RANDOM = {"Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout", "RReLU"}
_ALWAYS_RANDOM = {"FractionalMaxPool2d", "FractionalMaxPool3d"}


def stands_still(x: Tensor) -> bool:
    """Whether all steps of a sequence are the same memory, as in `image.expand(T, ...)`.

    Args:
        x: `[T, B, *N]`.
    """
    return x.dim() > 1 and x.shape[0] > 1 and x.stride(0) == 0


def gives_the_same(module: nn.Module) -> bool:
    """Whether a module is known to make the same of the same frame, whatever else it is given.

    True for torch's own modules without randomness and without statistics over a batch. Of others, nothing is known.

    Args:
        module: a module of a stack.
    """
    return all(
        isinstance(part, OverTime | Linear) or (type(part).__module__.startswith("torch.nn.modules.") and _fixed(part))
        for part in module.modules()
    )


def _fixed(part: nn.Module) -> bool:
    name = type(part).__name__
    statistics = hasattr(part, "track_running_stats") and (part.training or not part.track_running_stats)
    return not (statistics or name in _ALWAYS_RANDOM or (part.training and name in _RANDOM))
