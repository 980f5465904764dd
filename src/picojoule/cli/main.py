"""The command `pj` (alias `picojoule`)."""

import contextlib
import importlib
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from picojoule.cli.console import print_anything
from picojoule.cli.parse import HELP
from picojoule.core.errors import ParameterError, PicojouleError, UnknownNameError

USAGE = """\
pj: energy-efficient machine learning with spiking neural networks

  pj run RECIPE [options]   run a recipe; `pj run RECIPE --help` lists its options
  pj compare RECIPE         accuracy and energy against the network that it replaces, over several seeds
  pj pareto RECIPE          accuracy against energy: the recipe trained within several energy budgets
  pj claims                 famous headlines about energy, recomputed from published sizes and firing rates
  pj list                   recipes, datasets, neurons, encoders, cost tables
  pj neurons                neuron models; `pj neurons show NAME` draws one, `pj neurons --help` tells more
  pj data fetch NAME        download a dataset
  pj data check [NAME]      look whether datasets are there and whole
  pj doctor                 versions, threads, kernel cache, GPU, data
  pj doctor RUN             which layers of a run are silent or saturated; RUN is its folder
  pj --version
"""

VERBS = (
    "run",
    "compare",
    "pareto",
    "claims",
    "neurons",
    "data",
)  # each has its module in `picojoule.cli`, with a function of its name


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: words after the command's name; `None` takes those of the process.

    Returns:
        Exit status: 0, 2 for bad input, 3 if `--strict` was given and something not counted, 130 if interrupted, 143 if
        terminated, 141 if nobody reads what is printed.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    print_anything()
    try:
        with _terminated_as_interrupted():
            status = dispatch(words)
            sys.stdout.flush()  # here a full disk can still be told of
            return status
    except PicojouleError as error:
        return _failed(str(error))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left in the buffer has to go somewhere
        return 141
    except OSError as error:
        return _failed(f"{error.strerror or error}: {error.filename or 'the output'}")
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "can't allocate memory" not in str(error):  # as torch says it
            raise
        return _failed("there is not enough memory for this; use fewer neurons, or fewer or longer steps")
    except KeyboardInterrupt as stop:
        terminated = isinstance(stop, _Terminated)
        return _failed(
            "; ".join(["terminated" if terminated else "interrupted", *map(str, stop.args)]), 143 if terminated else 130
        )


class _Terminated(KeyboardInterrupt):
    """The process was asked to end, as a batch system does it."""


@contextlib.contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise _Terminated

    try:
        before = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # only the main thread gets signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _failed(why: str, status: int = 2) -> int:
    print(f"pj: {' '.join(why.split())}", file=sys.stderr)
    return status


def dispatch(words: list[str]) -> int:
    """Call the verb that the first word names."""
    if not words or words[0] in ("-h", "--help", "help"):
        print(USAGE, end="")
        return 0 if words else 2
    verb, rest = words[0], words[1:]
    if verb in ("list", "doctor") and rest and rest[0] in HELP:
        print(*(f"usage: {line.strip()}" for line in USAGE.splitlines() if line.startswith(f"  pj {verb}")), sep="\n")
        return 0
    if verb in VERBS:
        status: int = getattr(importlib.import_module(f"picojoule.cli.{verb}"), verb)(rest)
        return status
    if verb in ("list", "doctor", "--version"):
        return _plain(verb, rest)
    raise UnknownNameError("verb", verb, (*VERBS, "list", "doctor", "--version", "--help"))


def _plain(verb: str, rest: list[str]) -> int:
    """Call a verb that has no options."""
    folders = [word for word in rest[:1] if verb == "doctor" and not word.startswith("-")]
    if unknown := rest[len(folders) :]:
        raise ParameterError(f"pj {verb} takes no more words, got {' '.join(unknown)!r}; leave them out")
    if verb == "--version":
        from picojoule._version import __version__

        print(f"picojoule {__version__}")
        return 0
    if verb == "list":
        from picojoule.cli.listing import listing

        return listing()
    from picojoule.cli.doctor import doctor
    from picojoule.cli.doctor_run import doctor_run

    return doctor_run(Path(folders[0])) if folders else doctor()


if __name__ == "__main__":
    sys.exit(main())
