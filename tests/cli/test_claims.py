"""`pj claims`: what it prints, writes and refuses."""

import json
from pathlib import Path

import pytest

from picojoule.energy.claims.networks import network
from picojoule.energy.claims.recompute import recompute
from picojoule.energy.claims.words import text_tables
from picojoule.energy.costs import cost_table
from tests.cli.conftest import Command, Refusal

ONE = ("claims", "--task", "ecg", "--table", "horowitz-45nm-int8")


def test_it_prints_every_table_and_assumption(pj: Command) -> None:
    answer = pj(*ONE)
    assert (answer.status, answer.err) == (0, "")
    found = recompute([cost_table("horowitz-45nm-int8")], [network("ECG")])
    flat = " ".join(answer.out.split())
    for table in text_tables(found):
        assert " ".join(table.title.split()) in flat
        for row in table.rows:
            assert all(cell[:40] in flat for cell in row)
    assert all(sentence[:60] in flat for sentence in found.assumptions())


def test_it_writes_figures_pages_and_pictures(pj: Command, here: Path) -> None:
    (here / "out").mkdir()
    answer = pj(*ONE, "--json", "claims.json", "--out", "out")
    assert answer.status == 0
    written = json.loads((here / "claims.json").read_text(encoding="utf-8"))
    assert list(written["gain"]["LSTM"]) == ["ECG"]
    assert list(written["citations"]) == ["horowitz-45nm-int8"]
    page = (here / "out" / "claims.md").read_text(encoding="utf-8")
    assert page.startswith("# Headlines, recomputed by `pj claims`")
    found = recompute([cost_table("horowitz-45nm-int8")], [network("ECG")])
    assert all(table.markdown() in page for table in text_tables(found))
    assert (here / "out" / "claims.png").read_bytes()[1:4] == b"PNG"
    assert answer.out.splitlines()[-2:] == ["out/claims.md", "out/claims.png"]


def test_your_own_table(pj: Command, here: Path) -> None:
    device = 'name = "chip"\ncitation = "its data sheet"\nunit = "pJ"\n[device]\nsynaptic_operation = 2\n'
    device += 'neuron_update = 3\nruns = "both"\nskips_zeros = true\nmemory_included = false\n'
    (here / "chip.toml").write_text(device, encoding="utf-8")
    answer = pj("claims", "--task", "ECG", "--table", "chip.toml")
    assert answer.status == 0
    assert "memory is not in them" in " ".join(answer.out.split())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--table", "horowitz"], "unknown cost table 'horowitz'"),
        (["--table", "none.toml"], "cannot read the cost table none.toml"),
        (["--table", "loihi"], "'loihi' runs spiking networks only"),
        (["--task", "SHDD"], "unknown task 'SHDD'; did you mean 'SHD'?"),
        (["--json", "claims.txt"], "end it with .json"),
        (["--json", "none/claims.json"], "there is no folder none; make it"),
        (["--out", "none"], "there is no folder none; make it"),
    ],
)
def test_what_it_refuses(refusal: Refusal, words: list[str], message: str) -> None:
    assert message in refusal("claims", *words)


def test_it_overwrites_nothing(pj: Command, refusal: Refusal, here: Path) -> None:
    (here / "claims.json").write_text("mine", encoding="utf-8")
    assert "claims.json exists; choose another place" in refusal(*ONE, "--json", "claims.json")
    (here / "claims.png").write_text("mine", encoding="utf-8")
    assert "claims.png exists; choose another place" in refusal(*ONE, "--out", ".")
    assert (here / "claims.png").read_text(encoding="utf-8") == "mine"
