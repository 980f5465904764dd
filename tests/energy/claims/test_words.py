"""Tables of text say what was computed."""

import pytest

from picojoule.energy.claims.ladder import RUNGS
from picojoule.energy.claims.networks import Range, network
from picojoule.energy.claims.recompute import Claims, recompute
from picojoule.energy.claims.words import interval, text_tables, times
from picojoule.energy.costs import cost_table


@pytest.fixture(scope="module")
def claims() -> Claims:
    return recompute([cost_table("horowitz-45nm-fp32"), cost_table("arm-cortex-a")], [network("SHD"), network("ECG")])


def test_every_table_is_there(claims: Claims) -> None:
    networks, ladder, headlines, *rivals = text_tables(claims)
    assert [row[0] for row in networks.rows] == ["SHD", "ECG"]
    assert networks.rows[1][1:5] == ("4 - 36 recurrent - 6", "1301", "7.7 %", "29.1 %")
    assert networks.rows[0][3] == "0 to 100 %"
    assert [row[1] for row in ladder.rows] == [rung.name for rung in RUNGS]
    assert [row[3] for row in ladder.rows] == [interval(gain) for gain in claims.ladder["ECG"]]
    assert [row[0] for row in headlines.rows] == ["100 x", "243 x", "1,900 x"]
    assert headlines.rows[2][2:] == ("none", "none", RUNGS[0].name)  # neither of the two tasks ever reaches it
    assert len(rivals) == 3
    assert "against an LSTM" in rivals[0].title
    assert "against a GRU" in rivals[1].title


def test_a_cell_has_both_figures_and_that_of_a_device_one(claims: Claims) -> None:
    relu = text_tables(claims)[-1]
    cell = claims.cells["ReLU RNN"]["ECG"]["horowitz-45nm-fp32"]
    assert cell.total is not None
    assert relu.rows[1][1] == f"{times(cell.compute.lowest)} / {times(cell.total.lowest)}"
    assert "/" not in relu.rows[1][2]


def test_rows_are_as_long_as_their_head(claims: Claims) -> None:
    for table in text_tables(claims):
        assert all(len(row) == len(table.head) for row in table.rows)
        lines = table.markdown().splitlines()
        assert len(lines) == 2 + len(table.rows)
        assert len({line.count("|") for line in lines}) == 1


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (Range(1.04, 1.01 * 1.04), "1.0 to 1.1"),
        (Range(2.0, 2.01), "2.0"),
        (Range(0.812, 34.4), "0.81 to 34"),
        (Range(999.6, 1234.0), "1,000 to 1,234"),
    ],
)
def test_intervals_as_people_read_them(found: Range, text: str) -> None:
    assert interval(found) == text
