"""What `Spiking` and `Recurrent` share: neurons, what they learn, and how they go through time."""

from abc import abstractmethod
from collections import OrderedDict
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.utils.hooks import RemovableHandle

from picojoule.core.arguments import public
from picojoule.core.autocast import autocasting
from picojoule.core.conditioned import Conditioned
from picojoule.core.errors import ShapeError
from picojoule.core.params import Shaped
from picojoule.layers.base import Layer
from picojoule.layers.learned import Learned
from picojoule.layers.quiet import Quiet
from picojoule.layers.state import carried
from picojoule.neurons.base import Neuron
from picojoule.simulate.scan.job import Loop, LoopState
from picojoule.simulate.scan.scan import scan

Input = Shaped | tuple[Shaped, ...]


class Watch(Protocol):
    """What looks at a layer while it runs."""

    def wanted(self, frames: Tensor, *, starts: bool) -> tuple[str, ...]:
        """Names of what is wanted of every step of this call.

        Args:
            frames: the input, `[T, B, *N]`, of one port.
            starts: whether a new sequence begins.
        """

    def take(self, kept: dict[str, Tensor]) -> None:
        """Take what was wanted.

        Args:
            kept: `[T, B, *N]` by name.
        """


@dataclass(frozen=True, eq=False)
class Advance:
    """One call of a layer's `advance`.

    Args:
        layer: that went on.
        x: what arrived, `[T, B, *N]`, or one such tensor for each port.
        state: where it went on from, as the caller gave it; `None`: a new sequence began.
        mask: `[T, B]` bool, False where a padded sample has ended.
        output: `[T, B, *N]`, as it was returned, with its gradient.
    """

    layer: "NeuronLayer"
    x: Input
    state: LoopState | None
    mask: Tensor | None
    output: Tensor


After = Callable[[Advance], None]
Before = Callable[["NeuronLayer"], None]


class NeuronLayer(Conditioned, Layer):
    """Base of the layers that are made of neurons."""

    learned: Learned
    shape: tuple[int, ...] | None
    dt: float
    loop: Loop | None
    watch: Watch | None = None  # set by a recorder, for as long as it is open
    place: str = ""  # in a stack, for messages
    _quiet: Quiet | None = None
    _advance_hooks: "OrderedDict[int, tuple[Before | None, After]] | None" = None

    @abstractmethod
    def matrix(self) -> Tensor | None:
        """Through what the spikes of a step come back in the next, `[N, N]`; `None`: they do not."""

    @property
    def neuron(self) -> Neuron[Any, Any, Any]:
        """The neuron with its present parameters, those that train as tensors."""
        return self.learned.neuron()

    @public
    def advance(self, x: Input, state: LoopState | None = None, mask: Shaped | None = None) -> tuple[Tensor, LoopState]:
        """Go on from a state; see `Layer.advance`.

        Args:
            x: `[T, B, *N]`, or a tuple of such tensors for a neuron with several ports.
            state: what the last call gave; `None` starts a new sequence.
            mask: `[T, B]` bool, False where a padded sample has ended.

        Returns:
            The neurons' output, `[T, B, *N]` in the precision of `x`, and the state after the last step.

        Raises:
            ShapeError: if a shape does not fit, or the state is another layer's.
        """
        frames, given = x if isinstance(x, Tensor) else x[0], state
        self._check(frames, state)
        hooks = tuple((self._advance_hooks or {}).values())
        for before, _ in hooks:
            if before is not None:
                before(self)
        watch = self.watch
        keep = () if watch is None else watch.wanted(frames, starts=state is None)
        neuron = self.neuron
        if state is None and self.learned.trainable_initial:
            precision = frames.dtype if frames.dtype == torch.float64 else torch.float32
            state = LoopState(self.learned.initial(neuron, frames.new_zeros(frames.shape[1:], dtype=precision)))
        with _full_precision(frames):
            run = scan(neuron, x, dt=self.dt, state=state, weight=self.matrix(), mask=mask, keep=keep, loop=self.loop)
        if watch is not None and keep:
            watch.take(run.kept)
        if self.training and neuron.output == "spike" and _looked_at(run.output):
            self._quiet = self._quiet or Quiet()
            self._quiet.saw(self, frames, run.output, starts=given is None, masked=mask is not None)
        for _, after in hooks:
            after(Advance(self, x, given, mask, run.output))
        return run.output, carried(run.state)

    @public
    def register_advance_hook(self, after: After, *, before: Before | None = None) -> RemovableHandle:
        """Have functions called at every `advance`, also where the layer stands in a `Sequential`.

        They must change nothing.

        Args:
            after: is given the call when it has ended.
            before: is given the layer when a call begins.

        Returns:
            A handle whose `remove()` takes the functions away.

        Example:
            >>> from picojoule.layers.spiking import Spiking
            >>> from picojoule.neurons.lif import LIF
            >>> layer = Spiking(LIF(tau=20.0, gain=None))
            >>> handle = layer.register_advance_hook(lambda call: print(int(call.output.sum()), "spikes"))
            >>> _ = layer(torch.full((50, 1, 3), 1.5))
            6 spikes
            >>> handle.remove()
        """
        if self._advance_hooks is None:
            self._advance_hooks = OrderedDict()
        handle = RemovableHandle(self._advance_hooks)
        self._advance_hooks[handle.id] = (before, after)
        return handle

    def conditions(self) -> dict[str, Any]:
        """What its tensors depend on: the neuron, as far as it does not train, and the step."""
        return {"neuron": self.learned.conditions(), "dt": self.dt}

    def extra_repr(self) -> str:
        """What torch prints between the brackets: the neuron it was made with, and how it runs."""
        parts = [self.learned.description, "" if self.shape is None else f"shape={self.shape}", f"dt={self.dt:g}"]
        parts += [self.learned.extra_repr(), "" if self.loop is None else f"loop={self.loop}"]
        return ", ".join(part for part in parts if part)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.extra_repr()})"

    def __getstate__(self) -> dict[str, Any]:
        # a copy of the layer is not being watched, and must not hold what those who watch hold
        return {
            name: value for name, value in self.__dict__.items() if name not in ("watch", "_quiet", "_advance_hooks")
        }

    def _check(self, frames: Tensor, state: LoopState | None) -> None:
        neurons = tuple(frames.shape[2:])
        if self.shape is not None and frames.dim() > 2 and not _broadcasts(self.shape, neurons):
            raise ShapeError(
                f"{type(self).__name__} was made for neurons {list(self.shape)}, but the input is "
                f"{list(frames.shape)}: time, samples, and neurons {list(neurons)}"
            )
        if not frames.is_meta and any(value.is_meta for value in (*self.parameters(), *self.buffers())):
            raise ShapeError(
                f"{type(self).__name__} has its tensors on meta, got x on {frames.device}; fill it first by to_empty "
                f"and load_state_dict"
            )
        if state is None:
            return
        found = getattr(getattr(state, "neuron", None), "_fields", None)
        if found != self.learned.fields:
            raise ShapeError(
                f"{type(self).__name__} goes on from a state with the fields {', '.join(self.learned.fields)}, got "
                f"{type(state).__name__} with {', '.join(found) if found else 'none'}; pass what its own advance gave"
            )


def _looked_at(output: Tensor) -> bool:
    """Whether a sequence trains, and its numbers can be read at once."""
    if torch.compiler.is_compiling() or not output.requires_grad or output.is_meta:
        return False
    return not torch._C._functorch.is_functorch_wrapped_tensor(output)


def _full_precision(frames: Tensor) -> Any:  # noqa: ANN401  # a context manager
    """Autocast would send the recurrent product to half precision, where a state loses small inputs."""
    return torch.autocast(frames.device.type, enabled=False) if autocasting(frames) else nullcontext()


def _broadcasts(shape: tuple[int, ...], neurons: tuple[int, ...]) -> bool:
    padded = (1,) * (len(neurons) - len(shape)) + shape
    return len(padded) == len(neurons) and all(a in (1, b) for a, b in zip(padded, neurons, strict=True))
