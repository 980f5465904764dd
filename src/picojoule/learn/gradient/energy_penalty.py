r"""A penalty on the energy of spikes, beyond what they may cost.

    energy  = mean over samples of   sum over neurons of   spikes · price of one spike
    penalty = max(0, energy / allowance - 1)

It is 0, and pushes nothing, where the allowance is kept. Added to a loss with a weight that is large enough, it is an
*exact* penalty: the loss is least where the allowance is kept, at a finite weight, and where nothing is to be gained
by more spikes it costs nothing.

Source: Nocedal & Wright, *Numerical Optimization* (2006), section 17.2: nonsmooth exact penalty functions.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from picojoule.core.arguments import public
from picojoule.core.errors import ShapeError, UnknownNameError
from picojoule.core.params import Energy


@public
def energy_penalty(counts: Mapping[str, Tensor], prices: Mapping[str, Tensor], *, allowance: Energy) -> Tensor:
    """How far the energy of the spikes lies above what they may cost.

    Args:
        counts: `[B, *N]` by layer, the spikes of each neuron for each sample, as `picojoule.layers.Activity` has them.
        prices: by layer, the energy of one spike in pJ, broadcastable to `[*N]`; layers without a price are free.
        allowance: what the spikes of one sample may cost in the mean, in pJ, above 0.

    Returns:
        A number, 0 where the allowance is kept; 0.5 says that spikes cost half as much again.

    Raises:
        UnknownNameError: if a layer that has a price was not counted.
        ShapeError: if prices do not fit the neurons, or there is no sample.
        ParameterError: if the allowance is not above 0.

    Example:
        >>> counts = {"1": torch.tensor([[3.0, 0.0], [1.0, 2.0]])}  # two samples, two neurons
        >>> energy_penalty(counts, {"1": torch.tensor([10.0, 5.0])}, allowance=20.0)
        tensor(0.2500, dtype=torch.float64)
    """
    return (spike_energy(counts, prices) / allowance - 1.0).clamp(min=0.0)


@public
def spike_energy(counts: Mapping[str, Tensor], prices: Mapping[str, Tensor]) -> Tensor:
    """Mean energy of the spikes of one sample, with gradient; see `energy_penalty`.

    Args:
        counts: `[B, *N]` by layer.
        prices: by layer, in pJ.

    Returns:
        A number in pJ, float64: counts are whole numbers, so that it is exact up to the prices.

    Example:
        >>> spike_energy({"1": torch.tensor([[3.0, 0.0], [1.0, 2.0]])}, {"1": torch.tensor([10.0, 5.0])})
        tensor(25., dtype=torch.float64)
    """
    total = torch.zeros((), dtype=torch.float64)
    for name, price in prices.items():
        if name not in counts:
            raise UnknownNameError("counted layer", name, counts)
        spikes = counts[name]
        if spikes.dim() < 2 or spikes.shape[0] == 0 or not _fits(price.shape, spikes.shape[1:]):
            raise ShapeError(
                f"counts of layer {name!r} must be [B, *N] with at least one sample, and prices fit [*N]; got counts "
                f"{list(spikes.shape)} and prices {list(price.shape)}"
            )
        each = spikes.sum(0, dtype=torch.float64)
        total = total.to(spikes.device) + (each * price.to(each)).sum() / spikes.shape[0]
    return total


def _fits(price: torch.Size, neurons: torch.Size) -> bool:
    padded = (1,) * (len(neurons) - len(price)) + tuple(price)
    return len(padded) == len(neurons) and all(a in (1, b) for a, b in zip(padded, neurons, strict=True))
