"""What a compiled time loop is asked to do: all that its source depends on beside the neuron's equations."""

from dataclasses import dataclass
from functools import cached_property

from picojoule.compile.graph import Graph
from picojoule.compile.partition import Partition, partition
from picojoule.compile.step import Step

ONE, EACH, STEP, STEP_EACH = "one", "each", "step", "step each"


@dataclass(frozen=True)
class LoopForm:
    """The form of a time loop.

    Args:
        dtype: `float32` or `float64`.
        recurrent: whether the last step's spikes come back through a matrix.
        masked: whether samples end before the others.
        kinds: of each coefficient, whether it is one number, one for each neuron, and whether it changes with time.
        keep: what is written out for every step: `spike`, or fields of the state.
        wanted: the inputs and coefficients (`x_…`, `c_…`), and perhaps `weight`, whose gradients are asked for.
        backward: whether there is a backward pass at all.
        binary: fields of the state that are 0 or 1 at the start; those that then hold spikes are stored as bytes.
    """

    dtype: str
    recurrent: bool
    masked: bool
    kinds: tuple[str, ...]
    keep: tuple[str, ...]
    wanted: tuple[str, ...]
    backward: bool
    binary: tuple[str, ...] = ()


@dataclass(frozen=True)
class LoopPlan:
    """A step and the form of the loop around it, with everything that an emitter writes."""

    step: Step
    form: LoopForm

    @cached_property
    def kinds(self) -> dict[str, str]:
        """How each coefficient (`c_…`) varies."""
        return {f"c_{name}": kind for name, kind in zip(self.step.coefficients, self.form.kinds, strict=True)}

    @property
    def current(self) -> str:
        """The input to which recurrent spikes are added."""
        return f"x_{self.step.ports[0]}"

    @cached_property
    def parts(self) -> Partition:
        """What is stored, and the backward pass that starts from it."""
        if not self.form.backward:
            return Partition((), Graph((), (), ()))
        spike = self.form.recurrent or "spike" in self.form.keep
        backward = self.step.backward(self._wanted, spike=spike)
        summed = frozenset([self.current] if self.form.recurrent else [])
        spikes = "weight" in self.form.wanted and self.step.forward.outputs[0] == "spike"
        also = frozenset(["spike"] if spikes else [])
        return partition(backward, summed=summed, also=also, binary=self.binary)

    @cached_property
    def binary(self) -> frozenset[str]:
        """The values that are 0 or 1 in every step."""
        spike, *after = self.step.forward.outputs
        fields = zip(self.step.state, after, strict=True)
        return frozenset(["spike", *(f"s_{f}" for f, value in fields if value == spike and f in self.form.binary)])

    @property
    def _wanted(self) -> set[str]:
        """The inputs of the step whose gradients are asked for: with a matrix, that of the current always is."""
        return {*self.form.wanted, *([self.current] if self.form.recurrent else [])} - {"weight"}

    @property
    def gradients(self) -> tuple[str, ...]:
        """The outputs of the backward pass, by the names of the inputs that they belong to."""
        if not self.form.backward:
            return ()
        return (*sorted(self._wanted), *(f"s_{field}" for field in self.step.state))

    def facts(self) -> dict[str, tuple[str, ...]]:
        """What a loop has to know of a plan when it finds the kernels on disk."""
        return {
            "ports": self.step.ports,
            "state": self.step.state,
            "coefficients": self.step.coefficients,
            "numbers": self.step.numbers,
            "saved": self.parts.saved,
            "bytes": tuple(sorted(self.binary.intersection(self.parts.saved))),
            "inputs_read": self.parts.inputs_read,
            "gradients": self.gradients,
        }
