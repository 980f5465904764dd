"""`pj list`: what there is."""


def listing() -> int:
    """Print recipes, datasets, neurons, encoders and cost tables."""
    from rich.table import Table

    from picojoule.cli.console import console

    table = Table("kind", "name", "what it is")
    for kind, name, summary in entries():
        table.add_row(kind, name, summary)
    console().print(table)
    return 0


def entries() -> list[tuple[str, str, str]]:
    """Kind, name and summary of everything that can be named on the command line or imported."""
    from picojoule import encode, neurons
    from picojoule.data.catalogue import describe, names
    from picojoule.encode.base import Encoder
    from picojoule.energy.costs import cost_table, cost_table_names
    from picojoule.neurons.base import Neuron
    from picojoule.recipes.catalogue import RECIPES

    found = [("recipe", name, summary) for name, (_, summary) in RECIPES.items()]
    found += [("data", name, describe(name).summary) for name in names()]
    for kind, package, base in (("neuron", neurons, Neuron), ("encoder", encode, Encoder)):
        for name, value in sorted(vars(package).items()):
            if isinstance(value, type) and issubclass(value, base):
                found.append((kind, name, (value.__doc__ or "–").strip().splitlines()[0]))
    return found + [("cost table", name, cost_table(name).citation) for name in cost_table_names()]
