"""The command `pj` (alias `picojoule`)."""

import importlib
import sys
from collections.abc import Sequence

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
        Exit status: 0, 2 for bad input, 3 if `--strict` was given and something not counted, 130 if interrupted.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return dispatch(words)
    except PicojouleError as error:
        print(f"pj: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "can't allocate memory" not in str(error):  # as torch says it
            raise
        print("pj: there is not enough memory for this; use fewer neurons, or fewer or longer steps", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("pj: interrupted; a run with a checkpoint goes on with --resume", file=sys.stderr)
        return 130


def dispatch(words: list[str]) -> int:
    """Call the verb that the first word names."""
    from picojoule._version import __version__

    if not words or words[0] in ("-h", "--help", "help"):
        print(USAGE, end="")
        return 0 if words else 2
    verb, rest = words[0], words[1:]
    if verb in ("list", "doctor", "--version") and rest:
        raise ParameterError(f"pj {verb} takes no more words, got {' '.join(rest)!r}; leave them out")
    if verb == "--version":
        print(f"picojoule {__version__}")
        return 0
    if verb in VERBS:
        status: int = getattr(importlib.import_module(f"picojoule.cli.{verb}"), verb)(rest)
        return status
    if verb in ("list", "doctor"):
        from picojoule.cli.doctor import doctor
        from picojoule.cli.listing import listing

        return listing() if verb == "list" else doctor()
    raise UnknownNameError("verb", verb, (*VERBS, "list", "doctor", "--version", "--help"))


if __name__ == "__main__":
    sys.exit(main())
