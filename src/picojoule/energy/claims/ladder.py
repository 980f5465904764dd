"""Assumptions behind a headline, taken away one after the other."""

from dataclasses import dataclass

from picojoule.energy.claims.gain import Counting


@dataclass(frozen=True)
class Rung:
    """A way of counting, and what is given up on the way to it.

    Args:
        name: what changes against the rung before.
        table: the cost table's name.
        counting: what is counted from here on.
    """

    name: str
    table: str
    counting: Counting


INT32, FP32 = "horowitz-45nm-int32", "horowitz-45nm-fp32"
_BEST = Counting(
    rival="LSTM", skips=False, input_spikes=False, update="formula", elementwise="formula", memory=False
)  # for the spiking network
RUNGS = (
    Rung(
        "against an LSTM, 32-bit integers, no memory, a silent input, one multiply-accumulate for a neuron's update",
        INT32,
        _BEST,
    ),
    Rung("32-bit floating point, where a multiply-accumulate costs 5.1 additions, not 32", FP32, _BEST),
    Rung(
        "the spikes of the input are counted",
        FP32,
        Counting(rival="LSTM", skips=False, update="formula", elementwise="formula", memory=False),
    ),
    Rung(
        "units of both are counted as they are: 13 operations for an adaptive neuron with its bias",
        FP32,
        Counting(rival="LSTM", skips=False, memory=False),
    ),
    Rung("against a ReLU RNN of the same size, not an LSTM", FP32, Counting(skips=False, memory=False)),
    Rung("the rival skips the zeros of its input too", FP32, Counting(memory=False)),
    Rung("memory is counted for both", FP32, Counting()),
)
