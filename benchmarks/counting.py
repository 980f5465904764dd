"""How much slower does counting make a run? Prints a markdown table.

    python benchmarks/counting.py [--repeat 15] [--threads 2]

The convolutional network of `surrogate-mnist` is run with and without `pj.Count`, in turn, on the same pictures. The
event engine always counts: for the 400-neuron Diehl & Cook network, the share of its time that goes into the counters
is measured inside the run (the engine's kernels add up spikes and changed weights, which they know anyway).
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable

import torch

import picojoule as pj


def seconds_of(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def convolutional(repeat: int, *, learn: bool) -> tuple[list[float], list[float]]:
    """Times of showing 1,000 pictures, batch by batch: without and with counting, in turn."""
    from picojoule.recipes.surrogate_mnist.networks import plan, spiking_network

    made = plan("conv", shape=(28, 28), neurons=1000, classes=10)
    network = spiking_network(made, tau=1.0, seed=0, chunk=8)
    digits = pj.load_data("mnist-5k").test.intensities(torch.arange(1000))

    def run() -> None:
        for pictures in digits[:, None].split(128 if learn else 250):
            x = pictures.expand(8, *pictures.shape)
            if learn:
                network(x).mean(0).sum().backward()
            else:
                with torch.no_grad():
                    network(x)

    run()
    plain, counted = [], []
    for _ in range(repeat):
        plain.append(seconds_of(run))
        counted.append(seconds_of(lambda: _counted(network, run)))
    return plain, counted


def _counted(network: torch.nn.Module, run: Callable[[], None]) -> None:
    with pj.Count(network):
        run()


def diehl_cook(images: int) -> tuple[float, float]:
    """Wall time of a training, and how much of it went into the engine's counters."""
    from picojoule.simulate.event import engine

    spent, inner = 0.0, engine.tally

    def timed(*args: object, **named: object) -> object:
        nonlocal spent
        begin = time.perf_counter()
        result = inner(*args, **named)  # type: ignore[arg-type]
        spent += time.perf_counter() - begin
        return result

    network = pj.models.DiehlCook2015(n_neurons=400, inh=120.0)
    digits = pj.load_data("mnist-5k").train
    shown = pj.Presentation(pj.encode.Poisson())

    def train(count: int) -> None:
        numbers = torch.arange(count)
        for _ in pj.present(network, digits.intensities, shown, numbers=numbers, learn=True):
            pass

    train(50)
    engine.tally = timed  # type: ignore[assignment]
    try:
        return seconds_of(lambda: train(images)), spent
    finally:
        engine.tally = inner


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=15)
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(f"load before: {os.getloadavg()[0]:.1f}, threads: {options.threads}\n")
    print("| run | without (median ms) | with (median ms) | ratio of medians | ratio of minima |")
    print("|---|---|---|---|---|")
    for name, learn in (("conv, 1,000 pictures, 8 steps", False), ("the same, with backward", True)):
        plain, counted = convolutional(options.repeat, learn=learn)
        medians = statistics.median(plain), statistics.median(counted)
        print(
            f"| {name} | {1e3 * medians[0]:.1f} | {1e3 * medians[1]:.1f} | {medians[1] / medians[0]:.3f} | "
            f"{min(counted) / min(plain):.3f} |"
        )
    whole, spent = diehl_cook(options.images)
    share = f"{100 * spent / whole:.2f} %"
    print(f"\nDiehl & Cook, 400 neurons, {options.images} images: {whole:.2f} s, of which counters {share}")


if __name__ == "__main__":
    main()
