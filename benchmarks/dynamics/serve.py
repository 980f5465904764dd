"""What every worker does: read the inputs, warm up, then repeat a measurement for every line that arrives.

Workers run in environments of their own, so this file needs nothing but NumPy.
"""

import argparse
import ctypes
import gc
import importlib.metadata
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]
Record = dict[str, Any]
PATIENCE = 60.0  # seconds after which two calls are warm enough: some compile in both


@dataclass(frozen=True)
class Task:
    """What to compute, with which arrays."""

    name: str
    numbers: dict[str, float]
    arrays: Arrays
    variant: str

    def __getitem__(self, name: str) -> float:
        return self.numbers[name]


@dataclass(frozen=True)
class Work:
    """What a library made of a task.

    What a measure returns is dropped after the clock has stopped, so that nobody pays for giving memory back.
    """

    neuron: str  # what the table says about the model
    measures: dict[str, Callable[[], object]]
    watch: Callable[[], Record] = dict  # firing rates and gradient norm: is the network alive?
    between: Callable[[], None] = lambda: None  # called before each repetition, while the clock stands still


def memory(name: str) -> float:
    """`VmRSS` or `VmHWM` of this process, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(float(line.split()[1]) / 1024 for line in lines if line.startswith(name))


def give_back() -> None:
    """Hand freed memory to the system, so that it is not taken for memory in use."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)


def peak(work: Work, name: str) -> float:
    """The highest memory in MB during one repetition that is not timed."""
    work.between()
    give_back()
    Path("/proc/self/clear_refs").write_text("5")  # `VmHWM` starts again from what is held now
    result = work.measures[name]()
    highest = memory("VmHWM")
    del result
    return highest


def repeat(work: Work, name: str) -> Record:
    """One repetition."""
    work.between()
    begin, cpu_begin = time.perf_counter(), time.process_time()
    result = work.measures[name]()
    seconds, cpu_seconds = time.perf_counter() - begin, time.process_time() - cpu_begin
    del result
    return {"seconds": seconds, "cpu_seconds": cpu_seconds}


def read(folder: Path, variant: str) -> Task:
    """The task and its arrays."""
    numbers = json.loads((folder / "task.json").read_text())
    arrays = {path.stem: np.load(path) for path in folder.glob("*.npy")}
    return Task(numbers.pop("name"), numbers, arrays, variant)


def serve(build: Callable[[Task], Work], packages: tuple[str, ...]) -> None:
    """Build the work, say when it is warm, and measure once for every line of the input that names a measure.

    Args:
        build: makes a task into work.
        packages: names of the distributions whose versions belong into the result.
    """
    imported = memory("VmRSS")
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--variant", default="")
    parser.add_argument("--warm-up", type=int, default=3)
    options = parser.parse_args()
    output, sys.stdout = sys.stdout, sys.stderr  # libraries that print do not disturb the driver
    begin = time.perf_counter()
    work = build(read(options.folder, options.variant))
    for measure in work.measures.values():
        for turn in range(options.warm_up):
            measure()
            if turn and time.perf_counter() - begin > PATIENCE:
                break
    warm = time.perf_counter() - begin
    ready = {
        "neuron": work.neuron,
        "measures": list(work.measures),
        "versions": {name: importlib.metadata.version(name) for name in packages},
        "imported_mb": imported,
        "warm_up_seconds": warm,
        "peak_mb": {name: peak(work, name) for name in work.measures},
    }
    work.between()
    give_back()
    ready |= {"idle_mb": memory("VmRSS")} | work.watch()
    print(json.dumps(ready), file=output, flush=True)
    for line in sys.stdin:
        print(json.dumps(repeat(work, line.strip())), file=output, flush=True)
