"""`pj run`: run a recipe."""

from picojoule.recipes.catalogue import RECIPES, recipe


def run(words: list[str]) -> int:
    """Run the recipe that the first word names, with its typed options.

    Returns:
        Exit status of the recipe; 2 if an option is wrong.
    """
    import tyro

    if not words or words[0] in ("-h", "--help"):
        print("usage: pj run RECIPE [options]\n\nrecipes:")
        for name, (_, summary) in RECIPES.items():
            print(f"  {name:<20} {summary}")
        return 0 if words else 2
    module = recipe(words[0])
    options = tyro.cli(module.Options, prog=f"pj run {words[0]}", args=words[1:])
    status: int = module.run(options)
    return status
