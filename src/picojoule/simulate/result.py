"""What a simulation gives back."""

from dataclasses import dataclass

from picojoule.core.counts import Counts
from picojoule.core.errors import UnknownNameError
from picojoule.core.responses import Responses


@dataclass(frozen=True, eq=False)
class Run:
    """The result of running samples through a network.

    Args:
        responses: spikes of every population, by name; `run["Ae"]` is short for `run.responses["Ae"]`.
        counts: what the run did: spikes, synaptic events, neuron updates, weight updates.
    """

    responses: dict[str, Responses]
    counts: Counts

    def __getitem__(self, population: str) -> Responses:
        if population not in self.responses:
            raise UnknownNameError("population", population, self.responses)
        return self.responses[population]
