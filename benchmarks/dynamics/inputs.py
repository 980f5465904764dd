"""Write the inputs and weights of one task, the same for every library.

    python benchmarks/dynamics/inputs.py --task rec250 --folder FOLDER

The weights are for neurons whose potential goes `v := decay v + x`; a library whose neuron weighs its input by
`1 - decay` divides them by that. They are scaled so that the hidden layers fire in 5 to 10 % of their steps.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[np.generic]]
NEURON = {"tau": 20.0, "tau_adapt": 200.0, "adapt": 1.8, "start": 0.01, "threshold": 1.0}  # times in steps
SIZES: dict[str, dict[str, int]] = {
    "rec250": {"steps": 250, "batch": 64, "features": 700, "hidden": 128, "classes": 20},
    "rec784": {"steps": 784, "batch": 64, "features": 1, "hidden": 128, "classes": 20},
    "lif": {"steps": 1000, "batch": 1, "features": 100_000},
    "fc": {"steps": 25, "batch": 128, "features": 784, "hidden": 1000, "classes": 10},
    "conv": {"steps": 50, "batch": 128, "classes": 10},
}
SMALL: dict[str, dict[str, int]] = {
    "rec250": {"steps": 20, "batch": 8},
    "rec784": {"steps": 20, "batch": 8},
    "lif": {"steps": 50, "features": 1000},
    "fc": {"steps": 5, "batch": 8, "hidden": 50},
    "conv": {"steps": 4, "batch": 4},
}


def recurrent(size: dict[str, int], draw: np.random.Generator) -> Arrays:
    """Two recurrent layers: spikes of many inputs, or the grey values of one."""
    features, hidden, classes = size["features"], size["hidden"], size["classes"]
    many = features > 1
    grid = (size["steps"], size["batch"], features)
    lit = draw.random(grid) < (0.02 if many else 0.2)  # a fifth of the pixels of a digit are not black
    return {
        "x": lit.astype(np.uint8) if many else lit * draw.random(grid),
        "labels": draw.integers(0, classes, size["batch"]),
        "w0": draw.normal(0.006, 0.1, (features, hidden)) if many else draw.normal(0.9, 0.8, (features, hidden)),
        "w1": draw.normal(0.01 if many else 0.007, 0.1, (hidden, hidden)),
        "w2": draw.normal(0.0, 0.1, (hidden, classes)),
        "r0": draw.normal(0.0, 0.01, (hidden, hidden)),
        "r1": draw.normal(0.0, 0.01, (hidden, hidden)),
    }


def plain(size: dict[str, int], draw: np.random.Generator) -> Arrays:
    """Currents for neurons without any weights."""
    return {"x": draw.normal(0.05, 0.15, (size["steps"], size["batch"], size["features"]))}


def fully_connected(size: dict[str, int], draw: np.random.Generator) -> Arrays:
    """Rate-coded digits for a hidden layer: a fifth of the pixels, each spiking in half of the steps."""
    lit = draw.random((size["batch"], size["features"])) < 0.2
    spikes = lit & (draw.random((size["steps"], size["batch"], size["features"])) < 0.5)
    return {
        "x": spikes.astype(np.uint8),
        "labels": draw.integers(0, size["classes"], size["batch"]),
        "w0": draw.normal(0.0, 0.05, (size["features"], size["hidden"])),
        "w1": draw.normal(0.0, 0.05, (size["hidden"], size["classes"])),
    }


def convolutional(size: dict[str, int], draw: np.random.Generator) -> Arrays:
    """Rate-coded digits for the small convolutional network."""
    lit = draw.random((size["batch"], 1, 28, 28)) < 0.2
    spikes = lit & (draw.random((size["steps"], size["batch"], 1, 28, 28)) < 0.5)
    return {
        "x": spikes.astype(np.uint8),
        "labels": draw.integers(0, size["classes"], size["batch"]),
        "k0": draw.normal(-0.01, 0.1, (12, 1, 5, 5)),
        "k1": draw.normal(-0.01, 0.07, (64, 12, 5, 5)),
        "w2": draw.normal(0.0, 0.03, (1024, size["classes"])),
    }


MAKERS = {"rec250": recurrent, "rec784": recurrent, "lif": plain, "fc": fully_connected, "conv": convolutional}


def main() -> None:
    """Draw from a fixed seed and write one file per array."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--task", choices=SIZES, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--small", action="store_true", help="a few steps of a few neurons, to try the workers out")
    options = parser.parse_args()
    size = SIZES[options.task] | (SMALL[options.task] if options.small else {})
    for name, values in MAKERS[options.task](size, np.random.default_rng(1)).items():
        narrow = values.astype(np.float32) if values.dtype == np.float64 else values
        np.save(options.folder / f"{name}.npy", narrow)
    (options.folder / "task.json").write_text(json.dumps({"name": options.task} | size | NEURON))


if __name__ == "__main__":
    main()
