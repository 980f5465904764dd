"""Options of `pj neurons show`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro


@dataclass(frozen=True)
class Options:
    """Show how a neuron answers a current step: input, spikes, state, and the f-I curve beside them."""

    current: float | None = None
    """the current, in the unit of the neuron's input; left out: half as much again as keeps it firing"""
    duration: float | None = None
    """how long the current is held, in ms"""
    dt: float | None = None
    """length of a step, in ms; left out: short enough that half of it gives the same rate"""
    settings: tyro.conf.UseAppendAction[
        Annotated[tuple[str, ...], tyro.conf.arg(name="set", metavar="NAME=NUMBER")]
    ] = ()
    """a parameter of the neuron, such as tau=10; may be given several times"""
    regime: str | None = None
    """a published set of parameters, for models that have them; `pj neurons` lists them"""
    out: Path | None = None
    """the PNG file; a new one in this folder if left out"""
