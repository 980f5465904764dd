"""Run samples through a network."""

from collections.abc import Iterable, Mapping

from picojoule.core.arguments import public
from picojoule.core.params import Samples
from picojoule.network.network import Network
from picojoule.simulate.event.engine import Event
from picojoule.simulate.inputs import Spikes
from picojoule.simulate.reference import Reference
from picojoule.simulate.result import Run


@public
def run(
    network: Network,
    spikes: Spikes | Mapping[str, Spikes],
    *,
    learn: bool = False,
    batch_size: Samples = 1,
    record: Iterable[str] = (),
    engine: Event | Reference | None = None,
) -> Run:
    """Run a batch of samples through a network.

    Every sample starts from rest: voltages, currents, traces. Weights and adaptive thresholds go on from sample to
    sample where `learn` is set, and are frozen where it is not. A spike leaves with the weights after the learning of
    its step, in which a presynaptic and a postsynaptic spike do both changes, `on_pre` first.

    Args:
        network: what to run.
        spikes: `[T, B, *N]` of 0 and 1, a tensor or array, or `SpikeTrains`; a mapping by input name if there are
            several inputs.
        learn: apply learning rules, normalisation and homeostasis.
        batch_size: how many samples learn from the same weights, their changes added up; 1 learns online.
        record: names of populations whose every spike is wanted, as `run[name].events`.
        engine: `Event()` (compiled, the default) or `Reference()` (plain torch, slow).

    Returns:
        Responses of every population, and counts of what was done.

    Raises:
        ParameterError: if `network` is no `Network`, or shall learn and has neither a rule nor homeostasis.
        ShapeError: if the spikes do not fit the network.
        NumericalError: if a weight, a threshold, a coefficient or a state is NaN or infinite, or becomes so, or a
            rule has moved a weight out of its bounds; it says where. Weights and thresholds are then as they were left.
        EngineError: if the engine cannot run this network; the message names the part and what to use instead.

    Example:
        >>> import torch
        >>> from picojoule.connect.one_to_one import OneToOne
        >>> from picojoule.neurons.delta_lif import DeltaLIF
        >>> network = Network(dt=1.0)
        >>> network.add_input("X", 2)
        >>> network.add_population("Y", 2, DeltaLIF())
        >>> network.connect("X", "Y", OneToOne(2, strength=20.0))
        >>> spikes = torch.zeros(5, 1, 2)
        >>> spikes[1, 0, 0] = 1.0
        >>> run(network, spikes, engine=Reference())["Y"].first  # sent in step 1, arrives in step 2
        tensor([[2, 5]], dtype=torch.int32)
    """
    return (engine or Event()).run(network, spikes, learn=learn, batch_size=batch_size, record=record)
