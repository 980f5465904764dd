"""Work times prices: what one image costs, line by line."""

import math
from dataclasses import asdict, dataclass
from typing import Any

from picojoule.core.arguments import public
from picojoule.core.errors import ParameterError
from picojoule.energy.table import CostTable
from picojoule.energy.work import PARTS, Part, Work, Workload


@dataclass(frozen=True)
class Line:
    """One line of an account; all figures are means per image."""

    part: Part
    name: str
    per_spike: bool
    additions: float
    multiplications: float
    divisions: float
    functions: float
    reads: float  # words
    writes: float  # words
    compute: float  # pJ of arithmetic
    memory: float  # pJ of reads and writes


@dataclass(frozen=True)
class Account:
    """What one image costs under one cost table, in pJ."""

    table: str
    citation: str
    images: int
    spikes: float  # per image, of all populations
    lines: tuple[Line, ...]
    assumptions: tuple[str, ...]

    @property
    def compute(self) -> float:
        """Arithmetic alone, in pJ per image."""
        return math.fsum(line.compute for line in self.lines)

    @property
    def memory(self) -> float:
        """Memory traffic alone, in pJ per image."""
        return math.fsum(line.memory for line in self.lines)

    @property
    def total(self) -> float:
        """Arithmetic and memory, in pJ per image."""
        return self.compute + self.memory

    def split(self) -> dict[str, float]:
        """Energy by part, in pJ per image: the arithmetic of each part, and all memory traffic as `memory`."""
        parts: dict[str, float] = {
            part: math.fsum(line.compute for line in self.lines if line.part == part) for part in PARTS
        }
        return {**parts, "memory": self.memory}

    def break_even_spikes(self, rival: float, *, memory: bool) -> float | None:
        """Spikes per image at which this network would cost as much as a rival.

        All populations are scaled alike: what does not depend on spikes stays, the rest grows in proportion.

        Args:
            rival: what the rival needs, in pJ per image.
            memory: whether memory traffic is counted.

        Returns:
            Spikes of all populations per image; `None` if even without a spike this network would cost more, or if it
            has no spikes to scale.
        """
        fixed = math.fsum(line.compute + memory * line.memory for line in self.lines if not line.per_spike)
        scaling = math.fsum(line.compute + memory * line.memory for line in self.lines if line.per_spike)
        if scaling <= 0 or self.spikes <= 0 or rival < fixed:
            return None
        return self.spikes * (rival - fixed) / scaling

    def to_dict(self) -> dict[str, Any]:
        """Plain values for a JSON file; energies in pJ per image."""
        return {
            "table": self.table,
            "citation": self.citation,
            "images": self.images,
            "spikes": self.spikes,
            "compute": self.compute,
            "memory": self.memory,
            "total": self.total,
            "split": self.split(),
            "lines": [asdict(line) for line in self.lines],
            "assumptions": list(self.assumptions),
        }


@public
def account(workload: Workload, table: CostTable) -> Account:
    """Put prices on work.

    Args:
        workload: from `spiking_workload`, `dense_inference` or `dense_training`.
        table: from `cost_table`.

    Returns:
        Energies in pJ per image: of arithmetic and of memory, line by line. Under a device's table all is arithmetic.

    Raises:
        ParameterError: if the table is that of a device which cannot run this network.

    Example:
        >>> from picojoule.energy.costs import cost_table
        >>> from picojoule.energy.dense import dense_inference
        >>> round(account(dense_inference([784, 100, 10]), cost_table("horowitz-45nm-fp32")).split()["synapses"])
        365240
    """
    if refusal := table.refusal(workload):
        raise ParameterError(f"cost table {table.name!r} {refusal}. Take another table for it.")
    return Account(
        table=table.name,
        citation=table.citation,
        images=workload.images,
        spikes=workload.spikes / workload.images,
        lines=tuple(_line(work, table, workload.images) for work in workload.works),
        assumptions=table.beside(workload),
    )


def _line(work: Work, table: CostTable, images: int) -> Line:
    whole, compute, memory = table.priced(work)
    operations = whole.operations
    return Line(
        part=work.part,
        name=work.name,
        per_spike=work.per_spike,
        additions=operations.additions / images,
        multiplications=operations.multiplications / images,
        divisions=operations.divisions / images,
        functions=operations.functions / images,
        reads=sum(t.reads for t in whole.traffic) / images,
        writes=sum(t.writes for t in whole.traffic) / images,
        compute=compute / images,
        memory=memory / images,
    )
