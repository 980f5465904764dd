"""Input gain: how far one step of input moves a membrane.

    gain a number      v jumps by gain x in every step, as if charge arrived at once
    gain None          the exact response to an input x that is held through the step, for instance (1 - exp(-dt/tau)) x

The exact response is small where tau is many steps long, 0.05 at 20 steps, and networks whose weights are drawn for
inputs of order 1 stay silent with it. The number that neurons come with is measured (`benchmarks/first_try.py`).
"""

from torch import Tensor

from picojoule.core.params import InputGain, as_tensor

GAIN = 0.7


def gain_of(gain: InputGain, exact: Tensor) -> Tensor:
    """The factor of the input in a step.

    Args:
        gain: a number, or `None` for the exact response.
        exact: the exact response to an input of 1 that is held through the step.

    Example:
        >>> import torch
        >>> gain_of(None, torch.tensor(0.05)), gain_of(2.0, torch.tensor(0.05))
        (tensor(0.0500), tensor(2., dtype=torch.float64))
    """
    return exact if gain is None else as_tensor(gain)
