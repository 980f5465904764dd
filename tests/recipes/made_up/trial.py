"""Its trials: they note that they were called, and fail or leave something uncounted when they are told to."""

from logging import Logger
from pathlib import Path

from picojoule.energy.study.trial import Trial
from tests.energy.study.trials import trial as made
from tests.recipes.made_up.recipe import Options

calls: list[tuple[int, Path | None, bool]] = []  # seed, folder, whether it went on with something
failures: dict[int, BaseException] = {}  # by seed
uncounted: list[str] = []


def trial(options: Options, folder: Path, log: Logger) -> Trial:
    """What one seed found."""
    assert folder == options.out
    calls.append((options.seed, options.out, options.resume))
    (folder / "checkpoint.safetensors").write_text("half")
    if options.seed in failures:
        raise failures[options.seed]
    log.info("made up")
    return made(options.seed, rate=options.rate, accuracy=0.95 + 0.001 * options.seed, uncounted=tuple(uncounted))
