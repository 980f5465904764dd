"""Do networks of neurons as they come learn at first try? 784-128-10, beside snnTorch's defaults.

    python benchmarks/first_try.py --peer FOLDER/bin/python --out first-try.jsonl
    python benchmarks/first_try.py --neurons LIF --split validation

Every network is trained for 3 epochs on the first 2,000 training images, in batches of 50, shown as constant currents
in [0, 1] for 25 steps, and tested on the first 1,000 test images; `--split validation` tests on training images 2,001
to 3,000 instead, where defaults are chosen. Results are added to `--out`, a line for each run, and runs that are there
already are not run again; the table goes to the screen.
"""

import argparse
import json
import os
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from statistics import mean
from typing import Any

import torch
from torch import Tensor, nn

import picojoule as pj
from first_try_training import HIDDEN, STEPS, tested, trained

NEURONS = ("IF", "LIF", "DeltaLIF", "CubaLIF", "ALIF", "AdLIF", "SEAdLIF", "BalancedResonateAndFire")
DATA, RATES, BETAS = ("mnist-5k", "fashion-mnist"), (1e-3, 5e-3), (0.95, 0.8)
PEER = tuple(
    {"neuron": f"snnTorch Leaky({beta})", "beta": beta, "readout": readout, "surrogate": surrogate}
    for surrogate, readout, beta in product(("atan", "fast sigmoid"), ("mean", "membrane", "rate"), BETAS)
)
Job = dict[str, Any]


def split(name: str, part: str) -> dict[str, Tensor]:
    """Training and test images of a dataset, in [0, 1]."""
    data = pj.load_data(name)
    test = data.test.subset(slice(1000)) if part == "test" else data.train.subset(slice(2000, 3000))
    train = data.train.subset(slice(2000))
    return {
        "train": train.images.flatten(1).float() / 255.0,
        "train_labels": train.labels,
        "test": test.images.flatten(1).float() / 255.0,
        "test_labels": test.labels,
    }


def own(job: Job, data: dict[str, Tensor], neuron: Any = None, readout: Any = None) -> Job:  # noqa: ANN401
    """Train and test one network of this library; `neuron` and `readout` are the defaults where they are not given."""
    torch.manual_seed(job["seed"])
    hidden = pj.Spiking(neuron or getattr(pj.neurons, job["neuron"])())
    network = pj.Sequential(
        pj.layers.Linear(784, HIDDEN),
        hidden,
        pj.layers.Linear(HIDDEN, 10),
        pj.Spiking(readout or pj.neurons.LeakyIntegrator()),
    )
    fired: list[Tensor] = []

    def loss(network: nn.Module, x: Tensor, labels: Tensor) -> Tensor:
        return nn.functional.cross_entropy(network(x.expand(STEPS, *x.shape)).mean(0), labels)

    def scores(x: Tensor) -> tuple[Tensor, Tensor]:
        fired.clear()
        given = network(x.expand(STEPS, *x.shape)).mean(0)
        return given, torch.cat(fired)

    seconds = trained(network, loss, data, rate=job["rate"], seed=job["seed"])
    with hidden.register_advance_hook(lambda call: fired.append(call.output)):
        found = tested(scores, data)
    return job | found | {"seconds": round(seconds, 2), "version": pj.__version__}


def peers(jobs: list[Job], python: str, data: dict[str, dict[str, Tensor]]) -> Iterator[Job]:
    """The same in the peer's environment."""
    if not jobs:
        return
    with tempfile.TemporaryDirectory() as folder:
        files = {name: str(Path(folder, f"{name}.pt")) for name in data}
        for name, tensors in data.items():
            torch.save(tensors, files[name])
        lines = "".join(json.dumps(job | {"file": files[job["data"]]}) + "\n" for job in jobs)
        Path(folder, "jobs").write_text(lines)
        worker = Path(__file__).with_name("first_try_snntorch.py")
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        with (
            Path(folder, "jobs").open() as given,
            subprocess.Popen(
                [python, str(worker)], stdin=given, stdout=subprocess.PIPE, text=True, env=environment
            ) as run,
        ):
            assert run.stdout is not None
            for line in run.stdout:
                yield {key: value for key, value in json.loads(line).items() if key != "file"}


def wanted(options: argparse.Namespace) -> list[Job]:
    """All runs, those of the peer too where its Python is given."""
    networks: list[Job] = [{"neuron": name} for name in options.neurons]
    peers = [one for one in PEER if one["readout"] in options.readouts and one["surrogate"] in options.surrogates]
    networks += peers if options.peer else []
    grid = product(networks, options.data, options.rates, options.seeds)
    return [
        network | {"data": data, "rate": rate, "seed": seed, "split": options.split}
        for network, data, rate, seed in grid
    ]


def name_of(job: Job) -> str:
    """How the table calls a network."""
    return f"{job['neuron']}, {job['readout']}, {job['surrogate']}" if "beta" in job else str(job["neuron"])


def table(results: list[Job]) -> Iterator[str]:
    """Mean accuracy of the seeds and spikes of a neuron in a sample, for each network, dataset and learning rate."""
    cells = defaultdict(list)
    for result in results:
        cells[name_of(result), result["data"], result["rate"]].append(result)
    columns = sorted({key[1:] for key in cells}, key=str)
    yield "| network | " + " | ".join(f"{data}, {rate:g}" for data, rate in columns) + " |"
    yield "|---|" + "---|" * len(columns)
    for name in dict.fromkeys(name for name, *_ in cells):
        found = [cells.get((name, *column), []) for column in columns]
        yield f"| {name} | " + " | ".join(map(_cell, found)) + " |"


def _cell(runs: list[Job]) -> str:
    if not runs:
        return ""
    return f"{mean(run['accuracy'] for run in runs):.1f} %, {mean(run['spikes'] for run in runs):.2f}"


def main() -> None:
    """Run what is not there yet, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("first-try.jsonl"))
    parser.add_argument("--peer", help="the Python of an environment with snnTorch")
    parser.add_argument("--readouts", nargs="+", default=("mean", "membrane", "rate"), help="of the peer")
    parser.add_argument("--surrogates", nargs="+", default=("atan", "fast sigmoid"), help="of the peer")
    parser.add_argument("--split", choices=("test", "validation"), default="test")
    parser.add_argument("--neurons", nargs="*", default=NEURONS)
    parser.add_argument("--data", nargs="+", default=DATA)
    parser.add_argument("--rates", nargs="+", type=float, default=RATES)
    parser.add_argument("--seeds", nargs="+", type=int, default=(0, 1, 2))
    options = parser.parse_args()
    torch.set_num_threads(1)
    load = os.getloadavg()[0]
    results = [json.loads(line) for line in options.out.read_text().splitlines()] if options.out.exists() else []
    jobs = wanted(options)
    missing = [job for job in jobs if not any(job.items() <= result.items() for result in results)]
    data = {name: split(name, options.split) for name in dict.fromkeys(job["data"] for job in missing)}
    with options.out.open("a") as out:
        for made in (
            (own(job, data[job["data"]]) for job in missing if "beta" not in job),
            peers([job for job in missing if "beta" in job], options.peer, data),
        ):
            for result in made:
                results.append(result)
                print(json.dumps(result), file=out, flush=True)
    print("\n".join(table([result for result in results if any(job.items() <= result.items() for job in jobs)])))
    print(f"\n{len(missing)} runs now; load {load:.1f} before, {os.getloadavg()[0]:.1f} after; seeds {options.seeds}")


if __name__ == "__main__":
    main()
