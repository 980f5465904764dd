"""A recipe that trains nothing."""

from dataclasses import dataclass
from pathlib import Path

from picojoule.core.errors import ParameterError


@dataclass(frozen=True)
class Options:
    """Do nothing, in many ways."""

    rate: float = 0.05
    """spikes per neuron and step"""
    nu: tuple[float, float] = (0.1, 0.2)
    """two numbers"""
    seed: int = 0
    """of everything"""
    out: Path | None = None
    """folder for the results"""
    resume: bool = False
    """go on with the run in --out"""

    def checked(self) -> "Options":
        """The same options."""
        if self.rate < 0:
            raise ParameterError(f"--rate must be >= 0, got {self.rate:g}")
        return self
