"""Compare decoders on one population's recorded responses; prints a markdown table.

    python benchmarks/decoding.py responses.safetensors

The file holds these tensors (see `picojoule.core.responses.Responses`):

    steps                       [] or [1], time steps per sample
    train_counts, test_counts   [samples, neurons] int32
    train_labels, test_labels   [samples], whole numbers from 0
    train_first,  test_first    [samples, neurons] int32           optional, for FirstSpike
    train_t, train_b, train_i   [spikes] each, and the same for test_   optional, for NGram

Decoders learn from the train tensors only and are scored on the test tensors. SpikeCount and FirstSpike are compared
where the neurons stand for classes: as many neurons as classes, or the number given with --neurons-per-class.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from torch import Tensor

from picojoule.core.errors import DataError, PicojouleError
from picojoule.core.events import Events
from picojoule.core.responses import Responses
from picojoule.decode.likelihood import PoissonLikelihood
from picojoule.decode.logistic import LogisticReadout
from picojoule.decode.ngram import NGram
from picojoule.decode.output import FirstSpike, SpikeCount
from picojoule.decode.readout import Readout
from picojoule.decode.scaling import MaxScaling, Standardisation
from picojoule.decode.score import confidence_interval
from picojoule.decode.votes import AllActivity, ProportionWeighting

REQUIRED = ("steps", "train_counts", "train_labels", "test_counts", "test_labels")


class Part(NamedTuple):
    """Responses and the classes that were shown."""

    responses: Responses
    labels: Tensor


def read(path: Path) -> tuple[Part, Part]:
    """Read the train and the test part of a file of responses."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        tensors = load_file(path)
    except (OSError, SafetensorError) as error:
        raise DataError(f"cannot read {path}: {error}. Give a safetensors file of responses.") from error
    missing = [name for name in REQUIRED if name not in tensors]
    if missing:
        raise DataError(f"{path} lacks {', '.join(missing)}; the format is in the head of benchmarks/decoding.py.")
    return part_of(tensors, "train"), part_of(tensors, "test")


def part_of(tensors: Mapping[str, Tensor], name: str) -> Part:
    """Put the tensors of one part together."""
    columns = [tensors[f"{name}_{axis}"] for axis in "tbi" if f"{name}_{axis}" in tensors]
    responses = Responses(
        tensors[f"{name}_counts"],
        steps=int(tensors["steps"]),
        first=tensors.get(f"{name}_first"),
        events=Events(*columns) if len(columns) == 3 else None,
    )
    return Part(responses, tensors[f"{name}_labels"].long())


def readouts_for(train: Part, test: Part, n_classes: int, neurons_per_class: int | None) -> dict[str, Readout]:
    """Choose the decoders that these responses allow."""
    chosen: dict[str, Readout] = {
        "all activity": AllActivity(),
        "proportion weighting": ProportionWeighting(),
        "Poisson likelihood": PoissonLikelihood(),
        "logistic regression, max-scaled": LogisticReadout(scaling=MaxScaling()),
        "logistic regression, standardised": LogisticReadout(scaling=Standardisation()),
    }
    if train.responses.events is not None and test.responses.events is not None:
        chosen |= {f"{n}-grams": NGram(n=n) for n in (1, 2, 3)}
    if neurons_per_class is None and train.responses.neurons == n_classes:
        neurons_per_class = 1
    if neurons_per_class is not None:
        chosen["spike count of output neurons"] = SpikeCount(neurons_per_class)
        if train.responses.first is not None and test.responses.first is not None:
            chosen["first spike of output neurons"] = FirstSpike(neurons_per_class)
    return chosen


def table(train: Part, test: Part, neurons_per_class: int | None = None) -> str:
    """Fit and score each decoder, as a markdown table."""
    n_classes = int(max(train.labels.max(), test.labels.max())) + 1
    total = len(test.labels)
    lines = ["| decoder | accuracy | 95 % interval | undecided |", "|---|---|---|---|"]
    for name, readout in readouts_for(train, test, n_classes, neurons_per_class).items():
        predicted = readout.fit(train.responses, train.labels, n_classes=n_classes).predict(test.responses)
        correct = int((predicted == test.labels).sum())
        low, high = confidence_interval(correct, total)
        undecided = int((predicted < 0).sum())
        lines.append(f"| {name} | {correct / total:.2%} | {low:.2%} to {high:.2%} | {undecided} of {total} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the file named on the command line and print the table."""
    parser = argparse.ArgumentParser(description="Compare decoders on recorded responses.")
    parser.add_argument("file", type=Path, help="safetensors file of responses")
    parser.add_argument("--neurons-per-class", type=int, help="output neurons that stand for one class")
    options = parser.parse_args(arguments)
    try:
        train, test = read(options.file)
        print(table(train, test, options.neurons_per_class))
    except PicojouleError as error:
        print(f"decoding: {error}", file=sys.stderr)
        raise SystemExit(2) from error


if __name__ == "__main__":
    main()
