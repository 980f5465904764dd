"""Joules that a machine's own counters measured around a block: CPU packages, memory and NVIDIA GPUs.

This is no estimate, and never stands in for one: where there is no counter there is no number, but a sentence that says
why. The counters see the whole machine, so that other programs and idle power are inside the figures.

Source: J.-W. Chung et al., the library zeus (https://ml.energy/zeus), which reads RAPL and NVML.
"""

import importlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from types import MappingProxyType
from typing import Any

from picojoule.core.arguments import public

_NOTHING: Mapping[str, float] = MappingProxyType({})
_RAPL = Path("/sys/class/powercap/intel-rapl")
_WINDOW = "picojoule"


class Counter(ABC):
    """Something that counts joules between two calls."""

    @abstractmethod
    def start(self) -> None:
        """Begin to count."""

    @abstractmethod
    def stop(self) -> Mapping[str, float]:
        """Joules since `start`, by the counter's name."""


@dataclass
class Joules:
    """What was measured; complete once the block has ended.

    Args:
        available: whether any counter measured anything.
        reason: why not, in one sentence; empty if it did.
        by_counter: joules by the counter's name, such as `CPU package 0` or `GPU 0`.
        seconds: that the block took; `None` before its end.
        silent: counters that did not move, which is no measurement of zero.
    """

    available: bool = False
    reason: str = "The block has not ended."
    by_counter: Mapping[str, float] = field(default_factory=lambda: _NOTHING)
    seconds: float | None = None
    silent: tuple[str, ...] = ()

    def __str__(self) -> str:
        if not self.available:
            return f"Not measured: {self.reason}"
        parts = ", ".join(f"{name} {joules:.3g} J" for name, joules in self.by_counter.items())
        return f"Measured in {self.seconds:.3g} s: {parts}"


@public
@contextmanager
def measure(counter: Counter | None = None) -> Iterator[Joules]:
    """Measure the energy of the block inside.

    The first use may start a process that watches for counters that wrap around, and that process imports the program's
    main module again: a program needs its `if __name__ == "__main__":`.

    Args:
        counter: what counts; `None` takes this machine's own counters, through the optional library zeus.

    Yields:
        What was measured. A missing library, a machine without counters, and a counter that fails are no errors: then
        `available` is false and `reason` says why.

    Example:
        >>> class Meter(Counter):
        ...     def start(self): pass
        ...     def stop(self): return {"CPU package 0": 12.5}
        >>> with measure(Meter()) as joules:
        ...     total = sum(range(1000))
        >>> joules.available, joules.by_counter["CPU package 0"]
        (True, 12.5)
    """
    joules = Joules()
    found = machine_counter() if counter is None else counter
    failed = found if isinstance(found, str) else _failure(found.start)
    begin = perf_counter()
    try:
        yield joules
    finally:
        joules.seconds = perf_counter() - begin
        joules.reason = failed
        if not failed and not isinstance(found, str):
            _read(found, joules)


def machine_counter() -> Counter | str:
    """The counters of this machine, or a sentence that says why there are none.

    Example:
        >>> isinstance(machine_counter(), Counter | str)
        True
    """
    try:
        monitor = importlib.import_module("zeus.monitor").ZeusMonitor()
    except ImportError:
        return "The library zeus is not installed; `pip install 'picojoule[joules]'` brings it."
    except Exception as error:  # whatever a driver does, a missing counter is no error of the program
        return f"The counters could not be opened: {_text(error)}."
    if not monitor.cpu_indices and not monitor.gpu_indices:
        processor = f"{_RAPL} may not be read without further rights" if _RAPL.exists() else f"there is no {_RAPL}"
        return f"This machine shows no counter: {processor}, and no NVIDIA GPU was found."
    return _Zeus(monitor)


class _Zeus(Counter):
    def __init__(self, monitor: Any) -> None:  # noqa: ANN401
        self._monitor = monitor
        self._wait = bool(monitor.gpu_indices) and _cuda()
        self.start()  # once for nothing: the first reading starts what watches the counters
        self.stop()

    def start(self) -> None:
        self._monitor.begin_window(_WINDOW, sync_execution=self._wait, restart=True)

    def stop(self) -> Mapping[str, float]:
        window = self._monitor.end_window(_WINDOW, sync_execution=self._wait)
        kinds = {"CPU package": window.cpu_energy, "memory of package": window.dram_energy, "GPU": window.gpu_energy}
        return {f"{kind} {index}": joules for kind, found in kinds.items() for index, joules in (found or {}).items()}


def _cuda() -> bool:
    import torch

    return torch.cuda.is_available()


def _read(counter: Counter, joules: Joules) -> None:
    try:
        found = dict(counter.stop())
    except Exception as error:
        joules.reason = f"A counter failed: {_text(error)}."
        return
    joules.by_counter = {name: value for name, value in found.items() if value > 0}
    joules.silent = tuple(name for name in found if name not in joules.by_counter)
    joules.available = bool(joules.by_counter)
    if not joules.available:
        joules.reason = "No counter moved: the block was shorter than the counters' steps. Measure more work at once."


def _failure(start: Any) -> str:  # noqa: ANN401
    try:
        start()
    except Exception as error:
        return f"A counter failed: {_text(error)}."
    return ""


def _text(error: Exception) -> str:
    return (" ".join(str(error).split()) or type(error).__name__).rstrip(".")
