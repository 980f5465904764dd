"""What looks at a model while it runs: every module that is entered, every operation of torch that is carried out."""

import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import MethodType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook
from torch.utils._python_dispatch import TorchDispatchMode, _get_current_dispatch_mode, _pop_mode_temporarily
from torch.utils._pytree import tree_leaves
from torch.utils.hooks import RemovableHandle

from picojoule.core.counts import Operations
from picojoule.core.errors import ShapeError
from picojoule.energy.count.book import Book, Site
from picojoule.energy.count.call import Call
from picojoule.energy.count.kind import Kind
from picojoule.energy.count.layers import count_module, count_neurons, speaks_for_itself, step_operations
from picojoule.energy.count.line import Record
from picojoule.energy.count.look import is_known, look, tensors_in
from picojoule.energy.count.operation import Operation, operation_of
from picojoule.energy.count.replay import Replay, replay_of
from picojoule.energy.work import Part, Traffic, Work
from picojoule.layers.base import Layer
from picojoule.layers.linear import Linear
from picojoule.layers.neuron_layer import Advance, NeuronLayer
from picojoule.layers.over_time import OverTime
from picojoule.layers.sequential import Sequential


@dataclass(frozen=True, eq=False)
class Frame:
    """A module that is running."""

    module: nn.Module | None
    site: Site


class _Accounts(threading.local):
    """Whose account is being written in this thread: no other one may take that for work of its model."""

    writer: "Observer | None" = None

    @contextmanager
    def written_by(self, observer: "Observer") -> Iterator[None]:
        before, self.writer = self.writer, observer
        try:
            yield
        finally:
            self.writer = before


_accounts = _Accounts()


class Observer(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Write down in a book what a model does while this mode is on.

    Args:
        model: that is looked at.
        book: that it is written in.
        names: labels of layers, by their names in the model; the others are called by name and type.
        spiking: types or names of modules, beside the library's own, whose output is spikes.
        input_spikes: whether what the model is given is spikes.
        batch_axis: of what the model is given; `None`: 1 for the library's layers, which take time first, otherwise 0.
        calls_per_sample: how often the model is called for each sample.
    """

    def __init__(  # noqa: PLR0917
        self,
        model: nn.Module,
        book: Book,
        names: Mapping[str, str],
        spiking: Sequence[type[nn.Module] | str],
        input_spikes: bool,
        batch_axis: int | None,
        calls_per_sample: int,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._stream: Callable[..., Any] | None = None  # stands for the model's `advance`
        self._model, self._book, self._names = model, book, names
        self._spiking, self._input_spikes = tuple(spiking), input_spikes
        self._timed = any(isinstance(part, NeuronLayer) for part in model.modules())
        self._axis = (1 if self._timed else 0) if batch_axis is None else batch_axis
        self._calls_per_sample, self._calls = calls_per_sample, 0
        self._known = {id(part): name for name, part in model.named_modules()}
        self._frames: list[Frame] = []
        self._thread = 0  # that it is open in
        # only a module's own hook is told of named arguments, but torch takes another path where attention has hooks
        self._by_name = not isinstance(model, nn.MultiheadAttention | nn.TransformerEncoderLayer)
        self._claims = 0  # layers that say themselves what they do, and are running; or the account's own work
        self._away: Any = None  # the context in which no operation is seen
        self._seeing = False  # whether operations are seen
        self._handles: list[RemovableHandle] = []
        self._arithmetic: dict[NeuronLayer, Operations] = {}
        self._first: NeuronLayer | None = None  # begins sequences where the model itself is not called

    def __enter__(self) -> "Observer":
        for tensor in (*self._model.parameters(), *self._model.buffers()):
            self._book.kinds.put(tensor, Kind.CONSTANT)
        self._thread = threading.get_ident()
        self._handles = [
            register_module_forward_pre_hook(self._entered),
            register_module_forward_hook(self._left, always_call=True),
        ]
        if self._by_name:
            self._handles.append(self._model.register_forward_pre_hook(self._model_entered, with_kwargs=True))
        if isinstance(self._model, Layer):
            self._stream = self._model.__dict__["advance"] = streamed(self, self._model)
        for part in self._model.modules():
            if isinstance(part, NeuronLayer):
                self._arithmetic[part] = step_operations(part.neuron)
                self._handles.append(part.register_advance_hook(self._advanced, before=self._advances))
        return self

    def __exit__(self, *details: Any) -> None:  # noqa: ANN401
        self._claims = min(self._claims, 1)  # more, if an error broke off a layer
        if self._claims:
            self._look_again()
        self._frames.clear()
        self._look_while_inside()
        if self._stream is not None and self._model.__dict__.get("advance") is self._stream:
            del self._model.__dict__["advance"]
        for handle in self._handles:
            handle.remove()
        self._handles.clear()

    def __torch_dispatch__(  # torch's own signature
        self,
        func: Any,  # noqa: ANN401
        types: Any,  # noqa: ANN401
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401
        named = kwargs or {}
        if not self._frames or self._claims or _accounts.writer not in (None, self):
            return func(*args, **named)
        operation = operation_of(func)
        if operation.composite and not is_known(operation.name):  # no gradient wanted: torch did not take it apart
            with self._again():
                return func.decompose(*args, **named)
        result = func(*args, **named)
        if (replay := replay_of(operation.name)) is None:
            self._look(operation, args, named, result)
        else:
            self._look_at_replay(replay, dict(zip(operation.arguments, args, strict=False)) | dict(named), result)
        return result

    def enter_part(self, part: Part, inputs: Sequence[Tensor]) -> None:
        """What follows belongs to a part beside the model, until `leave_part`.

        Args:
            part: encoder or readout.
            inputs: what it is given, unless the model gave it.
        """
        for tensor in inputs:
            if not self._book.kinds.seen(tensor):
                self._book.kinds.put(tensor, Kind.INPUT)
        self._frames.append(Frame(None, Site(part, part, part)))
        self._look_while_inside()

    def leave_part(self) -> None:
        """The part that was entered last has ended."""
        self._frames.pop()
        self._look_while_inside()

    def _look_while_inside(self) -> None:
        """Operations are seen only inside the model: seeing one takes 20 microseconds."""
        inside = bool(self._frames)
        if inside and not self._seeing:
            super().__enter__()  # type: ignore[no-untyped-call]
        elif self._seeing and not inside:
            super().__exit__(None, None, None)  # type: ignore[no-untyped-call]
        self._seeing = inside

    @contextmanager
    def _again(self) -> Iterator[None]:
        """What one operation is made of is seen like any other."""
        super().__enter__()  # type: ignore[no-untyped-call]
        try:
            yield
        finally:
            super().__exit__(None, None, None)  # type: ignore[no-untyped-call]

    # modules

    def _entered(self, module: nn.Module, args: Any) -> None:  # noqa: ANN401
        if module is not self._model or not self._by_name:
            self._enters(module, args)

    def _model_entered(self, module: nn.Module, args: Any, named: Any) -> None:  # noqa: ANN401
        self._enters(module, (args, named))

    def _enters(self, module: nn.Module, args: Any) -> None:  # noqa: ANN401
        name = self._known.get(id(module))
        if name is None or self._is_elsewhere(module, name):
            return
        self._enter(name, module, args)
        self._look_while_inside()
        if speaks_for_itself(module):
            self._look_away()

    def _enter(self, name: str, module: nn.Module, args: Any) -> None:  # noqa: ANN401
        tensors = [value for value in tree_leaves(args) if isinstance(value, Tensor)]
        if module is self._model:
            with self._aside():
                self._begin(tensors)
        elif not self._frames:  # the model itself was not called, but its `advance` or a part of it
            for tensor in tensors:
                if not self._book.kinds.seen(tensor):
                    self._book.kinds.put(tensor, Kind.SPIKES if self._input_spikes else Kind.INPUT)
        self._frames.append(Frame(module, self._site(name, module, tensors)))

    @contextmanager
    def streaming(self, given: Any, state: Any) -> Iterator[None]:  # noqa: ANN401
        """The model's `advance` runs.

        Args:
            given: what it is given, and its mask.
            state: that it goes on from.
        """
        inside = any(frame.module is self._model for frame in self._frames)
        if inside or self._claims or self._is_elsewhere(self._model, ""):
            yield  # called by its own `forward`, or not to be looked at
            return
        with self._aside():
            tensors = [value for value in tree_leaves(given) if isinstance(value, Tensor)]
            self._begin(tensors, goes_on=state is not None)
        self._frames.append(Frame(self._model, self._site("", self._model, tensors)))
        self._look_while_inside()
        try:
            yield
        finally:
            self._frames.pop()
            self._look_while_inside()

    def _is_elsewhere(self, module: nn.Module, name: str) -> bool:
        """Whether a module runs where nobody looks: in a backward pass, to store less, or in another thread."""
        if torch._C._current_graph_task_id() >= 0:
            return True
        if self._thread == threading.get_ident():
            return False
        self._book.uncounted[self._label(name, module), "it ran in another thread"] = None
        return True

    def _look_away(self) -> None:
        self._claims += 1
        if self._claims == 1 and _get_current_dispatch_mode() is self:
            self._away = _pop_mode_temporarily()
            self._away.__enter__()

    def _look_again(self) -> None:
        self._claims -= 1
        if not self._claims and self._away is not None:
            away, self._away = self._away, None
            away.__exit__(None, None, None)

    @contextmanager
    def _aside(self) -> Iterator[None]:
        """What is computed here is not the model's."""
        self._look_away()
        try:
            with _accounts.written_by(self):
                yield
        finally:
            self._look_again()

    def _left(self, module: nn.Module, args: Any, output: Any) -> None:  # noqa: ANN401
        if not self._frames or self._frames[-1].module is not module or self._thread != threading.get_ident():
            return
        if torch._C._current_graph_task_id() >= 0:
            return
        site = self._frames[-1].site
        if speaks_for_itself(module):
            if self._claims == 1 and isinstance(output, Tensor):
                with _accounts.written_by(self):
                    count_module(module, Call(type(module).__name__, self._book, site, args, {}, output), args[0])
            self._look_again()
        self._frames.pop()
        if not any(frame.site.lead is not None for frame in self._frames) and site.lead is not None:
            self._book.steps[site.layer] = site.step + site.lead // max(1, self._book.batch)
        self._take(module, site, output)
        self._look_while_inside()

    def _take(self, module: nn.Module, site: Site, output: Any) -> None:  # noqa: ANN401
        """Look at what a module gave: where it comes from, and whether it was declared to be spikes."""
        tensors = [value for value in tree_leaves(output) if isinstance(value, Tensor)]
        for tensor in tensors:
            if not self._book.kinds.seen(tensor):
                self._book.uncounted[site.label, "its result comes from outside torch"] = None
                self._book.kinds.put(tensor, Kind.ANALOG)
            elif self._is_spiking(module, site.layer):
                with self._aside():
                    self._declare(tensor, site.label)
        if module is self._model and tensors and all(self._book.kinds.of(tensor) is Kind.CONSTANT for tensor in tensors):
            self._book.uncounted[site.label, "its result does not come from its input"] = None

    def _site(self, name: str, module: nn.Module, tensors: Sequence[Tensor]) -> Site:
        above = self._frames[-1] if self._frames else None
        label = self._label(name, module)
        if above is not None and above.site.lead is not None:
            return Site(name, label, above.site.part, above.site.lead, above.site.step)
        return Site(name, label, None, self._lead(module, above, tensors), self._book.step_of(name))

    def _lead(self, module: nn.Module, above: Frame | None, tensors: Sequence[Tensor]) -> int | None:
        """Samples times steps that a module is given; `None` for what only hands on to layers that know time."""
        if not tensors or isinstance(module, Layer):
            return None
        shape = tensors[0].shape
        if not self._timed:
            return shape[self._axis] if len(shape) > self._axis else None
        if any(isinstance(part, NeuronLayer) for part in module.modules()):
            return None
        in_stack = above is not None and isinstance(above.module, Sequential)
        if len(shape) > 1 and (isinstance(module, OverTime | Linear) or not in_stack):
            return int(shape[0] * shape[1])
        return int(shape[0])

    def _label(self, name: str, module: nn.Module) -> str:
        return self._names.get(name) or f"{name} {type(module).__name__}".strip()

    def _begin(self, tensors: Sequence[Tensor], *, goes_on: bool = False) -> None:
        """The model is called: a batch of sequences begins, or goes on."""
        if not tensors:
            raise ShapeError(f"{type(self._model).__name__} was called without a tensor, so samples cannot be counted")
        x = tensors[0]
        samples = x.shape[self._axis] if x.dim() > self._axis else 1
        self._calls += 1
        if not goes_on and (self._calls - 1) % self._calls_per_sample == 0:
            self._book.begin(samples)
        self._book.go_on(x.shape[0] if self._timed and x.dim() else 1, self._mask(tensors))
        for tensor in tensors:
            if self._input_spikes and tensor is x:
                self._declare(tensor, "the input")
                self._input(tensor)
            elif self._book.kinds.of(tensor) in (Kind.CONSTANT, Kind.BLANK):
                self._book.kinds.put(tensor, Kind.INPUT)

    def _mask(self, tensors: Sequence[Tensor]) -> Tensor | None:
        """Which samples have not ended, as the library's layers are told."""
        if not isinstance(self._model, Layer) or len(tensors) < 2 or tensors[-1].dtype is not torch.bool:
            return None
        return tensors[-1].cpu() if tensors[-1].shape == tensors[0].shape[:2] else None

    def _input(self, x: Tensor) -> None:
        """Spikes that the model is given are written once and read once."""
        first, second = (x.shape[0], x.shape[1]) if self._timed else (1, x.shape[self._axis])
        rows = first * second
        spikes = x.detach().reshape(rows, -1).count_nonzero(1) if rows else torch.zeros(0, dtype=torch.int64)
        size = x.numel() // max(1, rows)
        label = "input spikes"
        one = Work("encoder", label, traffic=(Traffic(size, reads=1, writes=1),))
        site = Site(label, label, None, rows, self._book.step_of(label))
        self._book.steps[label] = site.step + first
        self._book.put(site, Record(Work("encoder", label), one), rows=rows, events=spikes)
        self._book.fired(site, spikes, size)
        came, chances = self._book.inputs.get(label, (0, 0))
        self._book.inputs[label] = came + int(spikes.sum()), chances + x.numel()

    # layers that say themselves what they do

    def _advances(self, _: NeuronLayer) -> None:
        self._look_away()

    def _advanced(self, call: Advance) -> None:
        if self._claims == 1:  # what is done here for the account is not the model's
            with _accounts.written_by(self):
                self._write_down(call)
        self._look_again()

    def _write_down(self, call: Advance) -> None:
        name = self._known[id(call.layer)]
        if not any(frame.module is self._model for frame in self._frames) and call.state is None:
            self._first = self._first or call.layer
            if call.layer is self._first:
                self._book.begin(call.output.shape[1])
        steps, samples = call.output.shape[:2]
        site = Site(name, self._label(name, call.layer), None, steps * samples, self._book.step_of(name))
        fired = count_neurons(self._book, site, call, self._arithmetic[call.layer])
        self._book.steps[name] = site.step + steps
        spiking = call.layer.neuron.output == "spike"
        if spiking:
            self._book.fired(site, fired.cpu().flatten(), call.output.numel() // max(1, steps * samples))
        self._book.kinds.put(call.output, Kind.SPIKES if spiking else Kind.ANALOG)

    def _is_spiking(self, module: nn.Module, name: str) -> bool:
        return any(name == said if isinstance(said, str) else isinstance(module, said) for said in self._spiking)

    def _declare(self, tensor: Tensor, label: str) -> None:
        """Take spikes for what they were said to be, after a look at them."""
        values = tensor.detach()
        if not bool(((values == 0) | (values.abs() == 1)).all()):
            odd = values[(values != 0) & (values.abs() != 1)].flatten()[0]
            raise ShapeError(
                f"{label} was declared to be spikes, 0 and 1 or -1, 0 and 1, but holds {float(odd):g}; "
                f"leave the declaration out, or threshold it first"
            )
        self._book.signed = self._book.signed or bool((values < 0).any())
        self._book.kinds.put(tensor, Kind.SPIKES)

    # operations

    def _look(self, operation: Operation, args: Sequence[Any], kwargs: Mapping[str, Any], result: Any) -> None:  # noqa: ANN401
        frame = self._frames[-1]
        call = Call(operation.name, self._book, frame.site, args, kwargs, result)
        with _accounts.written_by(self):
            look(operation, call, beside=frame.module is None)

    def _look_at_replay(self, replay: Replay, given: Mapping[str, Any], result: Any) -> None:  # noqa: ANN401
        """What torch did in one piece is done once more, piece by piece."""
        if any(isinstance(value, Tensor) and value.is_nested for value in given.values()):
            self._book.uncounted[self._frames[-1].site.label, "nested tensors"] = None
        else:
            with _accounts.written_by(self), self._again():
                replay(given)
        for tensor in tensors_in(result):
            self._book.kinds.put(tensor, Kind.ANALOG)


def streamed(observer: Observer, model: Layer) -> Callable[..., Any]:
    """The model's `advance`, seen by an observer; hooks of torch are called for `forward` alone.

    Args:
        observer: that sees.
        model: whose method it is; a copy of the model may take it along.
    """
    seen_by = weakref.ref(observer)

    def advance(layer: Layer, x: Any, state: Any = None, mask: Tensor | None = None) -> Any:  # noqa: ANN401
        looking, plain = seen_by(), type(layer).advance
        if looking is None or layer is not model:
            return plain(layer, x, state, mask)
        with looking.streaming((x, mask), state):
            return plain(layer, x, state, mask)

    return MethodType(advance, model)
