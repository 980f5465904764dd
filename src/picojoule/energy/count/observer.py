"""What looks at a model while it runs: every module that is entered, every operation of torch that is carried out."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook
from torch.utils._python_dispatch import TorchDispatchMode, _get_current_dispatch_mode, _pop_mode_temporarily
from torch.utils.hooks import RemovableHandle

from picojoule.core.counts import Operations
from picojoule.energy.count.attached import streamed, told_of_names, uncompiled
from picojoule.energy.count.book import Book, Site
from picojoule.energy.count.call import Call
from picojoule.energy.count.inputs import Inputs, packed_in
from picojoule.energy.count.kind import Kind
from picojoule.energy.count.layers import count_module, speaks_for_itself
from picojoule.energy.count.look import is_known, look, tensors_in
from picojoule.energy.count.operation import operation_of
from picojoule.energy.count.outputs import take, take_neurons
from picojoule.energy.count.replay import Replay, replay_of
from picojoule.energy.count.sites import Frame, Sites
from picojoule.energy.count.writing import writing
from picojoule.energy.step_operations import step_operations
from picojoule.energy.work import Part
from picojoule.layers.base import Layer
from picojoule.layers.neuron_layer import Advance, NeuronLayer
from picojoule.layers.still import only_looks


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
        self._model, self._book = model, book
        types = tuple(said for said in spiking if not isinstance(said, str))
        self._spiking = {part for name, part in model.named_modules() if name in spiking or isinstance(part, types)}
        timed = any(isinstance(part, NeuronLayer) for part in model.modules())
        axis = int(timed) if batch_axis is None else batch_axis
        self._inputs = Inputs(model, book, input_spikes, timed, axis, calls_per_sample)
        self._sites = Sites(book, names, timed, axis)
        self._known = {id(part): name for name, part in model.named_modules()}
        self._frames: list[Frame] = []
        self._thread = 0  # that it is open in
        self._stream: Any = None  # stands for the model's `advance`
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
        self._uncompiled = uncompiled(self._model)
        self._uncompiled.__enter__()
        self._handles = [
            register_module_forward_pre_hook(self._entered),
            register_module_forward_hook(self._left, always_call=True),
        ]
        if self._by_name:
            hook = told_of_names(self, self._model)
            self._handles.append(self._model.register_forward_pre_hook(hook, with_kwargs=True))
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
        self._uncompiled.__exit__(None, None, None)
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
        if not self._frames or self._claims or writing.by_another(self):
            return func(*args, **named)
        operation = operation_of(func)
        if operation.composite and not is_known(operation.name):  # no gradient wanted: torch did not take it apart
            with self._again():
                return func.decompose(*args, **named)
        result = func(*args, **named)
        if (replay := replay_of(operation.name)) is None:
            frame = self._frames[-1]
            with writing.by(self):
                look(operation, Call(operation.name, self._book, frame.site, args, named, result), frame.module is None)
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
        self._pop()

    def _pop(self) -> None:
        self._frames.pop()
        if not self._frames and self._claims:  # an error broke off a layer
            self._claims = 1
            self._look_again()
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

    @only_looks
    def _entered(self, module: nn.Module, args: Any) -> None:  # noqa: ANN401
        if module is not self._model or not self._by_name:
            self.enters(module, args)

    def enters(self, module: nn.Module, given: Any) -> None:  # noqa: ANN401
        """A module begins; see `Looking`."""
        name = self._known.get(id(module))
        if name is None or self._is_elsewhere(module, name):
            return
        self._enter(name, module, given)
        self._look_while_inside()
        if speaks_for_itself(module):
            self._look_away()

    def _enter(self, name: str, module: nn.Module, given: Any, *, goes_on: bool = False) -> None:  # noqa: ANN401
        tensors = list(tensors_in(given))
        if module is self._model:
            with self._aside():
                self._inputs.begin(tensors, packed_in(given), goes_on=goes_on)
        elif not self._frames:  # the model itself was not called
            self._inputs.part(tensors)
        above = self._frames[-1] if self._frames else None
        self._frames.append(Frame(module, self._sites.of(name, module, tensors, above)))

    @contextmanager
    def streaming(self, given: Any, state: Any) -> Iterator[None]:  # noqa: ANN401
        """The model's `advance` runs; see `Looking`."""
        inside = any(frame.module is self._model for frame in self._frames)
        if inside or self._claims or self._is_elsewhere(self._model, ""):
            yield  # called by its own `forward`, or not to be looked at
            return
        self._enter("", self._model, given, goes_on=state is not None)
        self._look_while_inside()
        try:
            yield
        finally:
            self._pop()

    def _is_elsewhere(self, module: nn.Module, name: str) -> bool:
        """Whether a module runs where nobody looks: in a backward pass, to store less, or in another thread."""
        if torch._C._current_graph_task_id() >= 0:
            return True
        if self._thread == threading.get_ident():
            return False
        self._book.uncounted[self._sites.label(name, module), "it ran in another thread"] = None
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
            with writing.by(self):
                yield
        finally:
            self._look_again()

    @only_looks
    def _left(self, module: nn.Module, args: Any, output: Any) -> None:  # noqa: ANN401
        name = self._known.get(id(module))
        running = self._frames[-1].module if self._frames else None
        if name is None or running is not module or self._is_elsewhere(module, name):
            return
        site = self._frames[-1].site
        if speaks_for_itself(module):
            if self._claims == 1 and isinstance(output, Tensor):
                with writing.by(self):
                    count_module(module, Call(type(module).__name__, self._book, site, args, {}, output), args[0])
            self._look_again()
        self._pop()
        if not any(frame.site.lead is not None for frame in self._frames) and site.lead is not None:
            self._book.steps[site.layer] = site.step + site.lead // max(1, self._book.batch)
        declared = module in self._spiking
        with self._aside() if declared else nullcontext():
            take(self._book, site, output, spikes=declared, last=module is self._model)

    # layers that say themselves what they do

    def _advances(self, layer: NeuronLayer) -> None:
        if not self._is_elsewhere(layer, self._known[id(layer)]):
            self._look_away()

    def _advanced(self, call: Advance) -> None:
        if self._is_elsewhere(call.layer, self._known[id(call.layer)]):
            return
        if self._claims == 1:  # what is done here for the account is not the model's
            with writing.by(self):
                self._write_down(call)
        self._look_again()

    def _write_down(self, call: Advance) -> None:
        name = self._known[id(call.layer)]
        if not any(frame.module is self._model for frame in self._frames) and call.state is None:
            self._first = self._first or call.layer
            if call.layer is self._first:
                self._book.begin(call.output.shape[1])
        lead = call.output.shape[:2].numel()
        site = Site(name, self._sites.label(name, call.layer), None, lead, self._book.step_of(name))
        take_neurons(self._book, site, call, self._arithmetic[call.layer])

    def _look_at_replay(self, replay: Replay, given: Mapping[str, Any], result: Any) -> None:  # noqa: ANN401
        """What torch did in one piece is done once more, piece by piece."""
        if any(isinstance(value, Tensor) and value.is_nested for value in given.values()):
            self._book.uncounted[self._frames[-1].site.label, "nested tensors"] = None
        else:
            with writing.by(self), self._again():
                replay(given)
        for tensor in tensors_in(result):
            self._book.kinds.put(tensor, Kind.ANALOG)
