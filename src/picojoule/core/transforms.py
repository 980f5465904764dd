"""Whether torch derives or batches a computation from above, so that its numbers cannot be looked at."""

import torch
from torch.autograd import forward_ad


def transformed() -> bool:
    """Whether a transform of `torch.func`, or differentiation in forward mode, is at work."""
    active: bool = torch._C._are_functorch_transforms_active()
    return active or forward_ad._current_level >= 0
