"""Kernels recorded as a CUDA graph give what they give when they are started one by one."""

import pytest
import torch
from torch import Tensor

from picojoule.simulate.scan import graphed as module
from picojoule.simulate.scan.graphed import graphed

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no NVIDIA GPU here to record on")
DEVICES = ["cpu", pytest.param("cuda", marks=needs_gpu)]


def body(arrays: dict[str, Tensor]) -> None:
    """Three steps of a sum that is carried on, with room of its own."""
    room = torch.empty_like(arrays["carried"])
    for t in range(3):
        torch.mul(arrays["x"][t], 2.0, out=room)
        arrays["carried"].add_(room)
        arrays["out"][t].copy_(arrays["carried"])


@pytest.mark.parametrize("device", DEVICES)
def test_every_call_computes_from_its_own_arrays(device: str) -> None:
    for number in range(3):
        x = torch.arange(6.0, device=device).view(3, 2) + number
        arrays = {"x": x, "carried": torch.ones(2, device=device), "out": torch.full((3, 2), -1.0, device=device)}
        graphed(("sum",), body, arrays, read=["x", "carried"], written=["carried", "out"])
        assert torch.equal(arrays["out"], 1.0 + 2.0 * x.cumsum(0))
        assert torch.equal(arrays["carried"], arrays["out"][-1])


@needs_gpu
def test_a_recording_is_made_once_for_each_shape_and_the_oldest_goes() -> None:
    calls: list[int] = []

    def counted(arrays: dict[str, Tensor]) -> None:
        calls.append(arrays["x"].numel())
        arrays["x"].add_(1.0)

    for size in (*range(1, module._MOST + 2), 1):
        for _ in range(3):
            x = torch.zeros(size, device="cuda")
            graphed(("count",), counted, {"x": x}, read=["x"], written=["x"])
            assert torch.equal(x, torch.ones_like(x))
    assert calls.count(2) == 2  # once to compile, once recorded
    assert calls.count(1) == 4  # it had gone
    assert len(module._RECORDED) <= module._MOST
