"""The table that stands for all others where there is room for one."""

from collections.abc import Mapping

from picojoule.energy.study.price import price
from picojoule.energy.study.study import Study
from picojoule.energy.table import CostTable
from picojoule.energy.work import Workload

USUAL = "horowitz-45nm-fp32"  # the table that most papers take


def reference_table(study: Study) -> CostTable:
    """The table that pictures of one table show: of those that price both networks, with memory apart if there is one.

    Args:
        study: what was found.
    """

    def rank(table: CostTable) -> tuple[bool, bool, bool]:
        return table.name not in study.ratios, not table.has_memory, table.name != USUAL

    return min(study.tables, key=rank)


def energy(inference: Mapping[str, Workload], table: CostTable) -> float:
    """Energy per image in pJ by the cheapest method, with memory if the table has it; 0 if it prices none of them.

    Args:
        inference: what was done, by method.
        table: the cost table.
    """
    found = [one for work in inference.values() if (one := price(work, table)) is not None]
    return min(((one.total if one.total is not None else one.compute) or 0.0 for one in found), default=0.0)
