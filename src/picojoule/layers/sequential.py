"""A stack of layers and ordinary modules, run in chunks of time steps."""

import functools
from collections.abc import Callable, Iterable, Iterator
from itertools import islice, takewhile
from typing import Any, TypeVar, cast

import torch
from torch import Tensor, nn

from picojoule.core.arguments import public
from picojoule.core.errors import NumericalError, ParameterError, ShapeError
from picojoule.core.params import Shaped, Steps
from picojoule.layers.base import Layer, check_forward, go_on
from picojoule.layers.chunks import Chunks, growth_of, needs_all_steps
from picojoule.layers.linear import Linear
from picojoule.layers.neuron_layer import NeuronLayer
from picojoule.layers.over_time import OverTime, check_ordinary, over_time
from picojoule.layers.state import StackState
from picojoule.layers.still import gives_the_same, leaves_its_input, stands_still
from picojoule.neurons.base import Neuron
from picojoule.simulate.scan.numbers import first_bad

Init = TypeVar("Init", bound=Callable[..., None])


def _modules(init: Init) -> Init:
    """The constructor, which says how modules are written where a list of them, or a neuron alone, was given."""

    @functools.wraps(init)
    def checked(self: "Sequential", *modules: Any, **named: Any) -> None:  # noqa: ANN401
        for i, module in enumerate(modules):
            if isinstance(module, list | tuple):
                raise ParameterError(
                    f"Sequential.modules[{i}] is a {type(module).__name__}; write pj.Sequential(*modules)"
                )
            if isinstance(module, Neuron):
                name = type(module).__name__
                raise ParameterError(
                    f"Sequential.modules[{i}] is a neuron, {name}, and no layer of them; write pj.Spiking({name}())"
                )
        init(self, *modules, **named)

    return cast(Init, checked)


class Sequential(Layer):
    """A stack: each module takes what the one before it gives.

    Ordinary modules (`Conv2d`, pooling, batch norm, `Flatten` …) may stand in it as they are: they are given all steps
    of all samples as one batch. Its `state_dict` has the names of a `torch.nn.Sequential`'s.

    The stack runs through a sequence in chunks of steps, so that what one module gives is still in the cache when the
    next one reads it. That changes nothing: layers hand on their states. A product of matrices may round differently
    for another number of rows, in the last bit; a potential that comes as near to its threshold as that may cross it in
    another step.

    Input that does not change over time, such as `image.expand(T, *image.shape)`, is noticed: modules before the first
    layer with a state then run once and not `T` times.

    Args:
        modules: layers and ordinary modules, in order.
        chunk: steps of a chunk; `None`: on a CPU as many as the cache holds, elsewhere all. A batch norm that trains
            takes its statistics over time too, and is always given all steps.

    Raises:
        ParameterError: if `chunk` is below 1, an ordinary module holds layers with a state, or a layer overrides
            `forward`, which is not called here.

    Example:
        >>> from picojoule.layers.spiking import Spiking
        >>> from picojoule.neurons.lif import LIF
        >>> stack = Sequential(nn.Conv2d(1, 4, 3), Spiking(LIF()), nn.Flatten(), Linear(144, 10), Spiking(LIF()))
        >>> stack(torch.rand(2, 1, 8, 8).expand(20, 2, 1, 8, 8)).shape  # two images, each shown for 20 steps
        torch.Size([20, 2, 10])
    """

    @_modules
    @public
    def __init__(self, *modules: nn.Module, chunk: Steps | None = None) -> None:
        super().__init__()
        self.chunk = chunk
        for i, module in enumerate(modules):
            if isinstance(module, Layer):
                check_forward(module)
            else:
                check_ordinary(module)
            if isinstance(module, NeuronLayer):
                module.place = module.place or f"module {i}, "
            self.add_module(str(i), module)

    @public
    def advance(
        self, x: Shaped, state: StackState | None = None, mask: Shaped | None = None
    ) -> tuple[Tensor, StackState]:
        """Go on from a state; see `Layer.advance`.

        Args:
            x: `[T, B, *N]`.
            state: what the last call gave; `None` starts a new sequence.
            mask: `[T, B]` bool, False where a padded sample has ended; ordinary modules do not see it.

        Returns:
            The output `[T, B, *M]`, and the states of all layers after the last step.

        Raises:
            ShapeError: if a shape does not fit, or the state is another stack's.
            NumericalError: if a number is NaN or infinite; the message says in which module. What an ordinary module
                makes of NaN is found by the next layer of neurons or `pj.layers.Linear` behind it, and else by nobody.
        """
        self._check(x, state, mask)
        states = [None] * len(self) if state is None else list(state.layers)
        frame, first = self._once(x[:1].clone()) if stands_still(x) else (None, 0)
        x = x if frame is None else frame.detach().expand(x.shape[0], *frame.shape[1:])
        own = _in_place(self, first)
        chunks = Chunks(x, self._length(x), growth_of(self), own=own and frame is None)
        outputs, done = [], 0
        for chunk in chunks:
            y = chunk if frame is None else _repeated(frame, len(chunk), own=own)
            awake = None if mask is None else mask[done : done + len(chunk)]
            for i, module in enumerate(self):
                if i >= first:
                    y, states[i] = self._pass(i, module, y, states[i], awake)
                    chunks.saw(y)
            outputs.append(y)
            done += len(chunk)
        return outputs[0] if len(outputs) == 1 else torch.cat(outputs), StackState(tuple(states))

    def extra_repr(self) -> str:
        """What torch prints between the brackets, beside the modules."""
        return "" if self.chunk is None else f"chunk={self.chunk}"

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[nn.Module]:
        return iter(self._modules.values())  # type: ignore[arg-type]  # children() leaves out what stands here twice

    def __getitem__(self, index: int) -> nn.Module:
        return list(self)[index]

    def _pass(self, i: int, module: nn.Module, x: Tensor, state: object, mask: Tensor | None) -> tuple[Tensor, object]:
        """What a module makes of its input; a bad number is told with the module, and a parameter that holds one."""
        try:
            return _advance(module, x, state, mask)
        except NumericalError as error:
            found = f"module {i} ({type(module).__name__}): {error}"
            for name, value in self.state_dict().items():
                if value.is_floating_point() and (bad := first_bad(value)) is not None:
                    found = f"{found}; {name} is {bad}"
                    break
            raise NumericalError(found) from error

    def _length(self, x: Tensor) -> int | None:
        """Steps of a chunk, `None` for as many as fit the cache."""
        steps = max(1, x.shape[0])
        if needs_all_steps(self):
            return steps
        return steps if self.chunk is None and x.device.type != "cpu" else self.chunk

    def _once(self, frame: Tensor) -> tuple[Tensor, int]:
        """What the first modules make of input that stands still, and how many modules these are."""
        first = 0
        for module in self:
            if isinstance(module, Layer) or not gives_the_same(module):
                break
            frame, _ = self._pass(first, module, frame, None, None)
            first += 1
        return frame, first

    def _check(self, x: Tensor, state: StackState | None, mask: Tensor | None) -> None:
        if x.dim() < 2:
            raise ShapeError(f"a Sequential takes one tensor [T, B, *N], got {list(x.shape)}")
        if mask is not None and mask.shape != x.shape[:2]:
            raise ShapeError(f"the mask is bool [T, B] = {list(x.shape[:2])}, got {mask.dtype} {list(mask.shape)}")
        if state is not None and len(getattr(state, "layers", ())) != len(self):
            raise ShapeError(
                f"this Sequential goes on from a state with {len(self)} parts, got {type(state).__name__} with "
                f"{len(getattr(state, 'layers', ()))}; pass what its own advance gave"
            )


def _repeated(frame: Tensor, steps: int, *, own: bool) -> Tensor:
    """The frame for each of some steps; where that might be changed in place, in memory of its own.

    Layers of neurons get the frame's memory in every chunk: who counts what a layer reads knows it by that.
    """
    repeated = frame.expand(steps, *frame.shape[1:])
    return repeated.clone(memory_format=torch.contiguous_format) if own else repeated


def _in_place(modules: Iterable[nn.Module], first: int = 0) -> bool:
    """Whether some module might work in place on what is given to the first, before a layer of neurons reads it."""
    parts = _unstacked(islice(modules, first, None))
    return any(not leaves_its_input(part) for part in takewhile(lambda part: not isinstance(part, NeuronLayer), parts))


def _unstacked(modules: Iterable[nn.Module]) -> Iterator[nn.Module]:
    for module in modules:
        if isinstance(module, Sequential):
            yield from _unstacked(module)
        else:
            yield module


def _advance(module: nn.Module, x: Tensor, state: object, mask: Tensor | None) -> tuple[Tensor, object]:
    if isinstance(module, Layer):
        return go_on(module, x, state, mask)
    if isinstance(module, OverTime | Linear):  # these know time
        return module(x), None
    return over_time(module, x), None
