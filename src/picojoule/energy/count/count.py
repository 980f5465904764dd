"""Count what a model does while it runs."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Self

import torch
from torch import Tensor, nn

from picojoule.core.arguments import public
from picojoule.core.errors import ParameterError, ShapeError, UnknownNameError
from picojoule.core.params import Unit
from picojoule.energy.count.book import Book
from picojoule.energy.count.observer import Observer
from picojoule.energy.count.warn import warnings_of
from picojoule.energy.work import SHARED_ASSUMPTIONS, SPIKING_ASSUMPTIONS, Part, Work, Workload
from picojoule.layers.neuron_layer import NeuronLayer
from picojoule.layers.sequential import Sequential
from picojoule.network.network import Network

SKIPPED = "Zeros are skipped where they are found: every value that is no spike is compared with zero once."
DENSE = "Every product is computed, those with a zero too."
REUSED = "Where weights are reused, each is read at most once for a sample and step, and kept until it is not needed."
READ = "Where weights are not reused, every product reads its weight."
FOLDED = "A batch norm that follows weights is part of them."


class Count:
    """Count the operations of a model while this context is open.

    Whatever the model computes with torch is seen: its layers, operations between them, recurrent layers and
    attention, and the library's own layers, which know spikes. Each operation is counted where it happens, with the
    values that it has; results are not changed. Backward passes and optimisers are not counted, nor is anything beside
    the model, unless `part` says that it is its encoder or readout.

    Which tensors are spikes is said by the layers that make them, never guessed: the library's layers of neurons that
    spike, what `spiking` names, and the input if `input_spikes` is set. Spikes stay spikes in views, copies and max
    pooling; a sum or a mean of spikes is not binary any more, and a layer that takes it multiplies.

    Args:
        model: any module.
        spiking: types or names of further modules whose output is spikes; it is checked to be 0, 1 or -1.
        input_spikes: whether the first tensor that the model is given is spikes; that is checked too.
        names: labels of layers by their names in the model.
        fold_batch_norm: whether a batch norm in evaluation that follows weights is part of them, as when it is
            deployed; otherwise it costs a product and a sum for each value.
        each_step: whether work is kept for each sample and step, for `workload(stops=...)`.
        batch_axis: of the first tensor that the model is given; `None`: 1 if there are layers of neurons in it, which
            take `[T, B, *N]`, otherwise 0.
        calls_per_sample: how often the model is called for each sample, if it is called once for each step.

    Raises:
        UnknownNameError: if `names` or `spiking` holds a name that no layer has.
        ParameterError: if `model` is or holds a `Network`, which counts by itself; if a number is out of range; if the
            context is open already; if `each_step` is wanted where steps cannot be told apart.
        ShapeError: on the way, if what was declared to be spikes is not.

    Example:
        >>> model = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(2 * 4 * 4, 10))
        >>> with Count(model) as count:
        ...     _ = model(torch.ones(1, 1, 4, 4))
        >>> sum(work.products.dense for work in count.workload().works)  # 2 x 100 at the borders, 32 x 10
        520
    """

    @public
    def __init__(
        self,
        model: nn.Module,
        *,
        spiking: Sequence[type[nn.Module] | str] = (),
        input_spikes: bool = False,
        names: Mapping[str, str] | None = None,
        fold_batch_norm: bool = True,
        each_step: bool = False,
        batch_axis: Annotated[int, Unit("(an axis)", at_least=0)] | None = None,
        calls_per_sample: Annotated[int, Unit("calls", at_least=1)] = 1,
    ) -> None:
        _check_names(model, names or {}, spiking)
        if each_step:
            _check_steps(model, batch_axis)
        neurons = any(isinstance(part, NeuronLayer) for part in model.modules())
        self._book = Book(
            spiking=neurons or input_spikes or bool(spiking), fold_batch_norm=fold_batch_norm, each_step=each_step
        )
        self._observer = Observer(model, self._book, names or {}, spiking, input_spikes, batch_axis, calls_per_sample)
        self._open = False
        self._extra: list[Work] = []

    def __enter__(self) -> Self:
        if self._open:
            raise ParameterError("this Count is open already; make one for each context")
        self._open = True
        self._observer.__enter__()
        return self

    def __exit__(self, *details: object) -> None:
        self._open = False
        self._observer.__exit__(*details)

    @contextmanager
    def part(self, part: Part, *inputs: Tensor) -> Iterator[None]:
        """Count what follows, beside the model, as its encoder or its readout.

        Args:
            part: `"encoder"` or `"readout"`.
            inputs: what it is given, unless the model gave it.

        Raises:
            ParameterError: if the part is another one, or the context is not open.

        Example:
            >>> model = nn.Linear(3, 10)
            >>> with Count(model) as count:
            ...     scores = model(torch.rand(8, 3))
            ...     with count.part("readout"):
            ...         _ = scores.argmax(1)
            >>> [(work.part, work.operations.additions) for work in count.workload().works if work.part == "readout"]
            [('readout', 72)]
        """
        if part not in ("encoder", "readout") or not self._open:
            raise ParameterError(f"part must be 'encoder' or 'readout' in an open Count, got {part!r}")
        self._observer.enter_part(part, inputs)
        try:
            yield
        finally:
            self._observer.leave_part()

    def add(self, *works: Work) -> None:
        """Add work that was not computed by torch, for instance an encoder's.

        Args:
            works: of all samples together.
        """
        self._extra.extend(works)

    @property
    def samples(self) -> int:
        """Samples that the model was given."""
        return self._book.samples

    @property
    def uncounted(self) -> tuple[str, ...]:
        """What could not be counted, as `layer: operation`; its share of the work is unknown."""
        return tuple(f"{label}: {name}" for label, name in self._book.uncounted)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What usually fools people, found in this model: a dense code, spikes that are not binary, analog layers."""
        return warnings_of(self.workload().works, self._book)

    def workload(
        self, *, skip_zeros: bool = True, reuse_weights: bool = False, stops: int | Tensor | None = None
    ) -> Workload:
        """The work of all samples.

        Args:
            skip_zeros: whether the hardware leaves out products with a zero where the input is analog, for one
                comparison per value; products of spikes that did not come are never made.
            reuse_weights: whether the hardware reads a weight at most once for a sample and step, however many
                positions of a kernel need it; otherwise every product reads its weight.
            stops: as if every sample, or each of `[samples]`, had ended after so many steps; needs `each_step`. Work
                added by `add` is kept whole.

        Returns:
            The work, one line for each layer and part.

        Raises:
            ParameterError: if nothing was run, or steps were not kept.
            ShapeError: if `stops` is not one number for each sample.

        Example:
            >>> from picojoule.layers import Linear, Sequential, Spiking
            >>> from picojoule.neurons import LIF
            >>> model = Sequential(Spiking(LIF(tau=2.0)), Linear(3, 10, bias=False))
            >>> with Count(model, each_step=True) as count:
            ...     _ = model(torch.full((5, 1, 3), 9.0))  # every neuron fires in every step
            >>> [sum(w.products.accumulates for w in count.workload(stops=k).works) for k in (1, 2, 5)]
            [30, 60, 150]
        """
        if not self.samples:
            raise ParameterError("nothing was counted; run the model while the Count is open")
        each = self._stops(stops)
        spikes, chances = self._book.spikes(each)
        assumptions: tuple[str, ...] = (*SHARED_ASSUMPTIONS, SKIPPED if skip_zeros else DENSE)
        assumptions += (REUSED if reuse_weights else READ,)
        if self._book.spiking:
            assumptions += SPIKING_ASSUMPTIONS
        if self._book.fold_batch_norm and self._book.folded:
            assumptions += (FOLDED,)
        found = self._book.works(skip_zeros=skip_zeros, reuse_weights=reuse_weights, stops=each)
        works = (*self._extra, *found)
        return Workload(self.samples, works, spikes, chances, assumptions)

    def _stops(self, stops: int | Tensor | None) -> Tensor | None:
        if stops is None:
            return None
        if isinstance(stops, int):
            return torch.full((self.samples,), stops)
        if stops.shape != (self.samples,):
            raise ShapeError(f"stops must be [{self.samples}], steps of every sample, got {list(stops.shape)}")
        return stops.cpu()


def _check_names(model: nn.Module, names: Mapping[str, str], spiking: Sequence[type[nn.Module] | str]) -> None:
    modules = dict(model.named_modules())
    for kind, wanted in (("layer to label", names), ("spiking layer", spiking)):
        for name in wanted:
            if isinstance(name, str) and name not in modules:
                raise UnknownNameError(f"{kind} in {type(model).__name__}", name, filter(None, modules))
    if found := [name for name, module in modules.items() if isinstance(module, Network)]:
        what = f"its part {found[0]!r}" if found[0] else "it"
        raise ParameterError(
            f"Count watches what torch computes, and {what} is a pj.Network, which counts by itself: "
            f"pj.run(network, spikes).counts, and picojoule.energy.work.spiking_workload makes a workload of them"
        )


def _check_steps(model: nn.Module, batch_axis: int | None) -> None:
    if batch_axis and not any(isinstance(part, NeuronLayer) for part in model.modules()):
        raise ParameterError(
            f"{type(model).__name__} has no layers of neurons, so steps inside a call are not known; call it once for "
            f"each step with calls_per_sample, or count without each_step"
        )
    for stack in model.modules():
        if isinstance(stack, Sequential) and len(set(stack)) < len(stack):
            raise ParameterError(
                "a module stands twice in a Sequential, so its steps cannot be told apart; put a copy in its second "
                "place, or count without each_step"
            )
