"""Lines of Triton in a kernel of two arguments, run on a GPU or else in Triton's interpreter."""

import hashlib

import numpy as np
import torch
from torch import Tensor

from picojoule.compile import on_disk

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"

_SOURCE = """import triton
import triton.language as tl


{definitions}@triton.jit
def kernel(v_given, u_given, out, n, BLOCK: tl.constexpr):
    place = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    v = tl.load(v_given + place, mask=place < n)
    u = tl.load(u_given + place, mask=place < n)
    {lines}
    tl.store(out + place, tl.broadcast_to(result, [BLOCK]), mask=place < n)
"""


def elementwise(definitions: str, lines: list[str], v: Tensor, u: Tensor) -> Tensor:
    """The number `result` that `lines` compute of each `v` and `u`.

    Args:
        definitions: source of functions that the lines call.
        lines: of the kernel; the last defines `result`.
        v: numbers, one after the other.
        u: likewise.
    """
    text = _SOURCE.format(definitions=definitions, lines="\n    ".join(lines))
    module = on_disk.load("test_" + hashlib.sha256(text.encode()).hexdigest()[:24], lambda: text)
    given = [value.to(DEVICE) for value in (v, u)]
    out = torch.empty_like(given[0])
    block = 1024
    with np.errstate(all="ignore"):  # the interpreter is NumPy's
        module.kernel[-(-len(v) // block),](*given, out, len(v), BLOCK=block, enable_fp_fusion=False)
    return out.cpu()
