"""A study as JSON: plain values, energies in pJ per image."""

import json
from pathlib import Path

import pytest

from picojoule.energy.account import account
from picojoule.energy.costs import cost_table, cost_table_names
from picojoule.energy.study.study import Study
from tests.energy.study.trials import DENSE, EVENTS, MATCHED, SPIKING, relu_work, spiking_work, trial

FP32 = cost_table("horowitz-45nm-fp32")


def made(rate: float = 0.05) -> Study:
    tables = tuple(map(cost_table, cost_table_names()))
    return Study((trial(3, rate=rate), trial(4, rate=rate)), tables, "A title", measured=("Seed 3: 5 J",))


@pytest.mark.parametrize("rate", [0.0, 0.05, 1.0])
def test_everything_is_json_without_nan_or_infinity(rate: float) -> None:
    found = made(rate).to_dict()
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_the_figures_are_those_of_the_study() -> None:
    found = made().to_dict()
    assert (found["title"], found["seeds"], found["images"]) == ("A title", [3, 4], 1000)
    assert found["verdict"] == made().verdict()
    assert found["measured"] == ["Seed 3: 5 J"]
    assert list(found["citations"]) == list(cost_table_names())
    spiking, matched = found["networks"][SPIKING], found["networks"][MATCHED]
    assert spiking["energy"][EVENTS][FP32.name] == {
        "compute": pytest.approx(account(spiking_work(0.05), FP32).compute),
        "with_memory": pytest.approx(account(spiking_work(0.05), FP32).total),
    }
    assert "loihi" not in matched["energy"][DENSE]
    assert matched["energy"][DENSE][FP32.name]["compute"] == pytest.approx(account(relu_work(), FP32).compute)
    assert spiking["accuracy"]["by_seed"] == [0.962, 0.962]
    assert spiking["accuracy"]["interval_over"] == "2 seeds"
    assert spiking["per_image"][EVENTS]["updates"] == 25_000
    assert [moment["steps"] for moment in spiking["curve"]] == [1, 2, 3, 5, 8, 12, 18, 25]
    assert spiking["curve"][-1]["energy"][EVENTS][FP32.name] == spiking["energy"][EVENTS][FP32.name]
    assert spiking["early_exit"]["mean_steps"] == pytest.approx(6.4)
    assert matched["early_exit"] is None
    assert matched["bits"] == 5


def test_the_ratio_is_one_energy_over_the_other() -> None:
    found = made().to_dict()
    ratio = found["energy_ratio"]
    energies = [
        min(method[FP32.name]["with_memory"] for method in found["networks"][name]["energy"].values())
        for name in (ratio["spiking"], ratio["rival"])
    ]
    assert ratio["tables"][FP32.name]["with_memory"] == pytest.approx(energies[0] / energies[1])
    values = [table["with_memory"] for table in ratio["tables"].values()]
    assert ratio["interval"]["with_memory"] == {"low": min(values), "high": max(values), "tables": len(values)}
    assert found["break_even_spike_rate"][FP32.name]["present"] == pytest.approx(0.05)


def test_written_figures_are_those_of_the_dictionary_and_more(tmp_path: Path) -> None:
    page = made().write(tmp_path / "new" / "folder", more={"recipe": "a-recipe"})
    stored = json.loads((page.parent / "result.json").read_text(encoding="utf-8"))
    assert stored == {**made().to_dict(), "recipe": "a-recipe"}
    assert {file.name for file in page.parent.iterdir()} == {
        "report.html", "result.json", "decision.png", "layers.png", "tables.png", "tables-early.png",
    }  # fmt: skip
