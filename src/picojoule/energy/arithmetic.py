"""Prices of operations and of memory by size.

The price of one access to an SRAM between two published sizes is interpolated on a double logarithmic scale,

    E(size) = E_0^(1 - t) E_1^t,      t = log(size / size_0) / log(size_1 / size_0),

or, where a table asks for it, on a straight line,

    E(size) = (1 - t) E_0 + t E_1,    t = (size - size_0) / (size_1 - size_0).

Below the smallest size it is the smallest one's, and what does not fit into the largest SRAM lies in the memory that
the table calls `beyond` (DRAM). A word that is narrower than the access costs its share of it.
"""

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal, get_args

from picojoule.core.counts import Operations
from picojoule.core.errors import ParameterError
from picojoule.energy.table import CostTable, Priced
from picojoule.energy.work import NO_OPERATIONS, SHARED_ASSUMPTIONS, Traffic, Work, Workload

ARITHMETIC = ("add", "multiply", "divide", "function")
Interpolation = Literal["logarithmic", "linear"]


@dataclass(frozen=True)
class MemoryLevel:
    """Price of one access to a memory."""

    bytes: float  # what it holds; infinite for the last level
    read: float  # pJ per access
    write: float  # pJ per access


@dataclass(frozen=True)
class Addressing:
    """Operations that find the words of one synaptic operation."""

    accumulate: Operations = NO_OPERATIONS  # for each addition that a spike causes
    mac: Operations = NO_OPERATIONS  # for each multiply-accumulate


NO_ADDRESSING = Addressing()


@dataclass(frozen=True)
class ArithmeticTable(CostTable):
    """Prices of arithmetic and of memory by its size.

    Args:
        name: what the user calls the table.
        citation: where the numbers come from.
        add: addition, subtraction or comparison, in pJ.
        multiply: in pJ.
        divide: in pJ.
        function: exponential, logarithm, root, …, in pJ.
        word_bytes: width of a weight or of a state variable, in bytes.
        access_bytes: width of the access that the memory prices are for, in bytes.
        sram: levels by increasing size.
        beyond: the memory for what fits into no SRAM.
        assumptions: sentences that have to stand beside every result.
        interpolation: between two levels.
        partial_sums: whether the addition that a spike causes reads and writes the sum in memory; else sums stay in
            registers, as those of multiply-accumulates always do.
        addressing: operations that find the words of a synaptic operation.

    Raises:
        ParameterError: if a price is negative, or the levels do not increase.
    """

    name: str
    citation: str
    add: float
    multiply: float
    divide: float
    function: float
    word_bytes: float
    access_bytes: float
    sram: tuple[MemoryLevel, ...]
    beyond: MemoryLevel
    assumptions: tuple[str, ...] = ()
    interpolation: Interpolation = "logarithmic"
    partial_sums: bool = False
    addressing: Addressing = NO_ADDRESSING

    def __post_init__(self) -> None:
        for field in ARITHMETIC:
            _check(f"cost table {self.name!r}: {field}", getattr(self, field), "pJ")
        for field in ("word_bytes", "access_bytes"):
            _check(f"cost table {self.name!r}: {field}", getattr(self, field), "bytes", above=True)
        for level in (*self.sram, self.beyond):
            for field in ("read", "write"):
                _check(f"cost table {self.name!r}: memory {field}", getattr(level, field), "pJ")
        sizes = [level.bytes for level in self.sram]
        if not sizes or sizes[0] <= 0 or any(a >= b for a, b in pairwise(sizes)):
            raise ParameterError(
                f"cost table {self.name!r}: SRAM sizes must be > 0 bytes and increasing, got {sizes}. "
                "List at least one [[memory.sram]], smallest first."
            )
        if self.interpolation not in get_args(Interpolation):
            raise ParameterError(
                f"cost table {self.name!r}: interpolation must be one of {', '.join(get_args(Interpolation))}, "
                f"got {self.interpolation!r}. Correct the table."
            )

    @property
    def mac(self) -> float:
        """Price of one multiplication and one addition, in pJ."""
        return self.multiply + self.add

    @property
    def has_memory(self) -> bool:
        """Whether any memory costs something."""
        return any(price > 0 for level in (*self.sram, self.beyond) for price in (level.read, level.write))

    def compute(self, operations: Operations) -> float:
        """Price of arithmetic, in pJ, without memory."""
        return (
            operations.additions * self.add
            + operations.multiplications * self.multiply
            + operations.divisions * self.divide
            + operations.functions * self.function
        )

    def read(self, words: float) -> float:
        """Price of reading one word of a memory that holds `words` words, in pJ."""
        return self._access(words * self.word_bytes).read * self.word_bytes / self.access_bytes

    def write(self, words: float) -> float:
        """Price of writing one word of a memory that holds `words` words, in pJ."""
        return self._access(words * self.word_bytes).write * self.word_bytes / self.access_bytes

    def refusal(self, workload: Workload) -> str:  # noqa: ARG002
        """Nothing: all work is made of operations and words."""
        return ""

    def priced(self, work: Work) -> Priced:
        """Operations and words times prices, those of addresses and of partial sums among them."""
        whole = self._completed(work)
        memory = sum(t.reads * self.read(t.words) + t.writes * self.write(t.words) for t in whole.traffic)
        return Priced(whole, self.compute(whole.operations), memory)

    def beside(self, workload: Workload) -> tuple[str, ...]:
        """What the work says, without what this table counts after all; then the table's own sentences."""
        if not self.partial_sums and self.addressing == NO_ADDRESSING:
            return (*workload.assumptions, *self.assumptions)
        kept = (sentence for sentence in workload.assumptions if sentence not in SHARED_ASSUMPTIONS)
        return (*self._model(), *kept, *self.assumptions)

    def scaled(self, factor: float) -> "ArithmeticTable":
        """The same table with every price multiplied, for example for another technology.

        Args:
            factor: at least 0.
        """
        return replace(
            self,
            add=self.add * factor,
            multiply=self.multiply * factor,
            divide=self.divide * factor,
            function=self.function * factor,
            sram=tuple(_scaled(level, factor) for level in self.sram),
            beyond=_scaled(self.beyond, factor),
        )

    def _completed(self, work: Work) -> Work:
        """The work with its addresses and partial sums, where the table counts them."""
        products = work.products
        found = self.addressing.accumulate * products.accumulates + self.addressing.mac * products.macs
        sums = Traffic(products.targets, reads=products.accumulates, writes=products.accumulates)
        kept = (sums,) if self.partial_sums and products.accumulates else ()
        return replace(work, operations=work.operations + found, traffic=(*work.traffic, *kept))

    def _model(self) -> tuple[str, str]:
        addresses, held = "address arithmetic, ", "partial sums stay in registers."
        if self.addressing != NO_ADDRESSING:
            addresses = ""
        if self.partial_sums:
            held = (
                "each addition that a spike causes reads and writes its sum in memory, while the sums of "
                "multiply-accumulates stay in registers."
            )
        return (
            f"Not counted: leakage, clocks, control, {addresses}wires, moving the image in and the result out.",
            f"Every array has a memory of its own, priced by what it must hold; {held}",
        )

    def _access(self, size: float) -> MemoryLevel:
        if size <= self.sram[0].bytes:
            return self.sram[0]
        for low, high in pairwise(self.sram):
            if size <= high.bytes:
                return self._between(low, high, size)
        return self.beyond

    def _between(self, low: MemoryLevel, high: MemoryLevel, size: float) -> MemoryLevel:
        if self.interpolation == "linear":
            t = (size - low.bytes) / (high.bytes - low.bytes)
            return MemoryLevel(size, (1 - t) * low.read + t * high.read, (1 - t) * low.write + t * high.write)
        t = math.log(size / low.bytes) / math.log(high.bytes / low.bytes)
        return MemoryLevel(size, low.read ** (1 - t) * high.read**t, low.write ** (1 - t) * high.write**t)


def _check(what: str, value: float, unit: str, *, above: bool = False) -> None:
    if not (math.isfinite(value) and (value > 0 if above else value >= 0)):
        raise ParameterError(f"{what} must be {'>' if above else '>='} 0 {unit}, got {value:g}. Correct the table.")


def _scaled(level: MemoryLevel, factor: float) -> MemoryLevel:
    return MemoryLevel(level.bytes, level.read * factor, level.write * factor)
