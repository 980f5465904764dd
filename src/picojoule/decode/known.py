"""All readouts by name, so that a stored one can be rebuilt."""

from collections.abc import Mapping

from torch import Tensor

from picojoule.core.errors import UnknownNameError
from picojoule.decode.likelihood import PoissonLikelihood
from picojoule.decode.logistic import LogisticReadout
from picojoule.decode.ngram import NGram
from picojoule.decode.output import FirstSpike, SpikeCount
from picojoule.decode.readout import Readout
from picojoule.decode.votes import AllActivity, ProportionWeighting

READOUTS: Mapping[str, type[Readout]] = {
    kind.__name__: kind
    for kind in (AllActivity, ProportionWeighting, NGram, LogisticReadout, PoissonLikelihood, SpikeCount, FirstSpike)
}


def readout_from_state(name: str, state: Mapping[str, Tensor]) -> Readout:
    """Rebuild a stored readout.

    Args:
        name: the name of its class, such as "AllActivity"; store `type(readout).__name__` beside the state.
        state: what its `state()` gave.

    Returns:
        A fitted readout that predicts the same.

    Raises:
        UnknownNameError: if there is no such readout.
        CheckpointError: if the state is of another readout.

    Example:
        >>> from picojoule.decode.output import SpikeCount
        >>> readout_from_state("SpikeCount", SpikeCount(neurons_per_class=2).state())
        SpikeCount(neurons_per_class=2)
    """
    if name not in READOUTS:
        raise UnknownNameError("readout", name, READOUTS)
    return READOUTS[name].from_state(state)
