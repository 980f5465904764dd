"""What a network does for one image, in synaptic operations, neuron updates and spikes."""

from dataclasses import dataclass

from picojoule.energy.work import Workload


@dataclass(frozen=True)
class PerImage:
    """Means per image.

    Args:
        dense: products of all inputs and all weights, zeros included, in every step.
        macs: multiply-accumulates that are left without zeros, of inputs that are no spikes.
        accumulates: additions that are left without zeros, of inputs that are spikes.
        updates: updates of spiking neurons.
        spikes: of all populations and spiking inputs.
        spike_rate: spikes per neuron and step; `None` for a network that cannot spike.
    """

    dense: float
    macs: float
    accumulates: float
    updates: float
    spikes: float
    spike_rate: float | None


def operations(work: Workload) -> PerImage:
    """What a network does for one image.

    Args:
        work: of a whole run.

    Example:
        >>> from picojoule.energy.dense import dense_inference
        >>> operations(dense_inference([784, 100, 10])).macs
        79400.0
    """
    products = [line.products for line in work.works]
    return PerImage(
        dense=sum(p.dense for p in products) / work.images,
        macs=sum(p.macs for p in products) / work.images,
        accumulates=sum(p.accumulates for p in products) / work.images,
        updates=sum(line.updates for line in work.works) / work.images,
        spikes=work.spikes / work.images,
        spike_rate=work.spikes / work.chances if work.chances else None,
    )
