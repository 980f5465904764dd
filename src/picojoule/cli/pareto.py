"""`pj pareto`: accuracy against energy, over several budgets."""

from dataclasses import field, fields, make_dataclass
from typing import Annotated, Any

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
    import tyro

    from picojoule.recipes.pareto.run import check_recipe, pareto

    if not words or words[0] in ("-h", "--help"):
        print(USAGE, end="")
        return 0 if words else 2
    module = check_recipe(words[0])
    found: Any = tyro.cli(_with_budgets(module.Options), prog=f"pj pareto {words[0]}", args=words[1:])
    own = {option.name: getattr(found, option.name) for option in fields(module.Options)}
    return pareto(words[0], module.Options(**own), found.budgets)


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
