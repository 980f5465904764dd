"""Whether torch would change the precision of what is computed."""

import torch
from torch import Tensor


def autocasting(like: Tensor) -> bool:
    """Whether autocast is on for the device of a tensor; there are devices, such as "meta", that have none.

    Args:
        like: any tensor.
    """
    kind = like.device.type
    return torch.amp.is_autocast_available(kind) and torch.is_autocast_enabled(kind)
