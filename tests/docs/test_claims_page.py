"""The page of the claims shows what `pj claims` computes, and says no more than that."""

import re

import pytest

from picojoule.energy.claims.headlines import HEADLINES
from picojoule.energy.claims.recompute import Claims, recompute
from picojoule.energy.claims.words import text_tables
from picojoule.energy.costs import DEFAULT_TABLES
from tests.docs.pages import ROOT

TEXT = (ROOT / "docs" / "explanation" / "claims.md").read_text(encoding="utf-8")
FLAT = " ".join(TEXT.split())


@pytest.fixture(scope="module")
def claims() -> Claims:
    return recompute()


def test_its_tables_are_those_of_the_command(claims: Claims) -> None:
    shown = re.findall(r"(?:^\|.*\n)+", TEXT, re.MULTILINE)
    assert [block.rstrip("\n") for block in shown] == [table.markdown() for table in text_tables(claims)]


def test_its_command_and_its_figure_are_there() -> None:
    assert "pj claims --out claims" in TEXT
    assert (ROOT / "docs" / "explanation" / "figures" / "claims.png").read_bytes()[1:4] == b"PNG"


def test_its_summary_holds(claims: Claims) -> None:
    cells = claims.cells["ReLU RNN"].values()
    plain = [total for row in cells for name in (*DEFAULT_TABLES, "horowitz-45nm-fp16") if (total := row[name].total)]
    assert round(min(one.lowest for one in plain), 1) == 1.1  # "about the same"
    assert f"{max(one.highest for one in plain):.0f}" == "34"
    kept = [total for row in cells if (total := row["lemaire-2022"].total)]
    assert (f"{1 / min(one.lowest for one in kept):.1f}", f"{max(one.highest for one in kept):.0f}") == ("1.2", "24")
    assert "between about the same and 34 times less energy" in FLAT
    assert "between 1.2 times more and 24 times less under the model that keeps potentials in memory" in FLAT
    near_silence = {"SHD", "SSC", "GSC", "SoLi"}
    for headline, by_rate in zip(HEADLINES[:2], ({"S-MNIST", "PS-MNIST"}, set()), strict=True):
        always = {task for task, gains in claims.ladder.items() if gains[3].lowest >= headline.factor}
        assert always == by_rate  # whatever the input does
        assert set(claims.reached(headline)[3]) <= always | near_silence


def test_what_was_not_read_is_called_a_quotation() -> None:
    assert FLAT.count("source not confirmed here") >= 2
