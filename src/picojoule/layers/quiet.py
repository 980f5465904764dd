"""Notice, while a model trains, that a layer stays silent or fires all the time: nothing can be learned through it.

Only whole sequences count, of which some are looked at: the first of a training, then one of every hundred. What a
sequence has shown is judged when the next one begins, so that a stream fed in pieces is judged as a whole.
"""

import warnings
from typing import TYPE_CHECKING

from torch import Tensor

from picojoule.core.errors import ActivityWarning

if TYPE_CHECKING:
    from picojoule.layers.neuron_layer import NeuronLayer

FIRST, EVERY = 3, 100  # sequences looked at: so many, then one of so many
STEPS, CHANCES = 10, 1000  # a sequence tells something from so many steps and chances to spike on
SATURATED = 0.95  # spikes per neuron and step


class Quiet:
    """What one layer has shown in training."""

    def __init__(self) -> None:
        self._sequences = self._steps = self._chances = 0
        self._spikes = 0.0
        self._driven = self._counts = self._said = False

    def saw(self, layer: "NeuronLayer", frames: Tensor, output: Tensor, *, starts: bool, masked: bool) -> None:
        """Take a call of the layer's `advance`, and warn once if there is reason to.

        Args:
            layer: that was called.
            frames: what arrived at its first port, `[T, B, *N]`.
            output: its spikes.
            starts: whether a new sequence began.
            masked: whether samples were padded.
        """
        if self._said:
            return
        if starts:
            self._judge(layer)
            self._counts = self._sequences < FIRST or self._sequences % EVERY == 0
            self._sequences, self._steps, self._chances, self._spikes = self._sequences + 1, 0, 0, 0.0
            self._driven = False
        self._counts = self._counts and not masked
        if self._counts:
            spikes = float(output.detach().sum())
            self._driven = self._driven or spikes > 0 or bool(frames.any())
            self._steps, self._chances = self._steps + len(output), self._chances + output.numel()
            self._spikes += spikes

    def _judge(self, layer: "NeuronLayer") -> None:
        if not (self._counts and self._driven and self._steps >= STEPS and self._chances >= CHANCES):
            return
        rate = self._spikes / self._chances
        if 0.0 < rate < SATURATED:
            return
        self._said = True
        state, change = ("is silent", "stronger") if rate == 0.0 else (f"fires {rate:.2g} spikes per step", "weaker")
        warnings.warn(
            f"{layer.place}{type(layer).__name__}({layer.learned.description}) {state} in training, so nothing is "
            f"learned through it. Give it {change} input: picojoule.initialise(model, batch) scales weights to that",
            ActivityWarning,
            stacklevel=4,
        )
