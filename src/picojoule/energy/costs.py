"""Prices of operations and of memory, read from one TOML file per source.

The price of one access to an SRAM between two published sizes is interpolated on a double logarithmic scale,

    E(size) = E_0^(1 - t) E_1^t,      t = log(size / size_0) / log(size_1 / size_0),

below the smallest size it is the smallest one's, and what does not fit into the largest SRAM lies in the memory that
the table calls `beyond` (DRAM). A word that is narrower than the access costs its share of it.
"""

import math
import tomllib
from dataclasses import dataclass, replace
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any

from picojoule.core.counts import Operations
from picojoule.core.errors import ParameterError, UnknownNameError

_ARITHMETIC = ("add", "multiply", "divide", "function")
_TABLES = resources.files("picojoule.energy") / "tables"


@dataclass(frozen=True)
class MemoryLevel:
    """Price of one access to a memory."""

    bytes: float  # what it holds; infinite for the last level
    read: float  # pJ per access
    write: float  # pJ per access


@dataclass(frozen=True)
class CostTable:
    """Prices in pJ, all from one source.

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

    def __post_init__(self) -> None:
        for field in _ARITHMETIC:
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

    @property
    def mac(self) -> float:
        """Price of one multiplication and one addition, in pJ."""
        return self.multiply + self.add

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

    def scaled(self, factor: float) -> "CostTable":
        """The same table with every price multiplied, for example for another technology.

        Args:
            factor: at least 0.

        Example:
            >>> round(cost_table("horowitz-45nm-fp32").scaled(2.0).mac, 9)
            9.2
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

    def _access(self, size: float) -> MemoryLevel:
        if size <= self.sram[0].bytes:
            return self.sram[0]
        for low, high in pairwise(self.sram):
            if size <= high.bytes:
                t = math.log(size / low.bytes) / math.log(high.bytes / low.bytes)
                return MemoryLevel(size, low.read ** (1 - t) * high.read**t, low.write ** (1 - t) * high.write**t)
        return self.beyond


def cost_table_names() -> tuple[str, ...]:
    """Names of the tables that come with the library.

    Example:
        >>> cost_table_names()
        ('horowitz-45nm-fp32', 'horowitz-45nm-int32', 'horowitz-45nm-int8')
    """
    files = (entry.name for entry in _TABLES.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml")))


def cost_table(name: str | Path) -> CostTable:
    """Read a cost table.

    Args:
        name: one of `cost_table_names()`, or the path of your own TOML file (it ends in `.toml`).

    Returns:
        The table, checked.

    Raises:
        UnknownNameError: if the library has no table of this name.
        ParameterError: if the file cannot be read, an entry is missing or not a number >= 0, or the unit is not pJ.

    Example:
        >>> round(cost_table("horowitz-45nm-fp32").mac, 9)
        4.6
    """
    if isinstance(name, Path) or name.endswith(".toml"):
        path = Path(name)
        try:
            return _parse(path.read_text(encoding="utf-8"), str(path))
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
            raise ParameterError(f"cannot read the cost table {path}: {reason}. Give a TOML file.") from error
    if name not in cost_table_names():
        raise UnknownNameError("cost table", name, cost_table_names())
    return _parse((_TABLES / f"{name}.toml").read_text(encoding="utf-8"), name)


def _parse(text: str, where: str) -> CostTable:
    try:
        entries = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ParameterError(f"cost table {where}: not valid TOML, {error}. Correct the file.") from error
    if _entry(entries, "unit", str, where) != "pJ":
        raise ParameterError(f"cost table {where}: unit must be 'pJ', got {entries['unit']!r}. Convert the prices.")
    arithmetic = _entry(entries, "arithmetic", dict, where)
    memory = _entry(entries, "memory", dict, where)
    levels = _entry(memory, "sram", list, f"{where}, [memory]")
    beyond = _entry(memory, "beyond", dict, f"{where}, [memory]")
    return CostTable(
        name=_entry(entries, "name", str, where),
        citation=_entry(entries, "citation", str, where),
        **{key: _number(arithmetic, key, f"{where}, [arithmetic]") for key in _ARITHMETIC},
        **{key: _number(memory, key, f"{where}, [memory]") for key in ("word_bytes", "access_bytes")},
        sram=tuple(_level(level, f"{where}, [[memory.sram]] {i}") for i, level in enumerate(levels, 1)),
        beyond=_level({"bytes": math.inf, **beyond}, f"{where}, [memory.beyond]"),
        assumptions=tuple(map(str, entries.get("assumptions", ()))),
    )


def _level(entries: dict[str, Any], where: str) -> MemoryLevel:
    return MemoryLevel(*(_number(entries, key, where) for key in ("bytes", "read", "write")))


def _number(entries: dict[str, Any], key: str, where: str) -> float:
    value = _entry(entries, key, object, where)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ParameterError(f"cost table {where}: {key!r} must be a number, got {value!r}. Correct the file.")
    return float(value)


def _entry(entries: dict[str, Any], key: str, kind: type, where: str) -> Any:  # noqa: ANN401
    if key not in entries:
        raise ParameterError(f"cost table {where}: {key!r} is missing. Add it to the file.")
    if not isinstance(entries[key], kind):
        words = "text" if kind is str else "a table" if kind is dict else "an array of tables"
        raise ParameterError(f"cost table {where}: {key!r} must be {words}, got {entries[key]!r}. Correct the file.")
    return entries[key]


def _check(what: str, value: float, unit: str, *, above: bool = False) -> None:
    if not (math.isfinite(value) and (value > 0 if above else value >= 0)):
        raise ParameterError(f"{what} must be {'>' if above else '>='} 0 {unit}, got {value:g}. Correct the table.")


def _scaled(level: MemoryLevel, factor: float) -> MemoryLevel:
    return MemoryLevel(level.bytes, level.read * factor, level.write * factor)
