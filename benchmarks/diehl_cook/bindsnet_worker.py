"""Train BindsNET's `DiehlAndCook2015` on images from a file and print one JSON record per repetition.

It runs in BindsNET's own environment (see `benchmarks/peers.md`) and imports nothing of picojoule. The loop is that of
BindsNET's examples `eth_mnist.py` and `batch_eth_mnist.py`, without the monitors that they attach (which would make it
slower): encode, run, reset. Encoding is inside the measured time, as for everybody else.
"""

import argparse
import importlib
import importlib.metadata
import importlib.util
import json
import sys
import time
import types
from pathlib import Path
from typing import Any

import numpy as np
import torch

STEPS, INTENSITY = 250, 128.0


def stand_in_for_torchvision() -> None:
    """Let `import bindsnet` succeed where torchvision is missing: its dataset classes become empty ones."""
    if importlib.util.find_spec("torchvision") is not None:
        return
    package, datasets = types.ModuleType("torchvision"), types.ModuleType("torchvision.datasets")
    transforms, utils = types.ModuleType("torchvision.transforms"), types.ModuleType("torchvision.utils")
    package.__dict__.update(datasets=datasets, transforms=transforms, utils=utils)
    datasets.__dict__["__getattr__"] = lambda name: type(name, (), {})
    utils.__dict__["make_grid"] = None
    sys.modules.update({module.__name__: module for module in (package, datasets, transforms, utils)})


class Trainer:
    """BindsNET's network and its encoder, fed with images in a circle."""

    def __init__(self, images: torch.Tensor, neurons: int, batch_size: int) -> None:
        models = importlib.import_module("bindsnet.models")
        encoding = importlib.import_module("bindsnet.encoding")
        torch.manual_seed(0)
        self.network: Any = models.DiehlAndCook2015(
            n_inpt=784,
            n_neurons=neurons,
            exc=22.5,
            inh=120,
            dt=1.0,
            norm=78.4,
            theta_plus=0.05,
            inpt_shape=(1, 28, 28),
        )
        self.encode: Any = encoding.PoissonEncoder(time=STEPS, dt=1.0)
        self.images, self.batch_size, self.next = images, batch_size, 0

    def train(self, count: int) -> None:
        """Present `count` images, a multiple of the batch size."""
        for _ in range(count // self.batch_size):
            spikes = []
            for _ in range(self.batch_size):
                spikes.append(self.encode(self.images[self.next % len(self.images)]))
                self.next += 1
            self.network.run(inputs={"X": torch.stack(spikes, dim=1)}, time=STEPS)
            self.network.reset_state_variables()

    def count_spikes(self) -> dict[str, Any]:
        """Excitatory spikes of one more batch, counted by a monitor that is removed afterwards."""
        monitors = importlib.import_module("bindsnet.network.monitors")
        self.network.add_monitor(monitors.Monitor(self.network.layers["Ae"], ["s"], time=STEPS), name="Ae")
        batch = [self.encode(self.images[k % len(self.images)]) for k in range(self.batch_size)]
        self.network.run(inputs={"X": torch.stack(batch, dim=1)}, time=STEPS)
        spikes = int(self.network.monitors.pop("Ae").get("s").sum())
        self.network.reset_state_variables()
        return {"samples": self.batch_size, "spikes": {"Ae": spikes}}


def measured(options: argparse.Namespace, trainer: Trainer, counters: dict[str, Any]) -> dict[str, Any]:
    """One repetition and what the driver wants to know of it."""
    begin, cpu_begin = time.perf_counter(), time.process_time()
    trainer.train(options.images)
    seconds, cpu_seconds = time.perf_counter() - begin, time.process_time() - cpu_begin
    return {
        "library": "BindsNET",
        "neurons": options.neurons,
        "batch_size": options.batch_size,
        "threads": torch.get_num_threads(),
        "images": options.images,
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,  # of all threads
        "images_per_second": options.images / seconds,
        "versions": {"bindsnet": importlib.metadata.version("bindsnet"), "torch": torch.__version__},
        "counters": counters,
    }


def main() -> None:
    """Warm up, then repeat; with `--wait` it says when it is warm, and each repetition starts when a line arrives."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="a .npz file with images [count, 784], 0 to 255")
    for name, default in (("neurons", 100), ("batch-size", 1), ("images", 30), ("warm-up", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--wait", action="store_true")
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    stand_in_for_torchvision()
    images = torch.from_numpy(np.load(options.data)["images"].astype(np.float32)).view(-1, 1, 28, 28)
    trainer = Trainer(images * (INTENSITY / 255), options.neurons, options.batch_size)
    trainer.train(options.warm_up)
    counters = trainer.count_spikes()
    if options.wait:
        print(json.dumps({"ready": True}), flush=True)
    for _ in range(options.repetitions):
        if options.wait and not sys.stdin.readline():
            break
        print(json.dumps(measured(options, trainer, counters)), flush=True)


if __name__ == "__main__":
    main()
