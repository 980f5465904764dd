"""How fast are fused time loops with gradients: picojoule and other libraries, side by side.

    python benchmarks/dynamics.py --peers FOLDER --threads 1 2 --out dynamics.json

Every library runs in a process and an environment of its own (`peers.md` says how to make them), on the same inputs and
weights, with the same number of threads. The processes wait for each other and repeat in turn, so that a busy minute of
the machine hits all of them. `README.md` beside this file says what is measured.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from picojoule.core.files import write_atomically

FOLDER = Path(__file__).resolve().with_suffix("")
sys.path.insert(0, str(FOLDER))  # the table is made by a file beside the workers

from table import as_markdown, summarise  # noqa: E402

TASKS = ("rec250", "rec784", "lif", "fc", "conv", "cold")
TRAINED = ("rec250", "rec784", "fc", "conv")
Record = dict[str, Any]


@dataclass(frozen=True)
class Library:
    """A row of the table: what runs it, and in which environment."""

    name: str
    worker: str
    environment: str | None = None  # a folder of --peers; None: this Python
    variant: str = ""
    tasks: tuple[str, ...] = (*TRAINED, "lif")
    compiles: bool = False  # and keeps what it compiled: a process before the measured one does that

    def python(self, peers: Path | None) -> Path | None:
        """The interpreter, or None where there is no such environment."""
        if self.environment is None:
            return Path(sys.executable)
        found = None if peers is None else peers / self.environment / "bin" / "python"
        return found if found is not None and found.exists() else None


LIBRARIES = (
    Library("picojoule", "picojoule", compiles=True),
    Library("picojoule, new memory", "picojoule", variant="fresh", tasks=("lif",)),
    Library("floor", "floors", tasks=("rec250", "rec784", "fc", "lif")),
    Library("plain loop", "torch", "torch"),
    Library("torch.compile", "torch", "torch", "compile", compiles=True),
    Library("snnTorch", "snntorch", "snntorch"),
    Library("SpikingJelly", "spikingjelly", "spikingjelly"),
    Library("Norse", "norse", "norse"),
    Library("sinabs", "sinabs", "sinabs"),
    Library("Spyx", "spyx", "spyx"),
)


class Worker:
    """A process that has warmed up and waits for the word to go on."""

    def __init__(self, library: Library, python: Path, threads: int, folder: Path) -> None:
        self.library = library
        command = [str(python), "-W", "ignore", str(FOLDER / f"{library.worker}_worker.py")]
        command += ["--folder", str(folder), "--variant", library.variant]
        environment = environment_of(threads)
        if library.environment is not None:
            environment.pop("PYTHONPATH", None)
        cores = sorted(os.sched_getaffinity(0))[:threads]  # not every library lets its threads be counted
        self.process = subprocess.Popen(
            ["taskset", "--cpu-list", ",".join(map(str, cores)), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self.ready = self.read()
        self.spent = 0.0

    def read(self) -> Record:
        """The worker's next line; without one, it has failed."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise ChildProcessError(f"stopped with status {self.process.wait()}")
        record: Record = json.loads(line)
        return record

    def repeat(self, measure: str) -> Record:
        """One repetition of one measure."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{measure}\n")
        self.process.stdin.flush()
        record = self.read() | {"measure": measure, "load": os.getloadavg()[0]}
        self.spent += record["seconds"]
        return record

    def stop(self) -> None:
        """Close the worker's input and wait for its end."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def environment_of(threads: int) -> dict[str, str]:
    """The same number of threads for everybody, and none of them spins while it waits."""
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
    return os.environ | {"OMP_WAIT_POLICY": "passive"} | dict.fromkeys(names, str(threads))


def say(text: str) -> None:
    """Progress, beside the results."""
    print(text, file=sys.stderr, flush=True)


def able(options: argparse.Namespace, task: str) -> list[tuple[Library, Path]]:
    """The libraries of a task with their interpreters; those that have none are named and left out."""
    found = []
    for library in LIBRARIES:
        if task not in library.tasks or (options.libraries and library.name not in options.libraries):
            continue
        python = library.python(options.peers)
        if python is None:
            say(f"{library.name}: no environment {library.environment!r} in --peers; left out")
        else:
            found.append((library, python))
    return found


def start(library: Library, python: Path, task: str, threads: int, folder: Path) -> Worker | None:
    """A worker, warm, or nothing if it failed."""
    say(f"{task}, {threads} threads: warming up {library.name}")
    try:
        return Worker(library, python, threads, folder)
    except ChildProcessError as error:
        say(f"{library.name} {error}; left out")
        return None


def repeat(worker: Worker, task: str, threads: int) -> list[Record]:
    """One repetition of all measures of a worker."""
    about = {"task": task, "threads": threads, "library": worker.library.name}
    return [about | worker.ready | worker.repeat(name) for name in worker.ready["measures"]]


def measure(options: argparse.Namespace, task: str, threads: int, folder: Path) -> list[Record]:
    """All repetitions of all libraries at one task, taking turns."""
    libraries = able(options, task)
    for library, python in libraries:
        if library.compiles and (worker := start(library, python, task, threads, folder)):
            worker.stop()
    inputs = task, threads, folder
    return (
        measure_in_turn(options, libraries, *inputs)
        if task == "lif"
        else measure_side_by_side(options, libraries, *inputs)
    )


def measure_side_by_side(
    options: argparse.Namespace, libraries: list[tuple[Library, Path]], task: str, threads: int, folder: Path
) -> list[Record]:
    """All workers stay and wait for each other."""
    started = [start(library, python, task, threads, folder) for library, python in libraries]
    workers = [worker for worker in started if worker is not None]
    records: list[Record] = []
    try:
        for turn in range(options.repetitions):
            for worker in workers:
                if turn < options.least or worker.spent <= options.budget:
                    records += repeat(worker, task, threads)
    finally:
        for worker in workers:
            worker.stop()
    return records


def measure_in_turn(
    options: argparse.Namespace, libraries: list[tuple[Library, Path]], task: str, threads: int, folder: Path
) -> list[Record]:
    """Workers that would not fit into the memory together come and go, with three repetitions each time."""
    records: list[Record] = []
    for begin in range(0, options.repetitions, 3):
        for library, python in libraries:
            if (worker := start(library, python, task, threads, folder)) is None:
                continue
            try:
                for _ in range(min(3, options.repetitions - begin)):
                    records += repeat(worker, task, threads)
            finally:
                worker.stop()
    return records


def write_inputs(task: str, folder: Path, *, small: bool) -> Record:
    """Files of a task, and its sizes."""
    command = [sys.executable, str(FOLDER / "inputs.py"), "--task", task, "--folder", str(folder)]
    subprocess.run([*command, *(["--small"] if small else [])], check=True)
    sizes: Record = json.loads((folder / "task.json").read_text())
    return sizes


def measure_cold(repetitions: int) -> list[Record]:
    """Seconds until a new neuron's kernels are ready, in fresh processes: with an empty folder, and with a full one."""
    records = []
    for _ in range(repetitions):
        with tempfile.TemporaryDirectory() as folder:
            for kernels in ("compiled", "from the disk"):
                environment = environment_of(1) | {"PICOJOULE_KERNELS": folder}
                done = subprocess.run(
                    [sys.executable, str(FOLDER / "cold_worker.py")],
                    check=True,
                    stdout=subprocess.PIPE,
                    env=environment,
                )
                for loop, times in json.loads(done.stdout).items():
                    records.append({"kernels": kernels, "loop": loop, "load": os.getloadavg()[0]} | times)
    return records


def describe_machine() -> Record:
    """Who was measured, and how busy it was before."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": names[0] if names else platform.processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "load_before": os.getloadavg()[0],
    }


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=TASKS)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--repetitions", type=int, default=9)
    parser.add_argument(
        "--peers", type=Path, default=os.environ.get("PICOJOULE_PEERS"), help="a folder of environments"
    )
    parser.add_argument("--libraries", nargs="+", choices=[library.name for library in LIBRARIES], help="default: all")
    parser.add_argument("--budget", type=float, default=60.0, help="seconds after which a library repeats no more ...")
    parser.add_argument("--least", type=int, default=3, help="... if it has repeated as often as this")
    parser.add_argument("--small", action="store_true", help="tiny sizes: do all workers run?")
    parser.add_argument("--out", type=Path, default=Path("dynamics.json"), help="a .md file is written beside it")
    options = parser.parse_args()
    options.peers = None if options.peers is None else Path(options.peers).resolve()
    return options


def main() -> None:
    """Measure, summarise, write."""
    options = parse_arguments()
    machine, records, cold = describe_machine(), [], []
    sizes: dict[str, Record] = {}
    for task in options.tasks:
        if task == "cold":
            cold = measure_cold(3)
            continue
        with tempfile.TemporaryDirectory() as folder:
            sizes[task] = write_inputs(task, Path(folder), small=options.small)
            for threads in options.threads:
                records += measure(options, task, threads, Path(folder))
    machine["load_after"] = os.getloadavg()[0]
    result = {"machine": machine, "sizes": sizes, "summary": summarise(records, sizes), "cold": cold}
    table = as_markdown(result)
    write_atomically(options.out, json.dumps(result | {"records": records}, indent=1).encode())
    write_atomically(options.out.with_suffix(".md"), table.encode())
    print(table)


if __name__ == "__main__":
    main()
