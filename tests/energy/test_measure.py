"""Measured joules: what counters say, and what is said where there are none. No test needs a counter."""

import sys
from collections.abc import Iterable, Mapping
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from picojoule.energy.measure import Counter, Joules, machine_counter, measure

module = sys.modules[measure.__module__]  # the room's name is that of the function


class Meter(Counter):
    """Counts what it is told to, and remembers the order of calls."""

    def __init__(self, found: Mapping[str, float], *, fails: str = "") -> None:
        self.found, self.fails, self.calls = found, fails, list[str]()

    def start(self) -> None:
        self._called("start")

    def stop(self) -> Mapping[str, float]:
        self._called("stop")
        return self.found

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if self.fails == name:
            raise OSError("the counter\nis gone.")


def test_counters_are_read_around_the_block() -> None:
    meter = Meter({"CPU package 0": 2.0, "GPU 0": 30.0})
    with measure(meter) as joules:
        meter.calls.append("block")
        assert (joules.available, joules.seconds) == (False, None)
        assert joules.reason == "The block has not ended."
    assert meter.calls == ["start", "block", "stop"]
    assert (joules.available, joules.reason) == (True, "")
    assert joules.by_counter == {"CPU package 0": 2.0, "GPU 0": 30.0}
    assert joules.seconds is not None
    assert joules.seconds >= 0
    assert str(joules).endswith("CPU package 0 2 J, GPU 0 30 J")


def test_a_counter_that_did_not_move_measured_nothing() -> None:
    with measure(Meter({"CPU package 0": 2.0, "GPU 0": 0.0})) as joules:
        pass
    assert joules.by_counter == {"CPU package 0": 2.0}
    assert joules.silent == ("GPU 0",)
    with measure(Meter({"GPU 0": 0.0})) as joules:
        pass
    assert not joules.available
    assert joules.by_counter == {}
    assert "shorter than the counters' steps. Measure more work" in joules.reason


@pytest.mark.parametrize("fails", ["start", "stop"])
def test_a_counter_that_fails_is_a_sentence(fails: str) -> None:
    with measure(Meter({"GPU 0": 1.0}, fails=fails)) as joules:
        done = True
    assert done
    assert (joules.available, joules.by_counter) == (False, {})
    assert str(joules) == "Not measured: A counter failed: the counter is gone."


def test_errors_of_the_block_are_those_of_the_block() -> None:
    meter = Meter({"GPU 0": 1.0})
    with pytest.raises(KeyError, match="mine"), measure(meter) as joules:
        raise KeyError("mine")
    assert meter.calls == ["start", "stop"]
    assert joules.by_counter == {"GPU 0": 1.0}


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zeus", None)
    monkeypatch.setitem(sys.modules, "zeus.monitor", None)
    with measure() as joules:
        pass
    assert not joules.available
    assert joules.reason == "The library zeus is not installed; `pip install 'picojoule[joules]'` brings it."
    assert joules.seconds is not None


class Monitor:
    """What the library's monitor looks like from here."""

    def __init__(self, cpus: Iterable[int] = (), gpus: Iterable[int] = ()) -> None:
        self.cpu_indices, self.gpu_indices, self.windows = list(cpus), list(gpus), list[str]()

    def begin_window(self, name: str, *, sync_execution: bool, restart: bool) -> None:
        assert restart
        assert not sync_execution  # nothing to wait for without CUDA
        self.windows.append(name)

    def end_window(self, name: str, *, sync_execution: bool) -> Any:
        assert self.windows[-1] == name
        assert not sync_execution
        cpu = {index: 3.0 for index in self.cpu_indices} or None
        return SimpleNamespace(cpu_energy=cpu, dram_energy=None, gpu_energy={index: 5.0 for index in self.gpu_indices})


def library(monkeypatch: pytest.MonkeyPatch, monitor: object) -> None:
    fake = ModuleType("zeus.monitor")
    fake.ZeusMonitor = lambda: monitor  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "zeus", ModuleType("zeus"))
    monkeypatch.setitem(sys.modules, "zeus.monitor", fake)


def test_the_library_is_asked_for_all_counters(monkeypatch: pytest.MonkeyPatch) -> None:
    monitor = Monitor(cpus=[0, 1], gpus=[2])
    library(monkeypatch, monitor)
    monkeypatch.setattr(module, "_cuda", lambda: False)
    with measure() as joules:
        assert len(monitor.windows) == 2  # the first was for nothing
    assert joules.by_counter == {"CPU package 0": 3.0, "CPU package 1": 3.0, "GPU 2": 5.0}


@pytest.mark.parametrize(("there", "word"), [(True, "may not be read without further rights"), (False, "there is no")])
def test_a_machine_without_counters(monkeypatch: pytest.MonkeyPatch, there: bool, word: str) -> None:
    library(monkeypatch, Monitor())
    monkeypatch.setattr(module, "_RAPL", SimpleNamespace(exists=lambda: there))
    reason = machine_counter()
    assert isinstance(reason, str)
    assert reason.startswith("This machine shows no counter: ")
    assert word in reason
    assert reason.endswith("and no NVIDIA GPU was found.")


def test_a_library_that_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    library(monkeypatch, None)

    def broken() -> Monitor:
        raise RuntimeError("driver and library differ")

    sys.modules["zeus.monitor"].ZeusMonitor = broken  # type: ignore[attr-defined]
    assert machine_counter() == "The counters could not be opened: driver and library differ."


def test_nothing_is_measured_before_the_end() -> None:
    assert str(Joules()) == "Not measured: The block has not ended."
