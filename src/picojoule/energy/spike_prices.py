"""What one spike of each neuron costs, whatever the others do.

The energy of an image is linear in the spikes of a network, and the price of a spike in how many synapses it reaches:

    energy = fixed + sum over neurons of   spikes · price
    price  = own traffic + fan-out · one synaptic event

The fan-out is each neuron's own, exact at the borders of convolutions. Both prices are read off the account itself,
from two spikes of different fan-out: they are what the account charges, under any table.
"""

import math
from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from picojoule.core.arguments import public
from picojoule.energy.account import account
from picojoule.energy.costs import CostTable
from picojoule.energy.work import Workload


@public
def spike_prices(
    fan_outs: Sequence[Tensor], work: Callable[[Sequence[Tensor]], Workload], table: CostTable, *, memory: bool
) -> tuple[Tensor, ...]:
    """Price of one spike of each neuron, layer by layer.

    Args:
        fan_outs: for each layer that spikes `[*N]`, how many synapses a spike of each neuron reaches.
        work: takes for each such layer `[*N]` int64, the spikes of one image, and gives the work of that image.
        table: of costs.
        memory: whether reads and writes are charged, or arithmetic alone.

    Returns:
        For each layer `[*N]` float64, in pJ.

    Example:
        >>> from picojoule.core.counts import ConnectionCounts, Counts
        >>> from picojoule.energy.costs import cost_table
        >>> from picojoule.energy.work import spiking_workload
        >>> def work(spikes):
        ...     events = int((spikes[0] * torch.tensor([10, 20])).sum())
        ...     return spiking_workload(Counts(1, 1, {}, {("X", "Y"): ConnectionCounts(30, events, 30)}))
        >>> table = cost_table("horowitz-45nm-fp32")
        >>> spike_prices([torch.tensor([10, 20])], work, table, memory=False)  # 0.9 pJ for each addition
        (tensor([ 9., 18.], dtype=torch.float64),)
    """
    silent = [torch.zeros(fan_out.shape, dtype=torch.int64) for fan_out in fan_outs]

    def charged(spikes: Sequence[Tensor]) -> float:
        lines = account(work(spikes), table).lines
        return math.fsum(line.compute + memory * line.memory for line in lines if line.per_spike)

    def cost(layer: int, neuron: int) -> float:
        one = silent[layer].clone()
        one.view(-1)[neuron] = 1
        return charged([*silent[:layer], one, *silent[layer + 1 :]]) - nothing

    nothing = charged(silent)  # what spikes of an encoder cost
    return tuple(_by_fan_out(fan_out, partial(cost, layer)) for layer, fan_out in enumerate(fan_outs))


def _by_fan_out(fan_out: Tensor, cost: Callable[[int], float]) -> Tensor:
    """Prices of all neurons, from those of the ones that reach most and fewest synapses."""
    flat = fan_out.reshape(-1).to(torch.float64)
    few, most = int(flat.argmin()), int(flat.argmax())
    lowest = cost(few)
    if flat[most] == flat[few]:
        return torch.full(fan_out.shape, lowest, dtype=torch.float64)
    event = (cost(most) - lowest) / float(flat[most] - flat[few])
    return (lowest + event * (flat - flat[few])).reshape(fan_out.shape)
