"""Dense connection: every source neuron reaches every target neuron."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from picojoule.connect.base import Connection, check_shape
from picojoule.core.arguments import public
from picojoule.core.errors import ShapeError


class Dense(Connection):
    """All-to-all connection with a weight, and where wanted a delay, of its own for each synapse.

    Args:
        weight: `[n_source, n_target]`, so that the synapses of one source neuron are one contiguous row.
        delay: whole steps `[n_source, n_target]`, each at least 1; `None` means one step everywhere.
        port: input port of the target population.

    Raises:
        ShapeError: if the weight is not a finite matrix or the delays do not match it.

    Example:
        >>> arrivals = torch.zeros(1, 2)
        >>> Dense(torch.tensor([[1.0, 2.0], [3.0, 4.0]])).send(torch.tensor([1]), arrivals), arrivals
        (2, tensor([[3., 4.]]))
    """

    @public
    def __init__(self, weight: Tensor, *, delay: Tensor | None = None, port: str = "current") -> None:
        super().__init__()
        if weight.dim() != 2 or not weight.is_floating_point() or not bool(torch.isfinite(weight).all()):
            raise ShapeError(
                f"a dense connection needs finite float weights [n_source, n_target], got {weight.dtype} "
                f"{list(weight.shape)}"
            )
        self.n_source, self.n_target = weight.shape
        self.port = port
        self.weight = nn.Parameter(weight.detach().clone().contiguous(), requires_grad=False)
        self.delay: Tensor | None
        self.register_buffer("delay", None if delay is None else _checked_delay(delay, weight))

    @property
    def fan_out(self) -> Tensor:
        """Every target neuron, for each source neuron."""
        return torch.full((self.n_source,), self.n_target)

    @property
    def longest_delay(self) -> int:
        """The longest delay of any synapse, in steps."""
        return 1 if self.delay is None else int(self.delay.max())

    def send(self, spikes: Tensor, arrivals: Tensor) -> int:
        """Add the rows of the neurons that spiked, each weight at its own delay; see `Connection.send`."""
        if self.delay is None:
            # index_add_ adds row after row, so the order of the sum is the order of the spikes
            arrivals[0].unsqueeze(0).index_add_(0, torch.zeros_like(spikes), self.weight[spikes])
        else:
            for row in spikes.tolist():
                arrivals.scatter_add_(0, self.delay[row].long().unsqueeze(0) - 1, self.weight[row].unsqueeze(0))
        return len(spikes) * self.n_target

    def check_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """Weight and delays are `[n_source, n_target]`, delays in range; see `Connection.check_tensors`."""
        weight, delay = tensors.get("weight", self.weight), tensors.get("delay", self.delay)
        check_shape("weight", weight, (self.n_source, self.n_target))
        if delay is not None:
            _checked_delay(delay, weight)

    def matrix(self) -> Tensor:
        """The weights themselves; delays are not part of them."""
        return self.weight.detach()


def _checked_delay(delay: Tensor, weight: Tensor) -> Tensor:
    fits = delay.shape == weight.shape and not delay.is_floating_point()
    if not fits or int(delay.min()) < 1 or int(delay.max()) > 32767:
        found = ((delay < 1) | (delay > 32767)).nonzero()[0].tolist() if fits else []
        raise ShapeError(
            f"delays must be whole steps in 1..32767 of the weight's shape {list(weight.shape)}, "
            f"got {f'{int(delay[tuple(found)])} at {found}' if fits else f'{delay.dtype} {list(delay.shape)}'}"
        )
    return delay.detach().to(torch.int16).contiguous()
