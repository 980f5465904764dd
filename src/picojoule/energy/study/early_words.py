"""What stopping early gave, in words."""

import re

from picojoule.core.words import percent
from picojoule.energy.study.reference import energy, reference_table
from picojoule.energy.study.study import Study
from picojoule.plot.units import energy_text


def early_exit_words(study: Study) -> str:
    """The rule, the images that it was chosen on, and what it gives there and on the test images; empty without one.

    Args:
        study: what was found.
    """
    side, early, table = study.spiking, study.spiking.early_exit, reference_table(study)
    if early is None:
        return ""
    whole = energy(side.inference, table)
    return (
        f"Stopped early: an image is answered as soon as {_rules(study)}. The rule was chosen on {early.chosen_on}, "
        f"where it gives {percent(early.validation_accuracy)}. On the test images it gives {percent(early.accuracy)} "
        f"after {early.mean_steps:.1f} steps ({early.mean_milliseconds:.1f} ms) on average, with "
        f"{energy_text(energy(early.inference, table))} instead of {energy_text(whole)} ({table.name})."
    )


def _rules(study: Study) -> str:
    """The rule, or that of each seed where they differ."""
    exits = {trial.seed: trial.spiking.early_exit for trial in study.trials}
    rules = {seed: found.rule for seed, found in exits.items() if found is not None}
    parts = [re.split(r"(\d+\.\d+)", rule) for rule in rules.values()]
    if len({len(part) for part in parts}) == 1:
        different = [k for k, values in enumerate(zip(*parts, strict=True)) if len(set(values)) > 1]
        if not different:
            return "".join(parts[0])
        if len(different) == 1 and different[0] % 2:  # one number, as if the rule were the same
            (place,) = different
            numbers = " / ".join(part[place] for part in parts)
            return "".join([*parts[0][:place], f"{numbers} (one for each seed)", *parts[0][place + 1 :]])
    return "; ".join(f"{rule} (seed {seed})" for seed, rule in rules.items())
