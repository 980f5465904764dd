"""The runs of snnTorch for `first_try.py`, in an environment of its own: reads jobs from a file, prints a line each.

Its tutorials' network: `Linear(784, 128), Leaky(beta), Linear(128, 10), Leaky(beta)` with all other arguments at their
defaults, read out in the ways that they show:

    membrane   the cross-entropy of the output's potential is summed over all steps; the class with most spikes wins
    mean       the cross-entropy of the mean of the output's potential, which is not reset; the largest mean wins
    rate       `functional.ce_rate_loss`; the class with most spikes wins
"""

import json
import sys

import snntorch
import torch
from snntorch import functional, surrogate
from torch import Tensor, nn

from first_try_training import HIDDEN, STEPS, images, tested, trained

SURROGATES = {"atan": surrogate.atan, "fast sigmoid": surrogate.fast_sigmoid}


class Network(nn.Module):
    """The network over time."""

    def __init__(self, beta: float, readout: str, slope: str) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(784, HIDDEN), nn.Linear(HIDDEN, 10)
        reset = {"reset_mechanism": "none"} if readout == "mean" else {}
        self.hidden = snntorch.Leaky(beta=beta, spike_grad=SURROGATES[slope]())
        self.output = snntorch.Leaky(beta=beta, spike_grad=SURROGATES[slope](), **reset)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Hidden spikes, output spikes and output potentials, each `[T, B, N]`."""
        v, u, kept = self.hidden.init_leaky(), self.output.init_leaky(), []
        for _ in range(STEPS):
            spikes, v = self.hidden(self.first(x), v)
            out, u = self.output(self.second(spikes), u)
            kept.append((spikes, out, u))
        return tuple(torch.stack(part) for part in zip(*kept, strict=True))  # type: ignore[return-value]


def loss(readout: str, network: nn.Module, x: Tensor, labels: Tensor) -> Tensor:
    """What training makes small."""
    _, out, u = network(x)
    if readout == "rate":
        return functional.ce_rate_loss()(out, labels)  # type: ignore[no-any-return]
    if readout == "mean":
        return nn.functional.cross_entropy(u.mean(0), labels)
    return sum(nn.functional.cross_entropy(step, labels) for step in u)  # type: ignore[return-value]


def run(job: dict[str, object]) -> dict[str, object]:
    """Train and test one network."""
    data, readout = images(str(job["file"])), str(job["readout"])
    seed = int(job["seed"])  # type: ignore[call-overload]
    torch.manual_seed(seed)
    network = Network(float(job["beta"]), readout, str(job["surrogate"]))  # type: ignore[arg-type]

    def scores(x: Tensor) -> tuple[Tensor, Tensor]:
        spikes, out, u = network(x)
        return (u if readout == "mean" else out).mean(0), spikes

    seconds = trained(network, lambda n, x, y: loss(readout, n, x, y), data, rate=float(job["rate"]), seed=seed)  # type: ignore[arg-type]
    return job | tested(scores, data) | {"seconds": round(seconds, 2), "version": snntorch.__version__}


if __name__ == "__main__":
    torch.set_num_threads(1)
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)
