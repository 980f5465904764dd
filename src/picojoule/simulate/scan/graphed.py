"""Many small kernels recorded as one CUDA graph, so that a step costs what the GPU needs and not what Python needs."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection
from typing import Any

import torch
from torch import Tensor

_MOST = 8  # recordings that are kept; each holds arrays of its own
_LOCK = threading.Lock()  # a recording has one set of arrays
_RECORDED: OrderedDict[tuple[Any, ...], tuple[dict[str, Tensor], torch.cuda.CUDAGraph]] = OrderedDict()

Body = Callable[[dict[str, Tensor]], None]


def graphed(
    key: tuple[Any, ...], body: Body, arrays: dict[str, Tensor], *, read: Collection[str], written: Collection[str]
) -> None:
    """Run `body(arrays)`; on a GPU, by a recording of it if there is one, else recorded first.

    Args:
        key: everything that the body depends on beside the arrays' shapes.
        body: starts kernels on the arrays, the same ones in every call, and nothing else.
        arrays: by name.
        read: names of those that the body reads.
        written: names of those that it changes.
    """
    device = next(iter(arrays.values())).device
    if device.type != "cuda" or torch.cuda.is_current_stream_capturing():
        body(arrays)
        return
    with _LOCK, torch.cuda.device(device):
        shapes = tuple((name, value.shape, value.stride(), value.dtype) for name, value in arrays.items())
        # kernels of two streams run at once, so each stream has recordings of its own
        place = device, torch.cuda.current_stream().cuda_stream, torch.get_float32_matmul_precision()
        own, graph = _recorded((key, place, shapes), body, arrays)
        for name in read:
            own[name].copy_(arrays[name])
        graph.replay()
        for name in written:
            arrays[name].copy_(own[name])


def _recorded(
    key: tuple[Any, ...], body: Body, arrays: dict[str, Tensor]
) -> tuple[dict[str, Tensor], torch.cuda.CUDAGraph]:
    if key in _RECORDED:
        _RECORDED.move_to_end(key)
        return _RECORDED[key]
    own = {name: value.clone() for name, value in arrays.items()}
    aside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        body(own)  # compiles the kernels, which cannot be recorded
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, capture_error_mode="thread_local"):
        body(own)
    _RECORDED[key] = own, graph
    if len(_RECORDED) > _MOST:
        _RECORDED.popitem(last=False)
    return own, graph
