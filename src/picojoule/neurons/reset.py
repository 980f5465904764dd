r"""Resets: what a spike does to the membrane potential of an integrate-and-fire neuron.

    hard    v := v_reset                          what was above threshold is lost
    soft    v := v - (v_th - v_reset)             what was above threshold is kept, so that no input is lost

Both happen at the end of the step in which the spike falls. Neither is differentiated: gradients pass by the reset of
the potential, and do not flow back into the spike.

Source: Rueckauer et al., *Conversion of continuous-valued deep networks to efficient event-driven networks for image
classification*, Frontiers in Neuroscience 11:682 (2017), section 2.2 (reset to zero and reset by subtraction).
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor


class Reset(ABC):
    """Base of every reset: a frozen dataclass with one elementwise function."""

    @abstractmethod
    def after(self, spike: Tensor, v: Tensor, v_th: Tensor, v_reset: Tensor) -> Tensor:
        """The potential after the step.

        Args:
            spike: `[B, *N]`, 1 for neurons that have fired, else 0.
            v: `[B, *N]`, the potential before the reset.
            v_th: the threshold.
            v_reset: the potential after a spike that just reached the threshold.
        """


@dataclass(frozen=True)
class HardReset(Reset):
    """Every spike leaves the neuron at `v_reset`.

    Example:
        >>> HardReset().after(torch.tensor([0.0, 1.0]), torch.tensor([0.7, 1.2]), torch.tensor(1.0), torch.tensor(0.0))
        tensor([0.7000, 0.0000])
    """

    def after(self, spike: Tensor, v: Tensor, v_th: Tensor, v_reset: Tensor) -> Tensor:  # noqa: ARG002
        """`v_reset` for neurons that have fired."""
        return torch.where(spike > 0, v_reset, v)


@dataclass(frozen=True)
class SoftReset(Reset):
    """Every spike takes `v_th - v_reset` from the potential, also called reset by subtraction.

    Example:
        >>> SoftReset().after(torch.tensor([0.0, 1.0]), torch.tensor([0.7, 1.2]), torch.tensor(1.0), torch.tensor(0.0))
        tensor([0.7000, 0.2000])
    """

    def after(self, spike: Tensor, v: Tensor, v_th: Tensor, v_reset: Tensor) -> Tensor:
        """The potential less `v_th - v_reset` for neurons that have fired."""
        return v - (v_th - v_reset) * spike.detach()
