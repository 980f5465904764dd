"""Train one recipe within several energy budgets, one after the other, and see which networks no other one beats.

The first network has no limit; it holds the same images out and so may be compared. Every network has a folder of its
own below that of the whole, so that what has ended stays, and what was interrupted goes on.
"""

import contextlib
import io
import json
import shlex
from collections.abc import Sequence
from dataclasses import replace
from logging import Logger
from pathlib import Path
from types import ModuleType
from typing import Any

from picojoule.core.errors import CheckpointError, ParameterError
from picojoule.core.words import percent
from picojoule.energy.budget import UNLIMITED
from picojoule.plot.units import energy_text
from picojoule.recipes.catalogue import budgeted_options_of, recipe
from picojoule.recipes.command import AGAIN, COMMAND, command
from picojoule.recipes.folder import CHECKPOINT, LOG, RESULT, fingerprint, run_folder, write_result
from picojoule.recipes.identity import check_identity
from picojoule.recipes.pareto.budgets import budgets_between, checked_budgets
from picojoule.recipes.pareto.outcome import Outcome
from picojoule.recipes.pareto.report import write_pareto_report
from picojoule.recipes.tell import tell


def pareto(name: str, options: Any, budgets: Sequence[str] = ()) -> int:  # noqa: ANN401  # the recipe's own options
    """Train, compare and report.

    Args:
        name: of the recipe.
        options: the recipe's; all networks share them.
        budgets: energies per image as text; empty: some between what a network costs without a spike and what it
            costs without a limit.

    Returns:
        Exit status 0, also where a budget was missed: the page says so.

    Raises:
        PicojouleError: if an option or a budget is no good, before anything is trained.
    """
    budgeted_options_of(name)
    module, budgets = recipe(name), checked_budgets(budgets)
    if options.energy_budget is not None:
        raise ParameterError("pj pareto trains within several budgets; give them with --budgets, not --energy-budget")
    for budget in (UNLIMITED, *budgets):
        module.prepare(replace(options, energy_budget=budget))
    with run_folder(options.out, name=f"pareto-{name}", resume=options.resume, again=f"pj pareto {name}") as (
        folder,
        log,
    ):
        given = f" --budgets {shlex.join(budgets)}" if budgets else ""
        log.info("%s%s%s", COMMAND, command(name, options, leave_out=AGAIN).replace("pj run", "pj pareto", 1), given)
        first = _trained(module, options, UNLIMITED, folder, log, "the first network, without a limit")
        known = first["energy_budget"]
        chosen = budgets or budgets_between(known["minimum"], known["spiking"]["validation_energy"])
        results = {UNLIMITED: first}
        for number, budget in enumerate(chosen, start=1):
            what = f"budget {number} of {len(chosen)}, {budget}"
            results[budget] = _trained(module, options, budget, folder, log, what)
        outcome = Outcome(name, options, {text: found["energy_budget"] for text, found in results.items()}, first)
        write_pareto_report(folder, outcome)
        write_result(folder, {**outcome.figures(), "machine": fingerprint()})
        tell(f"pareto: {name}", outcome.rows(), outcome.sentence(), folder)
    return 0


def _trained(  # noqa: PLR0917
    module: ModuleType,
    options: Any,  # noqa: ANN401
    budget: str,
    folder: Path,
    log: Logger,
    what: str,
) -> dict[str, Any]:
    """What the network of a budget found: read, if it has ended before; trained, if not."""
    own = folder / budget.strip().replace(" ", "-").replace("/", "-")
    begun = any((own / file).exists() for file in (LOG, CHECKPOINT))
    chosen = replace(options, energy_budget=budget, out=own, resume=begun)
    if not (own / RESULT).exists():
        print(f"{what}: {'goes on' if begun else 'begins'}", flush=True)
        log.info("%s", what)
        with contextlib.redirect_stdout(io.StringIO()):  # the table of each run is in its own report
            module.run(chosen)
    found = _read(own / RESULT)
    check_identity(found["options"], chosen.checked().identity(), own / RESULT)
    spiking = found["energy_budget"]["spiking"]
    energy, share = energy_text(spiking["validation_energy"]), percent(spiking["validation_accuracy"])
    print(f"{what}: {share} of the held-out images at {energy}", flush=True)
    return found


def _read(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        _ = found["options"], found["energy_budget"]["spiking"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"{path} is damaged ({error!r}); delete its folder and start again") from error
    return found
