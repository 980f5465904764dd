"""Prices against the published figures, laws of interpolation, and what a broken file is told."""

import tomllib
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picojoule.core.counts import Operations
from picojoule.core.errors import ParameterError, UnknownNameError
from picojoule.energy.arithmetic import ArithmeticTable
from picojoule.energy.costs import DEFAULT_TABLES, arithmetic_table, cost_table, cost_table_names
from tests.energy.broken_table import check_refused

NAMES = ("horowitz-45nm-fp32", "horowitz-45nm-int32", "horowitz-45nm-int8", "horowitz-45nm-fp16")
DEVICES = ("arm-cortex-a", "cpu-i7-4960x", "gpu-gtx-titan-black", "loihi", "spinnaker", "spinnaker2", "truenorth")
GOOD = (resources.files("picojoule.energy") / "tables" / "horowitz-45nm-fp32.toml").read_text(encoding="utf-8")


def test_the_library_brings_these_tables() -> None:
    assert cost_table_names() == tuple(sorted((*NAMES, "lemaire-2022", *DEVICES)))
    assert NAMES[:3] == DEFAULT_TABLES


@pytest.mark.parametrize("name", cost_table_names())
def test_every_file_bears_the_name_of_its_table(name: str) -> None:
    table = cost_table(name)
    assert table.name == name
    assert any(year in table.citation for year in ("2014", "2015", "2018", "2019", "2022"))
    assert table.assumptions


# Horowitz 2014, figure 1.1.9
@pytest.mark.parametrize(
    ("name", "add", "multiply", "mac"),
    [(NAMES[0], 0.9, 3.7, 4.6), (NAMES[1], 0.1, 3.1, 3.2), (NAMES[2], 0.03, 0.2, 0.23), (NAMES[3], 0.4, 1.1, 1.5)],
)
def test_arithmetic_costs_what_was_published(name: str, add: float, multiply: float, mac: float) -> None:
    table = arithmetic_table(name)
    assert (table.add, table.multiply) == (add, multiply)
    assert table.mac == pytest.approx(mac, rel=1e-12)
    assert table.divide == table.function == pytest.approx(7.1 * multiply, rel=1e-12)  # PMC8934428, table 3
    assert table.name == name
    assert "Horowitz" in table.citation


@pytest.mark.parametrize(("kilobytes", "access"), [(1, 10.0), (8, 10.0), (32, 20.0), (1024, 100.0), (1025, 1300.0)])
def test_memory_costs_what_was_published(kilobytes: int, access: float) -> None:
    words = kilobytes * 1024 // 4
    table = arithmetic_table(NAMES[0])
    assert table.read(words) == pytest.approx(access / 2, rel=1e-12)  # a 32-bit word is half an access
    assert table.write(words) == table.read(words)
    bytes_ = arithmetic_table(NAMES[2])
    assert bytes_.read(kilobytes * 1024) == pytest.approx(access / 8, rel=1e-12)


def test_half_way_between_two_sizes_is_the_geometric_mean() -> None:
    words = 16 * 1024 // 4  # 16 KB lies half way between 8 KB and 32 KB
    assert arithmetic_table(NAMES[1]).read(words) == pytest.approx((10.0 * 20.0) ** 0.5 / 2, rel=1e-12)


@pytest.mark.parametrize("name", NAMES)
@given(words=st.floats(1, 10**7), factor=st.floats(1, 100))
def test_a_larger_memory_never_costs_less(name: str, words: float, factor: float) -> None:
    table = arithmetic_table(name)
    assert table.read(words * factor) >= table.read(words) * (1 - 1e-12)
    assert table.write(words * factor) >= table.write(words) * (1 - 1e-12)


def test_operations_are_priced_by_kind() -> None:
    table = arithmetic_table(NAMES[0])
    price = table.compute(Operations(additions=10, multiplications=100, divisions=1000, functions=10_000))
    assert price == pytest.approx(9.0 + 370.0 + 11_000 * 26.27, rel=1e-12)


@given(factor=st.floats(0, 10), words=st.integers(1, 10**6))
def test_scaling_scales_every_price(factor: float, words: int) -> None:
    table = arithmetic_table(NAMES[0])
    scaled = table.scaled(factor)
    assert scaled.compute(Operations(1, 2, 3, 4)) == pytest.approx(factor * table.compute(Operations(1, 2, 3, 4)))
    assert scaled.read(words) == pytest.approx(factor * table.read(words), rel=1e-9)
    assert scaled.write(words) == pytest.approx(factor * table.write(words), rel=1e-9)


def test_your_own_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace("horowitz-45nm-fp32", "mine").replace("add = 0.9", "add = 2"), encoding="utf-8")
    for given_as in (path, str(path)):
        table = arithmetic_table(given_as)
        assert (table.name, table.add, table.multiply) == ("mine", 2.0, 3.7)


def test_writes_have_prices_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        GOOD.replace("write = 10.0", "write = 40.0").replace("write = 20.0", "write = 90.0"), encoding="utf-8"
    )
    table = arithmetic_table(path)
    assert (table.read(2048), table.write(2048)) == (5.0, 20.0)
    assert table.write(4096) == pytest.approx((40.0 * 90.0) ** 0.5 / 2, rel=1e-12)


def test_an_unknown_table_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="unknown cost table 'horowitz-fp32'; did you mean 'horowitz-45nm-fp32'"):
        arithmetic_table("horowitz-fp32")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("add = 0.9", "", r"\[arithmetic\]: 'add' is missing. Add it"),
        ("add = 0.9", "add = -0.9", r"add must be >= 0 pJ, got -0.9"),
        ("add = 0.9", "add = nan", r"add must be >= 0 pJ, got nan"),
        ("add = 0.9", "add = 'cheap'", r"'add' must be a number, got 'cheap'"),
        ("add = 0.9", "add = true", r"'add' must be a number, got True"),
        ("word_bytes = 4", "word_bytes = 0", r"word_bytes must be > 0 bytes, got 0"),
        ("read = 20.0", "", r"\[\[memory.sram\]\] 2: 'read' is missing"),
        ("read = 20.0", "read = -20.0", r"mine.toml, \[\[memory.sram\]\] 2: read must be >= 0 pJ, got -20"),
        ("bytes = 8192", "bytes = 32768", r"SRAM sizes must be > 0 bytes and increasing, got \[32768.0, 32768.0"),
        ("[memory.beyond]", "[memory.somewhere]", r"\[memory\]: 'beyond' is missing"),
        ('unit = "pJ"', 'unit = "nJ"', r"unit must be 'pJ', got 'nJ'. Convert"),
        ('unit = "pJ"', "unit = 1", r"'unit' must be text, got 1"),
        ("[arithmetic]", "[arithmetic", r"not valid TOML"),
        ("multiply = 3.7", "multiply = 3.7\nmac = 4.6", r"mine.toml, \[arithmetic\]: unknown entry 'mac'"),
        (
            "function = 26.27",
            "function = 1\nfunctions = 2",
            r"unknown entry 'functions'; did you mean 'function'\? Known",
        ),
        ("[memory.beyond]", "[memory.beyond]\nbytes = 9", r"\[memory.beyond\]: unknown entry 'bytes'"),
        ("[memory]", "[memory]\npartial_sum = true", r"unknown entry 'partial_sum'; did you mean 'partial_sums'"),
        ("[memory]", "[memory]\npartial_sums = 1", r"'partial_sums' must be true or false, got 1"),
        ("[memory]", "[memory]\ninterpolation = 'cubic'", r"must be one of logarithmic, linear, got 'cubic'"),
        (
            "[memory]",
            "[addressing]\nadditions_per_mac = 0.5\n[memory]",
            r"must be a whole number of operations, got 0.5",
        ),
        (
            "[memory]",
            "[addressing]\nadditions_per_mac = -1\n[memory]",
            r"additions_per_mac must be >= 0 operations, got -1",
        ),
        (
            "[memory]",
            "[adressing]\nadditions_per_mac = 1\n[memory]",
            r"unknown entry 'adressing'; did you mean 'addressing'",
        ),
        ('unit = "pJ"', 'unit = "pJ"\nasumptions = []', r"unknown entry 'asumptions'; did you mean 'assumptions'"),
        ("assumptions = [", "assumptions = [7,", r"'assumptions' must be a list of texts"),
        ('name = "horowitz-45nm-fp32"', 'name = " "', r"'name' must be text, got ' '"),
    ],
)
def test_a_broken_file_is_told_what_and_where(tmp_path: Path, old: str, new: str, message: str) -> None:
    check_refused(arithmetic_table, tmp_path / "mine.toml", GOOD, (old, new), message)


def test_sizes_must_be_tables(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    levels = GOOD[GOOD.index("[[memory.sram]]") : GOOD.index("[memory.beyond]")]
    path.write_text(GOOD.replace(levels, "sram = [8192, 10.0]\n"), encoding="utf-8")
    with pytest.raises(ParameterError, match=r"\[memory\]: 'sram' must be an array of tables, got \[8192, 10.0\]"):
        cost_table(path)


@pytest.mark.parametrize(("entry", "value"), [("memory", 3), ("arithmetic", "none")])
def test_a_section_must_be_a_section(tmp_path: Path, entry: str, value: object) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f'unit = "pJ"\nname = "a"\ncitation = "b"\n{entry} = {value!r}\n[x]\n', encoding="utf-8")
    with pytest.raises(ParameterError, match=rf"'{entry}' must be a table|'arithmetic' is missing"):
        arithmetic_table(path)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"cannot read the cost table .*none\.toml: No such file"):
        arithmetic_table(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ParameterError, match="not UTF-8 text"):
        arithmetic_table(tmp_path / "bytes.toml")


@pytest.mark.parametrize("name", NAMES)
def test_every_table_says_what_it_assumes(name: str) -> None:
    table = arithmetic_table(name)
    text = " ".join(table.assumptions)
    for word in ("comparison", "division", "DRAM", "write"):
        assert word in text
    assert ("integers" in text) == ("int" in name)


def test_a_table_without_sram_is_refused() -> None:
    entries = tomllib.loads(GOOD)["arithmetic"]
    table = arithmetic_table(NAMES[0])
    with pytest.raises(ParameterError, match="List at least one"):
        ArithmeticTable("t", "c", **entries, word_bytes=4, access_bytes=8, sram=(), beyond=table.beyond)


def test_a_device_has_no_price_of_an_addition() -> None:
    with pytest.raises(
        ParameterError, match="'loihi' has prices of whole synaptic operations, none of single additions"
    ):
        arithmetic_table("loihi")
