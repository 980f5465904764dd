"""Which time loop runs where nobody has chosen one."""

from torch import Tensor

from picojoule.core.errors import EngineError
from picojoule.simulate.scan.job import Loop


def default_loop(like: Tensor) -> Loop:
    """The fastest loop for tensors on the device of `like`."""
    if like.device.type == "cpu":
        from picojoule.simulate.scan.numba_loop import NumbaLoop

        return NumbaLoop()
    if like.device.type == "cuda":
        from picojoule.simulate.scan.triton_loop import TritonLoop

        return TritonLoop()
    raise EngineError(
        f"no compiled loop runs on {like.device.type!r}; pass loop=ReferenceLoop(), or move to cpu or cuda"
    )
