"""Prices of whole devices: so much for a synaptic operation, so much for the update of a neuron, as published.

    energy = synaptic operations x E_synaptic + neuron updates x E_update

A device that skips zeros pays for the synaptic operations whose input is not zero; another one pays for every synapse
in every step. There is no line for memory: where the published figure holds it, it is inside, and else it is missing.
"""

from dataclasses import dataclass, replace
from typing import Literal

from picojoule.core.params import Price, validate
from picojoule.energy.table import CostTable, Priced
from picojoule.energy.work import SHARED_ASSUMPTIONS, SPIKING_ASSUMPTIONS, Work, Workload

Runs = Literal["spiking", "conventional", "both"]


@dataclass(frozen=True)
class DeviceTable(CostTable):
    """Prices of a synaptic operation and of a neuron update on one device.

    Args:
        name: what the user calls the table.
        citation: where the numbers come from.
        synaptic_operation: in pJ.
        neuron_update: of one neuron in one step, in pJ.
        runs: the networks that the device can run.
        skips_zeros: whether an input of zero costs nothing.
        memory_included: whether the figures hold the device's memory.
        assumptions: sentences that have to stand beside every result.

    Raises:
        ParameterError: if a price is negative, or `runs` is none of its values.

    Example:
        >>> from picojoule.energy.work import Products
        >>> chip = DeviceTable("chip", "its data sheet", synaptic_operation=20.0, neuron_update=80.0)
        >>> chip.priced(Work("synapses", "X -> Y", products=Products(dense=40, accumulates=3), updates=2)).compute
        220.0
    """

    name: str
    citation: str
    synaptic_operation: Price
    neuron_update: Price
    runs: Runs = "spiking"
    skips_zeros: bool = True
    memory_included: bool = True
    assumptions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        validate(self)

    @property
    def has_memory(self) -> bool:
        """Never: it is inside the figures, or missing."""
        return False

    def refusal(self, workload: Workload) -> str:
        """Why the device cannot run a workload; empty if it can."""
        kind = "spiking" if is_spiking(workload) else "conventional"
        if self.runs not in (kind, "both"):
            return f"runs {self.runs} networks only, and this one is {kind}"
        if any(work.part == "weight updates" for work in workload.works):
            return "has no price for learning"
        return ""

    def priced(self, work: Work) -> Priced:
        """Synaptic operations and neuron updates times prices; no memory."""
        products = work.products.effective if self.skips_zeros else work.products.dense
        return Priced(work, products * self.synaptic_operation + work.updates * self.neuron_update, 0.0)

    def beside(self, workload: Workload) -> tuple[str, ...]:
        """What was priced, what is inside the figures, and what is missing."""
        about = (*SHARED_ASSUMPTIONS, *SPIKING_ASSUMPTIONS)  # memories and words, which this table knows nothing of
        kept = (sentence for sentence in workload.assumptions if sentence not in about)
        return (*self._model(workload), *kept, *self.assumptions)

    def scaled(self, factor: float) -> "DeviceTable":
        """The same table with every price multiplied, for example for another technology.

        Args:
            factor: at least 0.
        """
        return replace(
            self,
            synaptic_operation=self.synaptic_operation * factor,
            neuron_update=self.neuron_update * factor,
        )

    def _model(self, workload: Workload) -> list[str]:
        paid = "inputs of zero cost nothing" if self.skips_zeros else "every synapse is paid in every step"
        memory = "memory is inside these figures" if self.memory_included else "memory is not in them, and not added"
        sentences = [
            f"On {self.name}, only synaptic operations and neuron updates have a price ({paid}); {memory}. What "
            "encoder and readout do besides is not counted."
        ]
        if not is_spiking(workload):
            sentences.append(
                f"On {self.name}, biases and activations of a conventional network are not counted: it has no neuron "
                "updates."
            )
        elif any(work.products.macs for work in workload.works):
            sentences.append(f"On {self.name}, a multiply-accumulate is priced like any synaptic operation.")
        return sentences


def is_spiking(workload: Workload) -> bool:
    """Whether a workload is that of a spiking network: it could have spiked, or has neurons that do.

    Args:
        workload: of any network.

    Example:
        >>> from picojoule.energy.dense import dense_inference
        >>> is_spiking(dense_inference([784, 10]))
        False
    """
    products = [work.products for work in workload.works]
    only_spikes = any(p.accumulates for p in products) and not any(p.macs for p in products)
    return workload.chances > 0 or any(work.updates for work in workload.works) or only_spikes
