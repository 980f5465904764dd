"""Train picojoule's Diehl & Cook network on images from a file and print one JSON record per repetition.

Presentations, steps, encoding and counters are those of `network.hpp` and of `bindsnet_worker.py`; encoding is inside
the measured time.
"""

import argparse
import functools
import importlib.metadata
import json
import operator
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from picojoule.core.counts import Counts
from picojoule.encode.poisson import Poisson
from picojoule.models import DiehlCook2015
from picojoule.network.network import Network
from picojoule.simulate.event.engine import Event
from picojoule.simulate.present import Presentation, present

NETWORKS: dict[int, Network] = {}


def train(images: NDArray[np.uint8], neurons: int, batch_size: int, threads: int) -> tuple[float, Counts]:
    """Present `images` [count, 784], 0 to 255, once each; return the seconds that took and what was counted.

    The network of a size is built in the first call, which also compiles it, and trained on in the later ones. The time
    includes the Poisson encoding (128 Hz at full intensity, 250 steps of 1 ms) and the normalisation.
    """
    if neurons not in NETWORKS:
        NETWORKS[neurons] = DiehlCook2015(n_neurons=neurons, inh=120.0)
    intensities = torch.from_numpy(images.astype(np.float32) / np.float32(255.0))
    begin = time.perf_counter()
    shown = present(
        NETWORKS[neurons],
        intensities,
        Presentation(Poisson(max_rate=128.0), steps=250),
        numbers=torch.arange(len(images)),
        learn=True,
        batch_size=batch_size,
        engine=Event(threads=threads),
    )
    parts = [chunk.run.counts for chunk in shown]
    seconds = time.perf_counter() - begin
    return seconds, functools.reduce(operator.add, parts)


def as_record(counts: Counts) -> dict[str, Any]:
    """The counters under the names that `loop.cpp` prints."""
    learning = counts.connections["X", "Ae"]
    return {
        "samples": counts.samples,
        "spikes": {name: population.spikes for name, population in counts.populations.items()},
        "updates": {name: p.updates for name, p in counts.populations.items() if p.updates},
        "events": {"-".join(name): connection.events for name, connection in counts.connections.items()},
        "updates_on_pre": learning.updates_on_pre,
        "updates_on_post": learning.updates_on_post,
        "normalised": learning.normalised,
    }


class Trainer:
    """`train`, fed with images in a circle."""

    def __init__(self, images: NDArray[np.uint8], options: argparse.Namespace) -> None:
        self.images, self.options, self.next = images, options, 0

    def train(self, count: int) -> tuple[float, Counts]:
        """Present the next `count` images."""
        chosen = self.images[np.arange(self.next, self.next + count) % len(self.images)]
        self.next += count
        return train(chosen, self.options.neurons, self.options.batch_size, self.options.threads)


def measured(options: argparse.Namespace, trainer: Trainer) -> dict[str, Any]:
    """One repetition and what the driver wants to know of it."""
    cpu_begin = time.process_time()
    seconds, counts = trainer.train(options.images)
    return {
        "library": "picojoule",
        "neurons": options.neurons,
        "batch_size": options.batch_size,
        "threads": options.threads,
        "images": options.images,
        "seconds": seconds,
        "cpu_seconds": time.process_time() - cpu_begin,  # of all threads
        "images_per_second": options.images / seconds,
        "versions": {name: importlib.metadata.version(name) for name in ("torch", "numba", "numpy")},
        "counters": as_record(counts),
    }


def main() -> None:
    """Warm up, then repeat; with `--wait` it says when it is warm, and each repetition starts when a line arrives."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="a .npz file with images [count, 784], 0 to 255")
    for name, default in (("neurons", 100), ("batch-size", 1), ("images", 1000), ("warm-up", 1000)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--wait", action="store_true")
    options = parser.parse_args()

    trainer = Trainer(np.load(options.data)["images"], options)
    trainer.train(options.warm_up)
    if options.wait:
        print(json.dumps({"ready": True}), flush=True)
    for _ in range(options.repetitions):
        if options.wait and not sys.stdin.readline():
            break
        print(json.dumps(measured(options, trainer)), flush=True)


if __name__ == "__main__":
    main()
