"""The table that stands for all others where there is room for one."""

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


def energy(work: Workload, table: CostTable) -> float:
    """Energy per image in pJ, with memory if the table has it; 0 if the table does not price this work.

    Args:
        work: what was done.
        table: the cost table.
    """
    one = price(work, table)
    return 0.0 if one is None else (one.total if one.total is not None else one.compute) or 0.0
