"""A recipe with several seeds, against the networks that it replaces: accuracy and energy in one folder.

Beside the module of a recipe that can be compared stands a module `trial` with `trial(options, folder, log) -> Trial`,
which trains and tests all networks with one seed. Every seed that has ended is kept in the folder, and not run again by
`--resume`.
"""

import contextlib
import importlib
import shlex
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from logging import Logger
from pathlib import Path
from typing import Any

from picojoule.core.params import Unit, check
from picojoule.energy.costs import cost_table, cost_table_names
from picojoule.energy.measure import measure
from picojoule.energy.study.store import load_trial, save_trial
from picojoule.energy.study.study import Study
from picojoule.energy.study.trial import Trial
from picojoule.recipes.command import AGAIN, CHANGE_NOTHING, COMMAND, command
from picojoule.recipes.comparing import Comparing, trial_place
from picojoule.recipes.folder import CHECKPOINT, close_log, fingerprint, going_on, leave_folder, open_folder, open_log
from picojoule.recipes.identity import check_identity
from picojoule.recipes.trial_images import refuse_validation

TrialFunction = Callable[[Any, Path, Logger], Trial]  # the recipe's options, its folder, the log

TRIAL = "trial.json"
NOT_COUNTED = 3  # exit status with --strict
REPEATED = (*CHANGE_NOTHING, "strict", "joules")


def compare_recipe(name: str, options: Any, comparing: Comparing) -> int:  # noqa: ANN401  # each recipe has its own
    """Run a recipe's trials, and write and print what they say together.

    Args:
        name: of the recipe.
        options: its `Options`; seed, folder and resuming are set for each trial.
        comparing: seeds, tables and folder.

    Returns:
        Exit status: 0; 3 if something was not counted and `comparing.strict` is set.

    Raises:
        PicojouleError: if an option, the data, the folder or a stored trial is no good.
    """
    run = trial_of(name)
    check("--seeds", comparing.seeds, Unit("seeds", at_least=1))
    check("--first-seed", comparing.first_seed, Unit("(a whole number)", at_least=0, at_most=2**62))
    tables = tuple(map(cost_table, comparing.table or cost_table_names()))
    refuse_validation(options)
    options.checked()
    with _folder(name, comparing) as (folder, log):
        log.info("%s%s", COMMAND, repeat(name, options, comparing, leave_out=AGAIN))
        found: list[tuple[Trial, str]] = []
        for seed in range(comparing.first_seed, comparing.first_seed + comparing.seeds):
            _say(f"seed {seed} ({len(found) + 1} of {comparing.seeds})")
            own = replace(options, seed=seed, out=folder / f"seed-{seed}")
            found.append(_trial(name, run, own, log, joules=comparing.joules))
        measured = tuple(said for _, said in found if said)
        study = Study(tuple(trial for trial, _ in found), tables, f"{name}: accuracy and energy", measured)
        more = {"recipe": name, "options": identity(options), "machine": fingerprint()}
        page = study.write(folder, repeat=[repeat(name, options, comparing)], more=more)
        log.info("ended: %s", study.verdict())
    study.table()
    _say(f"Report: {page}")
    return _status(study, comparing, folder)


def trial_of(name: str) -> TrialFunction:
    """What runs one seed of a recipe: the function `trial` of the module `trial` beside the recipe's own.

    Raises:
        UnknownNameError: if there is no such recipe.
        ParameterError: if it has no trial; the message names the recipes that have one.

    Example:
        >>> trial_of("surrogate-mnst")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        picojoule.core.errors.UnknownNameError: unknown recipe 'surrogate-mnst'; did you mean 'surrogate-mnist'?...
    """
    run: TrialFunction = importlib.import_module(trial_place(name)).trial
    return run


def identity(options: Any) -> dict[str, Any]:  # noqa: ANN401
    """What a stored trial must agree in with the comparison that goes on with it."""
    free = (*CHANGE_NOTHING, "seed")
    values = {option.name: getattr(options, option.name) for option in fields(options) if option.name not in free}
    return {name: str(value) if isinstance(value, Path) else value for name, value in values.items()}


def repeat(name: str, options: Any, comparing: Comparing, *, leave_out: tuple[str, ...] = REPEATED) -> str:  # noqa: ANN401
    """The command that gives the same figures, without some of the options."""
    words = [command(name, options, leave_out=(*leave_out, "seed")).replace("pj run", "pj compare", 1)]
    plain = command("", comparing, leave_out=(*leave_out, "table")).removeprefix("pj run ")
    return " ".join([*words, *plain.split(), *(f"--table {shlex.quote(table)}" for table in comparing.table)])


def _trial(name: str, run: TrialFunction, options: Any, log: Logger, *, joules: bool) -> tuple[Trial, str]:  # noqa: ANN401
    """What one seed found, from its file if it has ended before; and what was measured meanwhile."""
    place: Path = options.out
    wanted = {"recipe": name, **identity(options), "seed": options.seed}
    if (place / TRIAL).exists():
        trial, stored = load_trial(place / TRIAL)
        check_identity(stored, wanted, place / TRIAL)
        _say(f"  it has ended before and is taken from {place / TRIAL}")
        return trial, str(stored.get("measured", ""))
    own = replace(options, resume=place.exists())
    place.mkdir(exist_ok=True)
    said = ""
    if joules:
        with measure() as found:
            trial = run(own, place, log)
        said = f"Seed {options.seed}, training and testing all networks: {found}"
    else:
        trial = run(own, place, log)
    save_trial(trial, place / TRIAL, identity={**wanted, "measured": said})
    (place / CHECKPOINT).unlink(missing_ok=True)  # there is nothing left to go on with
    log.info("seed %d ended", options.seed)
    return trial, said


@contextlib.contextmanager
def _folder(name: str, comparing: Comparing) -> Iterator[tuple[Path, Logger]]:
    """The folder and its log; a new comparison that fails before its first seed has ended leaves nothing behind."""
    folder, made = open_folder(comparing.out, name=f"compare-{name}", resume=comparing.resume)
    log = open_log(folder)
    try:
        with going_on(f"pj compare {name}", folder):
            yield folder, log
    except Exception:
        close_log(log)
        if not comparing.resume:
            for empty in folder.glob("seed-*"):
                with contextlib.suppress(OSError):  # it holds something to go on with
                    empty.rmdir()
            leave_folder(folder, made)
        raise
    finally:
        close_log(log)


def _status(study: Study, comparing: Comparing, folder: Path) -> int:
    if not (comparing.strict and study.uncounted()):
        return 0
    _say(f"pj: --strict: {'; '.join(study.uncounted())}. The results are in {folder} all the same.")
    return NOT_COUNTED


def _say(text: str) -> None:
    from rich.console import Console

    Console(stderr=True).print(text, highlight=False, markup=False, soft_wrap=True)
