"""`pj pareto`: accuracy against energy, over several budgets."""

from collections.abc import Mapping
from dataclasses import field, fields, make_dataclass, replace
from functools import partial
from typing import Annotated, Any

from picojoule.cli.parse import HELP, parsed
from picojoule.cli.resumed import resumed, settings
from picojoule.recipes.catalogue import budgeted_options_of

USAGE = """\
usage: pj pareto RECIPE [--budgets ENERGY ...] [options of the recipe]

Train a recipe without a limit and within several energy budgets, and draw accuracy against energy.
`pj pareto RECIPE --help` lists all options.
"""
BUDGETS = (
    'energies per image, such as "10 uJ" "5 uJ"; if left out, what the network costs without a spike and a half, a '
    "quarter, an eighth and a sixteenth of what its spikes cost without a limit"
)


def pareto(words: list[str]) -> int:
    """Train the recipe that the first word names.

    Returns:
        Exit status 0; 2 if an option is wrong.
    """
    if not words or words[0] in HELP:
        print(USAGE, end="")
        return 0 if words else 2
    name, rest = words[0], words[1:]
    kind = budgeted_options_of(name)
    parse = partial(parsed, _with_budgets(kind), prog=f"pj pareto {name}")
    found = resumed(parse, rest, f"pj pareto {name}", identity=_settings)
    own = {option.name: getattr(found, option.name) for option in fields(kind)}
    from picojoule.recipes.pareto.run import pareto

    return pareto(name, kind(**own), found.budgets)


def _settings(options: Any) -> Mapping[str, Any]:  # noqa: ANN401
    from picojoule.energy.budget import UNLIMITED

    found = settings(replace(options, energy_budget=UNLIMITED))
    return {name: value for name, value in found.items() if name != "budgets"}  # there may be more of them now


def _with_budgets(options: type) -> type:
    """The recipe's options without a single budget, and several in its place."""
    import tyro

    several: Any = Annotated[tuple[str, ...], tyro.conf.arg(help=BUDGETS)]
    one: Any = tyro.conf.Suppress
    return make_dataclass(
        "Options",
        [
            ("budgets", several, field(default=())),
            ("energy_budget", one[str | None], field(default=None)),
        ],
        bases=(options,),
        frozen=True,
        namespace={"__doc__": "Train within several energy budgets, and draw accuracy against energy."},
    )
