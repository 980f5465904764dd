"""The page: everything that was found, warnings first."""

import re
from html import unescape
from pathlib import Path

import pytest

from picojoule.energy.costs import cost_table, cost_table_names
from picojoule.energy.device import DeviceTable
from picojoule.energy.study.reference import reference_table
from picojoule.energy.study.study import Study
from tests.energy.study.trials import trial, without_time

ALL = tuple(map(cost_table, cost_table_names()))


def text_of(page: Path) -> str:
    html = page.read_text(encoding="utf-8")
    return " ".join(unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL)).split())


def test_verdict_and_warnings_come_before_the_figures(tmp_path: Path) -> None:
    made = Study((trial(0, warnings=("dense input: x.",), uncounted=("pool: FancyPool",)),), ALL)
    text = text_of(made.write(tmp_path))
    words = (made.verdict(), "Not counted: pool: FancyPool", "Dense input: x.", "19,850,000")
    places = [text.index(word) for word in words]
    assert places == sorted(places)
    assert 'class="warning"' in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_every_part_is_there(tmp_path: Path) -> None:
    made = Study((trial(0), trial(1)), ALL, "A title", ("Seed 0: Measured in 3 s: CPU package 0 5 J",))
    text = text_of(made.write(tmp_path, repeat=["pj compare a-recipe --seeds 2"]))
    for words in (
        "A title",
        "Break-even spike rate",
        "Not shown, as they price one kind of network only: loihi, spinnaker, spinnaker2, truenorth.",
        "Stopped early: an image is answered as soon as the best class is ahead by 0.4. The rule was chosen on 500",
        "Accuracy of each seed",
        "Measured joules",
        "pj compare a-recipe --seeds 2",
        *made.assumptions(),
        *made.citations().values(),
    ):
        assert " ".join(words.split()) in text


def test_a_study_without_time_warnings_and_common_tables_has_a_page_too(tmp_path: Path) -> None:
    chip = DeviceTable("chip", "data sheet", synaptic_operation=20.0, neuron_update=80.0)
    made = Study((without_time(trial(0)), without_time(trial(1))), (chip,))
    text = text_of(made.write(tmp_path))
    assert "No cost table gives the spiking network and the matched ReLU network energies above 0" in text
    assert "Measured joules" not in text
    assert not (tmp_path / "tables.png").exists()


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (cost_table_names(), "horowitz-45nm-fp32"),
        (("loihi", "arm-cortex-a", "horowitz-45nm-int8"), "horowitz-45nm-int8"),
        (("loihi", "arm-cortex-a"), "arm-cortex-a"),
        (("loihi",), "loihi"),
    ],
    ids=str,
)
def test_pictures_of_one_table_take_one_that_prices_both(names: tuple[str, ...], wanted: str) -> None:
    assert reference_table(Study((trial(),), tuple(map(cost_table, names)))).name == wanted


def test_a_table_of_the_spiking_network_alone_has_its_curve(tmp_path: Path) -> None:
    Study((trial(0),), (cost_table("loihi"),)).write(tmp_path)
    assert (tmp_path / "decision.png").exists()
