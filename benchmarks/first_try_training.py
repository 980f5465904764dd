"""What every network of `first_try.py` goes through, whichever library it is made of: this file needs torch only."""

import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

STEPS, BATCH, EPOCHS, HIDDEN = 25, 50, 3, 128
Scores = Callable[[Tensor], tuple[Tensor, Tensor]]  # [B, 784] to scores [B, 10] and hidden spikes [T, B, 128]
Loss = Callable[[nn.Module, Tensor, Tensor], Tensor]


def images(path: str) -> dict[str, Tensor]:
    """The images and labels that `first_try.py` has left in a file: images in [0, 1]."""
    kept: dict[str, Tensor] = torch.load(path, weights_only=True)
    return kept


def trained(network: nn.Module, loss: Loss, data: dict[str, Tensor], *, rate: float, seed: int) -> float:
    """Train with Adam; gives the seconds that it took."""
    order = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.Adam(network.parameters(), lr=rate)
    start = time.perf_counter()
    for _ in range(EPOCHS):
        for numbers in torch.randperm(len(data["train"]), generator=order).split(BATCH):
            optimiser.zero_grad()
            loss(network, data["train"][numbers], data["train_labels"][numbers]).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
    return time.perf_counter() - start


def tested(scores: Scores, data: dict[str, Tensor]) -> dict[str, Any]:
    """Accuracy in percent, spikes of a hidden neuron in a sample, and the share of hidden neurons that never spike."""
    right, spikes, total = 0, torch.zeros(HIDDEN), 0
    with torch.no_grad():
        for some, labels in zip(data["test"].split(100), data["test_labels"].split(100), strict=True):
            given, fired = scores(some)
            right += int((given.argmax(1) == labels).sum())
            spikes, total = spikes + fired.sum((0, 1)), total + len(labels)
    return {
        "accuracy": 100.0 * right / total,
        "spikes": float(spikes.mean()) / total,
        "silent": float((spikes == 0).float().mean()),
    }
