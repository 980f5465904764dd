"""The table on the terminal: complete, within 100 columns."""

from io import StringIO

import pytest
from rich.console import Console

from picojoule.energy.costs import cost_table, cost_table_names
from picojoule.energy.study.study import Study
from picojoule.energy.study.table import print_study
from tests.energy.study.trials import trial, without_time


def printed(study: Study, width: int = 100) -> str:
    out = StringIO()
    print_study(study, Console(file=out, width=width))
    return out.getvalue()


def study(*trials: object, names: tuple[str, ...] = cost_table_names()) -> Study:
    return Study(trials or (trial(0), trial(1)), tuple(map(cost_table, names)), "A title [/b]")  # type: ignore[arg-type]


def test_it_fits_100_columns_and_cuts_nothing() -> None:
    text = printed(study())
    assert max(map(len, text.splitlines())) <= 100
    assert "…" not in text


def test_figures_verdict_and_warnings_are_there() -> None:
    made = study(trial(0, warnings=("dense input: [red] is no colour here.",), uncounted=("pool: FancyPool",)))
    text = " ".join(printed(made).split())
    assert text.startswith("A title [/b]")
    for name in cost_table_names():
        assert name in text
    for words in (
        "accuracy │ 96.20 % │ 96.00 % │ 96.80 %",
        "steps until the answer │ 25 │ 6.4 │ 1",
        "parameters │ 795,010 │ 795,010 │",
    ):
        assert words in text
    assert "Warning: Not counted: pool: FancyPool, its share is unknown." in text
    assert "Warning: Dense input: [red] is no colour here." in text
    assert text.endswith(f"{made.verdict()} {made.early_verdict()}")


def test_break_even_words_are_explained_where_they_stand() -> None:
    text = " ".join(printed(study()).split())
    assert "never: it costs more even without a spike." in text
    assert "always: it costs" not in text


def test_without_a_common_table_there_is_no_break_even() -> None:
    text = printed(study(names=("loihi",)))
    assert "break-even" not in text
    assert "No cost table prices both" in text


def test_networks_without_time_have_no_row_of_early_exits() -> None:
    text = printed(study(without_time(trial()))).lower()
    assert "stopped early" not in text
    assert "Stopped early: an image is answered as soon as the best class is ahead by 0.4." in printed(study())


def test_standard_output_gets_116_columns(capsys: pytest.CaptureFixture[str]) -> None:
    study().table()
    assert max(map(len, capsys.readouterr().out.splitlines())) == 116
