"""Where the calls of a model take place: the modules that are running, and how many rows they are given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from picojoule.energy.count.book import Book, Site
from picojoule.layers.base import Layer
from picojoule.layers.linear import Linear
from picojoule.layers.neuron_layer import NeuronLayer
from picojoule.layers.over_time import OverTime
from picojoule.layers.sequential import Sequential


@dataclass(frozen=True, eq=False)
class Frame:
    """A module that is running."""

    module: nn.Module | None
    site: Site


class Sites:
    """Makes sites.

    Args:
        book: that knows how many steps each layer went through.
        names: labels of layers, by their names in the model; the others are called by name and type.
        timed: whether there are layers that know time.
        batch_axis: the axis of samples.
    """

    def __init__(self, book: Book, names: Mapping[str, str], timed: bool, batch_axis: int) -> None:
        self._book, self._names, self._timed, self._axis = book, names, timed, batch_axis

    def label(self, name: str, module: nn.Module) -> str:
        """A module, as it stands in the account.

        Args:
            name: in the model.
            module: itself.
        """
        return self._names.get(name) or f"{name} {type(module).__name__}".strip()

    def of(self, name: str, module: nn.Module, tensors: Sequence[Tensor], above: Frame | None) -> Site:
        """Where a call of a module takes place.

        Args:
            name: of the module in the model.
            module: itself.
            tensors: that it is given.
            above: the module that calls it.
        """
        label = self.label(name, module)
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
        if above is not None and isinstance(above.module, Sequential):
            both = isinstance(module, OverTime | Linear)
        else:  # an ordinary module of somebody else's layer is given steps and samples as one axis, or as two
            steps, samples = self._book.steps_given, self._book.batch
            as_one = shape[:1] == (steps * samples,) and shape[:2] != (steps, samples)
            both = not as_one and shape[1:2] == (samples,)
        return shape[: 1 + both].numel() if shape else None
