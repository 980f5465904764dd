"""Spikes of the layers inside a model, with their gradient: what a penalty on activity or energy needs."""

from collections.abc import Iterator, Mapping
from typing import Self

from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from picojoule.core.arguments import public
from picojoule.core.errors import ParameterError, ShapeError, UnknownNameError
from picojoule.layers.neuron_layer import Advance, NeuronLayer


class Activity(Mapping[str, Tensor]):
    """Count the spikes of every layer inside a model while this context is open, with gradient.

    What was counted is read by the name of a layer, `activity["1"]`: `[B, *N]`, the spikes of each neuron for each
    sample, added up over all steps since the context was opened, in whatever chunks they came. Layers whose neurons
    never spike are left out. Counting changes no result. Once the context is closed nothing is kept: use the counts
    inside, and open a new context for every batch.

    Args:
        module: a model with `Spiking` or `Recurrent` layers in it, or such a layer.

    Raises:
        ParameterError: if no layer in it can spike.

    Example:
        >>> import torch
        >>> from picojoule.layers.spiking import Spiking
        >>> from picojoule.neurons.lif import LIF
        >>> model = nn.Sequential(nn.Linear(3, 2), Spiking(LIF()))
        >>> with Activity(model) as activity:
        ...     _ = model(torch.rand(50, 4, 3))
        ...     activity["1"].sum(1).mean().backward()  # spikes per sample
        >>> model[0].weight.grad.shape
        torch.Size([2, 3])
    """

    @public
    def __init__(self, module: nn.Module) -> None:
        self._layers = {
            name: part
            for name, part in module.named_modules()
            if isinstance(part, NeuronLayer) and part.neuron.output == "spike"
        }
        if not self._layers:
            raise ParameterError(
                f"{type(module).__name__} holds no Spiking or Recurrent layer of neurons that spike; there is no "
                f"activity to count"
            )
        self._names = {layer: name for name, layer in self._layers.items()}
        self._counts: dict[str, Tensor] = {}
        self._handles: list[RemovableHandle] = []

    def __enter__(self) -> Self:
        if self._handles:
            raise ParameterError("this Activity is open already; make one for each context")
        self._handles = [layer.register_advance_hook(self._count) for layer in self._layers.values()]
        return self

    def __exit__(self, *_: object) -> None:
        for handle in self._handles:
            handle.remove()
        self._handles.clear()
        self._counts.clear()

    def __getitem__(self, name: str) -> Tensor:
        if name not in self._layers:
            raise UnknownNameError("layer", name, self._layers)
        if name not in self._counts:
            reason = "has not run since this Activity was opened" if self._handles else "is not counted any more"
            raise ParameterError(
                f"layer {name!r} {reason}; run the model and read the counts while the context is open"
            )
        return self._counts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._counts)

    def __len__(self) -> int:
        return len(self._counts)

    def __contains__(self, name: object) -> bool:
        return name in self._counts

    def __repr__(self) -> str:
        return f"Activity({', '.join(self._layers)})"

    def _count(self, call: Advance) -> None:
        name, spikes = self._names[call.layer], call.output.sum(0)
        before = self._counts.get(name)
        if before is not None and before.shape != spikes.shape:
            raise ShapeError(
                f"layer {name!r} gave spikes {list(spikes.shape)} after {list(before.shape)}, samples first; open a "
                f"new Activity for every batch"
            )
        self._counts[name] = spikes if before is None else before + spikes
