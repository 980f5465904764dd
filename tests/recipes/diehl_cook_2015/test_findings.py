"""How figures are shown. What a whole run finds and draws: tests/cli/test_run.py."""

from picojoule.data.catalogue import describe
from picojoule.recipes.diehl_cook_2015.report import FASHION


def test_every_class_of_garments_has_a_name() -> None:
    assert len(set(FASHION)) == 10
    assert describe("fashion-mnist").summary.startswith("garments")
