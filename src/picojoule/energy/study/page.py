"""A study as one page."""

from collections.abc import Sequence
from pathlib import Path

from picojoule.core.words import percent, short
from picojoule.energy.study.break_even import rate_text
from picojoule.energy.study.early_words import early_exit_words
from picojoule.energy.study.extent import Extent, times
from picojoule.energy.study.operations import operations
from picojoule.energy.study.pictures import decision_picture, layers_picture, tables_picture
from picojoule.energy.study.rows import break_even_notes, break_even_rows, break_even_title, methods_note, rows
from picojoule.energy.study.study import Study
from picojoule.plot.report import Card, Section, Table, write_report

PAGE = "report.html"
MEASURED = (
    "What the counters of this machine said while it simulated and trained, idle power and other programs included. It "
    "is no estimate of a chip, and stands in none of the figures above."
)


def write_page(study: Study, folder: Path, *, repeat: Sequence[str] = ()) -> Path:
    """Draw the pictures, and put everything on one page.

    Args:
        study: what was found.
        folder: where to; it must exist.
        repeat: the commands that give the same figures.

    Returns:
        The page.

    Raises:
        OutputError: if the folder cannot be written.
    """
    sections = [
        *_warnings(study),
        *_outcome(study),
        _interval(study, folder),
        *_early_interval(study, folder),
        _break_even(study),
        Section("Energy of each layer", picture=layers_picture(study, folder)),
        _decision(study, folder),
        _seeds(study),
        *([Section("Measured joules", text=[MEASURED, *study.measured])] if study.measured else []),
        Section("What is assumed", text=study.assumptions()),
        *([Section("How to repeat it", text=repeat)] if repeat else []),
        Section("Sources of the prices", text=[f"{name}: {source}" for name, source in study.citations().items()]),
    ]
    write_report(
        folder / PAGE,
        title=study.title,
        introduction=" ".join(filter(None, (study.verdict(), study.early_verdict()))),
        summary=_cards(study),
        sections=sections,
        footer="Made by picojoule. Energies are operation counts times published costs, not measurements.",
    )
    return folder / PAGE


def _cards(study: Study) -> list[Card]:
    cards = []
    for side in (study.spiking, study.rivals[0]):
        accuracy = study.accuracies[side.name]
        note = f"{100 * accuracy.low:.1f}–{100 * accuracy.high:.1f} % over {accuracy.over}"
        cards.append(Card(f"accuracy, {short(side.name)}", f"{100 * accuracy.mean:.2f}", "%", note))
    words = {True: "with memory", False: "compute only"}
    ranges = {words[memory]: found for memory in words if (found := study.interval(memory=memory))}
    if ranges:
        (what, first), *others = ranges.items()
        note = "".join(f"{name}: {_range(found)} ×; " for name, found in others)
        label = f"energy over that of {short(study.rivals[0].name)}, {what}"
        cards.append(Card(label, _range(first), "×", f"{note}below 1 the spiking network wins"))
    rate = operations(next(iter(study.spiking.inference.values()))).spike_rate
    if rate is not None:
        cards.append(Card("spike rate", rate_text(rate), "", f"per neuron and step, {study.spiking.steps} steps"))
    return cards


def _range(found: Extent) -> str:
    low, high = times(found.low), times(found.high)
    return low if low == high else f"{low}–{high}"


def _warnings(study: Study) -> list[Section]:
    found = [*(f"{line[:1].upper()}{line[1:]}." for line in study.uncounted()), *study.warnings()]
    if not found:
        return []
    return [Section("Warnings", text=found, warning=True)]


def _outcome(study: Study) -> list[Section]:
    header, groups = rows(study)
    over = study.accuracies[study.spiking.name].over
    text = [
        f"All figures are means per image. Intervals are 95 % confidence intervals over {over}. A dash stands where a "
        f"table has no such price or a network has no such thing. {methods_note(study)} The verdict counts each "
        "network by its cheapest method."
    ]
    return [
        Section(
            f"{heading[:1].upper()}{heading[1:]}",
            text=text if k == 0 else (),
            table=Table(header, [[row.name, *row.values] for row in found]),
        )
        for k, (heading, found) in enumerate(groups.items())
        if found
    ]


def _interval(study: Study, folder: Path) -> Section:
    names = study.spiking.name, study.rivals[0].name
    text = [f"What {names[0]} needs over what {names[1]} needs, under every table that prices both."]
    if alone := [table.name for table in study.tables if table.name not in study.ratios]:
        text.append(f"Not shown, as they price one kind of network only: {', '.join(alone)}.")
    picture = tables_picture(study, folder, study.spiking)
    if picture is None:
        text = [f"No cost table gives {names[0]} and {names[1]} energies above 0, so there is no ratio."]
    return Section("Interval over the cost tables", text=text, picture=picture)


def _early_interval(study: Study, folder: Path) -> list[Section]:
    if study.early is None:
        return []
    text = [f"What {study.early.name} needs over what {study.rivals[0].name} needs.", early_exit_words(study)]
    picture = tables_picture(study, folder, study.early, "tables-early.png")
    return [Section("Interval, stopped early", text=text, picture=picture)]


def _break_even(study: Study) -> Section:
    header, found = break_even_rows(study)
    text = [f"{break_even_title(study)}. Spikes of all populations are scaled alike.", *break_even_notes(found)]
    return Section("Break-even spike rate", text=text, table=Table(header, found) if found else None)


def _decision(study: Study, folder: Path) -> Section:
    text = ["What the spiking network would have answered, had it been stopped earlier."] if study.spiking.curve else []
    return Section("Energy against accuracy", text=text, picture=decision_picture(study, folder))


def _seeds(study: Study) -> Section:
    names = [side.name for side in study.sides]
    found = [
        [str(trial.seed), *(percent(study.accuracies[name].values[k]) for name in names)]
        for k, trial in enumerate(study.trials)
    ]
    return Section("Accuracy of each seed", table=Table(["seed", *map(short, names)], found))
