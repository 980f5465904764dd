"""Record what a trained Diehl & Cook network answers, for `benchmarks/decoding.py`.

    pj run diehl-cook-2015 --data mnist --neurons 400 --out runs/n400
    python benchmarks/diehl_cook_responses.py runs/n400 responses.safetensors --train 10000 --test 10000
    python benchmarks/decoding.py responses.safetensors
    python benchmarks/decoding.py responses.by-class.safetensors

The first file holds the excitatory neurons, with every spike. The second one holds ten neurons, one for each class:
those that have the label of the class, merged, so that decoders for output layers can be compared too. Both are
recorded from training images (the last ones) and test images (the first ones) of the run's own data.
"""

import argparse
import json
from pathlib import Path

import torch
from torch import Tensor

from picojoule.core.files import write_atomically
from picojoule.core.responses import Responses, join
from picojoule.data.dataset import LabelledImages
from picojoule.decode.labels import assign_labels
from picojoule.encode.poisson import Poisson
from picojoule.network.network import Network
from picojoule.network.store import load_network
from picojoule.recipes.diehl_cook_2015.options import Options
from picojoule.recipes.diehl_cook_2015.recipe import build, datasets
from picojoule.simulate.run import run

CHUNK = 500


def recorded(network: Network, images: LabelledImages, *, first: int, rate: float, steps: int) -> Responses:
    """Responses of the excitatory neurons, with events."""
    parts = []
    for start in range(0, len(images), CHUNK):
        numbers = torch.arange(start, min(start + CHUNK, len(images)))
        trains = Poisson(rate).trains(
            images.intensities(numbers), steps=steps, dt=network.dt, samples=(numbers + first).tolist()
        )
        parts.append(run(network, trains, record=["Ae"])["Ae"])
    return join(parts)


def by_class(responses: Responses, labels: Tensor, n_classes: int) -> tuple[Tensor, Tensor]:
    """Counts and first spikes of all neurons of a label, merged; one spike per step at most."""
    if responses.first is None:
        raise ValueError("first spikes are missing")
    counts = torch.zeros(responses.samples, n_classes, dtype=torch.int32)
    first = torch.full_like(counts, responses.steps)
    for label in range(n_classes):
        members = labels == label
        if bool(members.any()):
            counts[:, label] = responses.counts[:, members].sum(1)
            first[:, label] = responses.first[:, members].amin(1)
    return counts, first


def main() -> None:
    """Record and write both files."""
    from safetensors.torch import save

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="folder of a finished run of preset current")
    parser.add_argument("out", type=Path)
    parser.add_argument("--train", type=int, default=10_000)
    parser.add_argument("--test", type=int, default=10_000)
    wanted = parser.parse_args()

    stored = json.loads((wanted.run / "result.json").read_text())["options"]
    options = Options(data=stored["data"], neurons=stored["neurons"], inhibition=stored["inhibition"])
    settings = options.checked()
    data, _ = datasets(settings)
    network, _ = build(settings, data)
    load_network(network, wanted.run / "model.safetensors")

    train = data.train.subset(slice(-min(wanted.train, len(data.train)), None))
    test = data.test.subset(slice(0, wanted.test))
    tensors: dict[str, Tensor] = {"steps": torch.tensor([stored["steps"]])}
    merged = dict(tensors)
    neurons = None
    for name, images, first in (("train", train, 0), ("test", test, len(data.train))):
        responses = recorded(network, images, first=first, rate=stored["max_rate"], steps=stored["steps"])
        if neurons is None:
            neurons = assign_labels(responses.counts, images.labels, n_classes=data.n_classes).labels
        tensors[f"{name}_counts"], tensors[f"{name}_labels"] = responses.counts, images.labels.contiguous()
        if responses.first is not None and responses.events is not None:
            tensors[f"{name}_first"] = responses.first
            tensors |= {f"{name}_{k}": v.contiguous() for k, v in responses.events._asdict().items()}
        counts, firsts = by_class(responses, neurons, data.n_classes)
        merged |= {f"{name}_counts": counts, f"{name}_first": firsts, f"{name}_labels": images.labels.contiguous()}
    write_atomically(wanted.out, save(tensors))
    write_atomically(wanted.out.with_suffix(".by-class.safetensors"), save(merged))


if __name__ == "__main__":
    main()
