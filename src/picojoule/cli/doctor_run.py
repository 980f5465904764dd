"""`pj doctor RUN`: whether the neurons of a run fire as neurons must that shall learn."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from picojoule.core.errors import CheckpointError
from picojoule.layers.quiet import SATURATED


def doctor_run(folder: Path) -> int:
    """Print how active each layer or population of a run was, and what to do where it cannot learn.

    Args:
        folder: of the run.

    Raises:
        CheckpointError: if there is no finished run in it.
    """
    from rich.table import Table

    from picojoule.cli.console import console

    table = Table("layer", "spikes per neuron and step", "finding", title=f"activity in {folder}")
    for name, rate in activity(folder).items():
        table.add_row(name, f"{rate:.3g}", finding(rate))
    console().print(table)
    return 0


def activity(folder: Path) -> dict[str, float]:
    """Spikes per neuron and step of each layer or population, as the run's `result.json` has them.

    Args:
        folder: of the run.

    Raises:
        CheckpointError: if there is no such file, or nothing of the kind in it.
    """
    from picojoule.recipes.folder import RESULT

    file = folder / RESULT
    if not file.is_file():
        raise CheckpointError(f"there is no finished run in {folder}: no {RESULT}; give the folder of one, its --out")
    try:
        found = dict(_rates(json.loads(file.read_text("utf-8"))))
    except (AttributeError, KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise CheckpointError(f"{file} is damaged ({error!r}); run the recipe again") from error
    if not found:
        raise CheckpointError(f"{file} says nothing of spikes; give the folder of a `pj run`")
    return found


def _rates(result: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Of layers as they are; of populations, spikes for each update of a neuron, which is one step of it."""
    for name, rate in result.get("spikes_per_neuron_and_step", {}).items():
        yield str(name), float(rate)
    for name, counted in result.get("counts", {}).get("testing", {}).get("populations", {}).items():
        if counted["updates"]:  # an input has none
            yield str(name), counted["spikes"] / counted["updates"]


def finding(rate: float) -> str:
    """What a rate says.

    Args:
        rate: spikes per neuron and step.

    Example:
        >>> finding(0.0)
        'silent: nothing is learned through it; give it stronger input (pj.initialise), or a lower threshold'
        >>> finding(0.1)
        'active'
    """
    if rate == 0.0:
        return "silent: nothing is learned through it; give it stronger input (pj.initialise), or a lower threshold"
    if rate > SATURATED:
        return "saturated: it fires whatever it sees; give it weaker input (pj.initialise), or a higher threshold"
    return "active"
