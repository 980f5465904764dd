"""Cost tables, read from one TOML file per source.

A file has either prices of arithmetic and of memory by size (`[arithmetic]` and `[memory]`), or prices of a device
(`[device]`); which of them it has decides what it becomes.
"""

import math
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any, get_args

from picojoule.core.arguments import public
from picojoule.core.counts import Operations
from picojoule.core.errors import ParameterError, UnknownNameError
from picojoule.energy.arithmetic import ARITHMETIC, Addressing, ArithmeticTable, Interpolation, MemoryLevel
from picojoule.energy.device import DeviceTable, Runs
from picojoule.energy.table import CostTable
from picojoule.energy.table_file import Section

__all__ = ["DEFAULT_TABLES", "CostTable", "arithmetic_table", "cost_table", "cost_table_names"]

DEFAULT_TABLES = ("horowitz-45nm-fp32", "horowitz-45nm-int32", "horowitz-45nm-int8")  # those of a recipe's report
_TABLES = resources.files("picojoule.energy") / "tables"


def cost_table_names() -> tuple[str, ...]:
    """Names of the tables that come with the library.

    Example:
        >>> [name for name in cost_table_names() if name.startswith("horowitz")]
        ['horowitz-45nm-fp16', 'horowitz-45nm-fp32', 'horowitz-45nm-int32', 'horowitz-45nm-int8']
    """
    files = (entry.name for entry in _TABLES.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml")))


@public
def cost_table(name: str | Path) -> CostTable:
    """Read a cost table.

    Args:
        name: one of `cost_table_names()`, or the path of your own TOML file (it ends in `.toml`).

    Returns:
        The table, checked: an `ArithmeticTable` or a `DeviceTable`, as the file says.

    Raises:
        UnknownNameError: if the library has no table of this name.
        ParameterError: if the file cannot be read, an entry is missing, unknown or not a number >= 0, or the unit is
            not pJ.

    Example:
        >>> cost_table("loihi").citation.split(":")[0]
        'M. Davies et al., Loihi'
    """
    if isinstance(name, Path) or name.endswith(".toml"):
        path = Path(name)
        try:
            return _parse(path.read_text(encoding="utf-8"), str(path))
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
            raise ParameterError(f"cannot read the cost table {path}: {reason}. Give a TOML file.") from error
    if name not in cost_table_names():
        raise UnknownNameError("cost table", name, cost_table_names(), "or give the path of a .toml file")
    return _parse((_TABLES / f"{name}.toml").read_text(encoding="utf-8"), name)


@public
def arithmetic_table(name: str | Path) -> ArithmeticTable:
    """Read a cost table that has prices of single operations.

    Args:
        name: see `cost_table`.

    Returns:
        The table, checked.

    Raises:
        ParameterError: also if the table is that of a device.

    Example:
        >>> round(arithmetic_table("horowitz-45nm-fp32").mac, 9)
        4.6
    """
    table = cost_table(name)
    if not isinstance(table, ArithmeticTable):
        raise ParameterError(
            f"cost table {table.name!r} has prices of whole synaptic operations, none of single additions. "
            f"Take another one, such as {DEFAULT_TABLES[0]!r}."
        )
    return table


def _parse(text: str, where: str) -> CostTable:
    try:
        file = Section(tomllib.loads(text), where)
    except tomllib.TOMLDecodeError as error:
        raise ParameterError(f"cost table {where}: not valid TOML, {error}. Correct the file.") from error
    if (unit := file.take("unit", str)) != "pJ":
        raise ParameterError(f"cost table {where}: unit must be 'pJ', got {unit!r}. Convert the prices.")
    table = _device(file) if "device" in file else _arithmetic(file)
    file.close()
    return table


def _arithmetic(file: Section) -> ArithmeticTable:
    arithmetic = file.section("arithmetic", "[arithmetic]")
    memory = file.section("memory", "[memory]")
    sections = memory.sections("sram", "[[memory.sram]]")
    beyond = memory.section("beyond", "[memory.beyond]")
    addressing = file.section("addressing", "[addressing]", {})
    table = ArithmeticTable(
        name=file.text("name"),
        citation=file.text("citation"),
        **{key: arithmetic.number(key, "pJ") for key in ARITHMETIC},
        **{key: memory.number(key, "bytes", above=True) for key in ("word_bytes", "access_bytes")},
        sram=tuple(_level(level, level.number("bytes", "bytes", above=True)) for level in sections),
        beyond=_level(beyond, math.inf),
        assumptions=file.sentences("assumptions"),
        interpolation=_one_of(memory, "interpolation", get_args(Interpolation), "logarithmic"),
        partial_sums=memory.take("partial_sums", bool, False),
        addressing=Addressing(*(_operations(addressing, each) for each in ("accumulate", "mac"))),
    )
    for section in (arithmetic, memory, *sections, beyond, addressing):
        section.close()
    return table


def _device(file: Section) -> DeviceTable:
    device = file.section("device", "[device]")
    table = DeviceTable(
        name=file.text("name"),
        citation=file.text("citation"),
        **{key: device.number(key, "pJ") for key in ("synaptic_operation", "neuron_update")},
        runs=_one_of(device, "runs", get_args(Runs)),
        skips_zeros=device.take("skips_zeros", bool),
        memory_included=device.take("memory_included", bool),
        assumptions=file.sentences("assumptions"),
    )
    device.close()
    return table


def _level(section: Section, size: float) -> MemoryLevel:
    return MemoryLevel(size, section.number("read", "pJ"), section.number("write", "pJ"))


def _operations(section: Section, each: str) -> Operations:
    return Operations(section.count(f"additions_per_{each}"), section.count(f"multiplications_per_{each}"))


def _one_of(section: Section, key: str, known: tuple[str, ...], default: str | None = None) -> Any:  # noqa: ANN401
    value = section.take(key, str, default)
    if value not in known:
        raise ParameterError(
            f"cost table {section.where}: {key} must be one of {', '.join(known)}, got {value!r}. Correct the file."
        )
    return value
