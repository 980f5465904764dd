r"""From an unlimited training to one that keeps an allowance of energy, epoch by epoch.

    loss = task + weight · max(0, energy / allowance - 1)

A network that is pressed from the start, before its spikes are worth anything, dies: no spike, no gradient. So the
first epochs are free. Then the allowance falls geometrically from the energy that was measured to the goal, which it
reaches when two fifths of the training are left; measured again after every epoch, so that what an epoch did not
reach the next ones take over. The weight is raised, and never lowered, as long as the measured energy stays above the
allowance: an exact penalty keeps it at a finite weight and pushes nothing below it. If the energy measured on
validation images still lies above the goal while that of the training images is kept, the allowance is lowered.

Source: Nocedal & Wright, *Numerical Optimization* (2006), section 17.2, for raising the weight of an exact penalty.
"""

import math
from dataclasses import dataclass

from picojoule.core.errors import ParameterError
from picojoule.core.params import Energy, Epochs, Unit, check, validate

FREE = 0.15  # of the epochs, at least one
SETTLED = 0.4  # of the epochs, at the end, at the goal
AIM = 0.96  # of the goal, so that other images keep it too
TOLERANCE = 1.03  # times the allowance, above which the weight is raised
FIRST_WEIGHT, RAISE = 0.2, 3.0
LOWEST = 0.8  # factor by which an allowance falls at most below the aim in one epoch


@dataclass(frozen=True)
class Pressure:
    """What is in force during an epoch.

    Args:
        weight: of the penalty.
        allowance: energy of the spikes of a sample, in pJ, above which there is a penalty; `None`: the epoch is free.
    """

    weight: float = FIRST_WEIGHT
    allowance: float | None = None


@dataclass(frozen=True)
class EnergySchedule:
    """When a penalty on energy presses, and how much.

    Args:
        goal: what the spikes of a sample may cost at the end, in pJ, above 0.
        epochs: of the training, at least 1.

    Raises:
        ParameterError: if a number is out of range.

    Example:
        >>> schedule = EnergySchedule(goal=100.0, epochs=10)
        >>> pressure, measured = schedule.first(), [1600.0]
        >>> for epoch in range(6):
        ...     pressure = schedule.after(pressure, epoch, measured[-1])
        ...     measured.append(pressure.allowance or measured[-1])  # a network that does as it is told
        >>> [round(energy) for energy in measured]
        [1600, 1600, 792, 392, 194, 96, 96]
    """

    goal: Energy
    epochs: Epochs

    def __post_init__(self) -> None:
        validate(self)

    def first(self) -> Pressure:
        """What is in force during the first epoch."""
        return Pressure(allowance=None if self._free else AIM * self.goal)

    def after(self, pressure: Pressure, epoch: int, measured: float) -> Pressure:
        """What is in force during the next epoch.

        Args:
            pressure: what was in force.
            epoch: that has ended, from 0.
            measured: energy of the spikes of a validation sample, in pJ, at least 0.

        Raises:
            ParameterError: if the energy is no number >= 0.
        """
        check("measured energy", measured, Unit("pJ", at_least=0.0))
        if epoch + 1 < self._free:
            return pressure
        late = pressure.allowance is not None and measured > TOLERANCE * pressure.allowance
        weight = pressure.weight * (RAISE if late else 1.0)
        return Pressure(weight, self._allowance(pressure.allowance, epoch, measured))

    @property
    def _free(self) -> int:
        return min(self.epochs - 1, max(1, round(FREE * self.epochs)))

    def _allowance(self, before: float | None, epoch: int, measured: float) -> float:
        aim, left = AIM * self.goal, self.epochs - round(SETTLED * self.epochs) - (epoch + 1)
        if measured <= aim:
            return aim
        if left >= 1:
            return max(aim, measured * math.pow(aim / measured, 1.0 / left))
        if before is None or before > aim or measured <= self.goal:
            return aim if before is None else min(before, aim)
        return before * max(LOWEST, self.goal / measured)


def chosen_epoch(energies: list[float], accuracies: list[float], *, goal: float) -> int:
    """Choose the epoch whose weights are kept, by validation images alone.

    Args:
        energies: measured after each epoch.
        accuracies: measured after each epoch.
        goal: what must be kept, in the unit of the energies.

    Returns:
        The most accurate epoch that keeps the goal, of several the one that needs least; if none keeps it, the one that
        needs least. Counted from 0.

    Raises:
        ParameterError: if there is no epoch.

    Example:
        >>> chosen_epoch([9.0, 4.0, 3.0], [0.9, 0.7, 0.8], goal=5.0)
        2
    """
    if not energies or len(energies) != len(accuracies):
        raise ParameterError(f"one energy and accuracy for each epoch are needed, got {energies} and {accuracies}")
    kept = [epoch for epoch, energy in enumerate(energies) if energy <= goal]
    if not kept:
        return min(range(len(energies)), key=lambda epoch: energies[epoch])
    return max(kept, key=lambda epoch: (accuracies[epoch], -energies[epoch]))
