"""Record what happens inside a model while it runs."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Self

import torch
from torch import Tensor, nn

from picojoule.core.arguments import public
from picojoule.core.errors import OutputError, ParameterError, ShapeError, UnknownNameError
from picojoule.core.params import Unit
from picojoule.layers.byte_count import byte_count
from picojoule.layers.neuron_layer import NeuronLayer
from picojoule.simulate.scan.scan import state_fields

_SPIKE, _WEIGHT = "spike", "weight"


class Recorder(Mapping[str, Tensor]):
    """Record spikes, fields of the state and weights of a model while this context is open.

    What was recorded is read by the name of a layer and of a field, `recorder["1.v"]`: `[T, B, *N]` with all sequences
    behind one another, on the CPU; spikes are bool. Weights, of every module that has some, are copied when a sequence
    begins, and read as `[sequences, *shape]`. Recording changes no result, and no gradient flows into it.

    A sequence begins where a layer is called without a state: with every call of a model, or with the first of
    several calls of `advance` or `step`.

    Args:
        module: a model with `Spiking` or `Recurrent` layers in it, or such a layer.
        keep: what to record: `"spike"`, `"weight"`, and names of fields of the state, where a layer has them.
        every: record one sequence out of this many, from the first.
        limit: bytes that the recording may take, as a number or as text: `"100 MB"`.

    Raises:
        ParameterError: if there is no such layer, or one is being recorded already; if a number is out of range.
        UnknownNameError: if no layer has such a field.
        OutputError: on the way, before the limit would be passed.

    Example:
        >>> from picojoule.layers.spiking import Spiking
        >>> from picojoule.neurons.lif import LIF
        >>> model = nn.Sequential(nn.Linear(3, 2), Spiking(LIF()))
        >>> with Recorder(model, keep={"v", "spike"}) as recorder:
        ...     _ = model(torch.rand(50, 4, 3))
        >>> {name: list(values.shape) for name, values in recorder.items()}
        {'1.spike': [50, 4, 2], '1.v': [50, 4, 2]}
    """

    @public
    def __init__(
        self,
        module: nn.Module,
        keep: Iterable[str],
        *,
        every: Annotated[int, Unit("sequences", at_least=1)] = 1,
        limit: int | str = "100 MB",
    ) -> None:
        self._module, self._every, self._limit = module, every, byte_count(limit)
        self._layers = {name: part for name, part in module.named_modules() if isinstance(part, NeuronLayer)}
        if not self._layers:
            raise ParameterError(f"{type(module).__name__} holds no Spiking or Recurrent layer that could be recorded")
        self._keep = _known(set(keep), self._layers.values())
        self._pieces: dict[str, list[Tensor]] = {}
        self._bytes = 0
        self._first: str | None = None  # the layer that runs first, which says when a sequence of the model begins

    def __enter__(self) -> Self:
        for name, layer in self._layers.items():
            if layer.watch is not None:
                raise ParameterError(f"layer {name!r} is being recorded already; close the other Recorder first")
        for name, layer in self._layers.items():
            fields = {_SPIKE, *layer.learned.fields}
            layer.watch = _LayerWatch(self, name, tuple(sorted(self._keep & fields)))
        return self

    def __exit__(self, *_: object) -> None:
        for layer in self._layers.values():
            layer.watch = None

    def __getitem__(self, name: str) -> Tensor:
        if name not in self._pieces:
            raise UnknownNameError("recording", name, self._pieces)
        pieces = self._pieces[name]
        if name.rpartition(".")[2] == _WEIGHT:
            return torch.stack(pieces)
        if len({piece.shape[1:] for piece in pieces}) > 1:
            shapes = ", ".join(sorted({str(list(piece.shape)) for piece in pieces}))
            raise ShapeError(f"{name} was recorded in shapes that do not fit together: {shapes}; record them apart")
        return torch.cat(pieces)

    def __iter__(self) -> Iterator[str]:
        return iter(self._pieces)

    def __len__(self) -> int:
        return len(self._pieces)

    def __repr__(self) -> str:
        kept = ", ".join(self._pieces) or "nothing yet"
        return f"Recorder({kept}; {self._bytes:,} of {self._limit:,} bytes)"

    def begin(self, name: str, sequence: int) -> bool:
        """Say whether a sequence is recorded; copy weights when the first layer begins it.

        Args:
            name: of the layer that begins.
            sequence: its number for this layer, from 0.
        """
        recorded = sequence % self._every == 0
        self._first = name if self._first is None else self._first
        if recorded and name == self._first and _WEIGHT in self._keep:
            for owner, part in self._module.named_modules():
                if isinstance(weight := getattr(part, _WEIGHT, None), Tensor):
                    self.reserve(owner, weight.numel() * weight.element_size())
                    self.store(owner, {_WEIGHT: weight})
        return recorded

    def reserve(self, name: str, size: int) -> None:
        """Refuse what would not fit.

        Args:
            name: of the layer.
            size: bytes to come.

        Raises:
            OutputError: if the limit would be passed.
        """
        if self._bytes + size > self._limit:
            raise OutputError(
                f"recording {name or 'the layer'} takes {size:,} bytes more, beyond the limit of {self._limit:,} "
                f"({self._bytes:,} are stored); keep less, raise every={self._every}, or give a higher limit"
            )
        self._bytes += size

    def store(self, name: str, values: Mapping[str, Tensor]) -> None:
        """Copy values.

        Args:
            name: of the layer.
            values: by field.
        """
        for field, value in values.items():
            kind = torch.bool if field == _SPIKE else value.dtype
            copied = value.detach().to(device="cpu", dtype=kind, copy=True)
            self._pieces.setdefault(f"{name}.{field}" if name else field, []).append(copied)


class _LayerWatch:
    """What a recorder puts into a layer."""

    def __init__(self, recorder: Recorder, name: str, keep: tuple[str, ...]) -> None:
        self._recorder, self._name, self._keep = recorder, name, keep
        self._sequences = 0
        self._recorded = False

    def wanted(self, frames: Tensor, *, starts: bool) -> tuple[str, ...]:
        if starts or self._sequences == 0:  # opened in the midst of a sequence, a recorder begins there
            self._recorded = self._recorder.begin(self._name, self._sequences)
            self._sequences += 1
        if not self._recorded:
            return ()
        sizes = (1 if field == _SPIKE else frames.element_size() for field in self._keep)
        self._recorder.reserve(self._name, frames.numel() * sum(sizes))
        return self._keep

    def take(self, kept: dict[str, Tensor]) -> None:
        self._recorder.store(self._name, kept)


def _known(keep: set[str], layers: Iterable[NeuronLayer]) -> set[str]:
    """The names to keep, each known to a layer."""
    known = {_SPIKE, _WEIGHT}.union(*(state_fields(layer.neuron) for layer in layers))
    for name in sorted(keep - known):
        raise UnknownNameError("value to record", name, known)
    if not keep:
        raise ParameterError(
            f"a Recorder without anything to keep records nothing; choose of {', '.join(sorted(known))}"
        )
    return keep
