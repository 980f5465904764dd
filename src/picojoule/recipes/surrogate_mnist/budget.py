"""Training within an energy budget: images held out for it, the penalty of a batch, the choice of an epoch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from picojoule.core.errors import ParameterError
from picojoule.data.dataset import ImageDataset, LabelledImages
from picojoule.decode.score import accuracy
from picojoule.energy.budget import EnergyBudget
from picojoule.energy.spike_prices import spike_prices
from picojoule.energy.work import Workload
from picojoule.layers.activity import Activity
from picojoule.layers.neuron_layer import NeuronLayer
from picojoule.layers.sequential import Sequential
from picojoule.learn.gradient.energy_penalty import energy_penalty
from picojoule.learn.gradient.energy_schedule import EnergySchedule, Pressure, chosen_epoch
from picojoule.learn.gradient.mean_over_time import mean_over_time
from picojoule.plot.units import energy_text
from picojoule.recipes.surrogate_mnist.account import Answers, spiking_work
from picojoule.recipes.surrogate_mnist.budget_state import BudgetState
from picojoule.recipes.surrogate_mnist.networks import Plan, spiking_network
from picojoule.recipes.surrogate_mnist.options import Settings
from picojoule.recipes.surrogate_mnist.showing import TEST_NUMBERS, Showing

HELD_OUT, LEAST = 10, 200  # a tenth of the training images, but at least so many
BATCH = 250  # images


@dataclass(frozen=True, eq=False)
class Limit:
    """A budget, and what it means for a network.

    Args:
        budget: as the user gave it.
        images: training images that were held out; they decide whether it holds, and which epoch is kept.
        minimum: what one of these images costs without a spike of the network, in pJ.
        prices: pJ of one spike of each neuron, `[*N]` for each layer that spikes.
    """

    budget: EnergyBudget
    images: LabelledImages
    minimum: float
    prices: tuple[Tensor, ...]

    def missed_by(self, energy: float) -> float:
        """How far an energy lies above the budget, as a fraction of it; 0 if the budget holds.

        Args:
            energy: in pJ per image.
        """
        return max(0.0, energy / self.budget.amount - 1.0)


def hold_out(settings: Settings, data: ImageDataset, made: Plan) -> tuple[ImageDataset, Limit | None]:
    """The images to learn from, and the limit; without a budget all images are learned from, and there is none.

    Args:
        settings: of the run.
        data: all training images.
        made: what the network is made of.

    Raises:
        ParameterError: if there are too few images, if spikes cost nothing, or if even a network without a spike does
            not keep the budget.
    """
    budget = settings.budget
    if budget is None:
        return data, None
    count = max(LEAST, len(data.train) // HELD_OUT)
    if len(data.train) < 2 * count:
        raise ParameterError(
            f"--energy-budget holds {count} training images out to measure energy, and needs {2 * count} training "
            f"images or more, got {len(data.train)}; use more images"
        )
    train, images = data.split_validation(count)
    network = spiking_network(made, tau=settings.tau, seed=settings.options.seed)
    minimum = budget.energy(spiking_work(settings, made, network, silent(settings, made, images)))
    if budget.amount <= minimum:
        raise ParameterError(
            f"--energy-budget {budget.text} is below what this network needs without a single spike, "
            f"{energy_text(minimum)} per image ({budget.counted()}); give more, or take fewer --steps or --neurons, "
            f"another --model or --energy-table, or add --energy-without-memory"
        )
    prices = _prices(settings, made, network, budget, images)
    if not any(bool(price.any()) for price in prices):
        raise ParameterError(
            f"spikes cost nothing under the cost table {budget.table.name!r}, which charges every product whether "
            f"there is a spike or not, so that no training saves energy; choose another --energy-table"
        )
    return replace(data, train=train), Limit(budget, images, minimum, prices)


def _prices(
    settings: Settings, made: Plan, network: nn.Module, budget: EnergyBudget, images: LabelledImages
) -> tuple[Tensor, ...]:
    """Prices of spikes; the only place here that knows what a stage is."""
    did = silent(settings, made, images.subset(slice(0, 1)))
    fan_outs = [after.fan_out.reshape(before.units) for before, after in pairwise(made.stages)]

    def work(spikes: Sequence[Tensor]) -> Workload:
        return spiking_work(settings, made, network, replace(did, active=(did.active[0], *spikes, did.active[-1])))

    return spike_prices(fan_outs, work, budget.table, memory=budget.memory)


@torch.no_grad()
def silent(settings: Settings, made: Plan, images: LabelledImages) -> Answers:
    """What a network does whose neurons never spike: its input is all that happens.

    Args:
        settings: of the run.
        made: what the network is made of.
        images: that it is shown.
    """
    show, pixels = Showing(settings), torch.count_nonzero(images.images, 0)
    numbers = torch.arange(len(images))
    shown = sum(
        torch.count_nonzero(show(images.intensities(part), part + TEST_NUMBERS, 0), (0, 1))
        for part in torch.split(numbers, BATCH)
    )
    none = [torch.zeros(stage.units, dtype=torch.int64) for stage in made.stages]
    return Answers(torch.zeros_like(numbers), (torch.as_tensor(shown), *none), pixels)


class BudgetedTraining:
    """What a training loop does otherwise when there is a budget.

    Args:
        settings: of the run.
        made: what the network is made of.
        network: that is trained.
        limit: from `hold_out`.
        answer: what the network answers to images, and every spike on the way.
    """

    def __init__(
        self,
        settings: Settings,
        made: Plan,
        network: Sequential,
        limit: Limit,
        answer: Callable[[LabelledImages], Answers],
    ) -> None:
        self._settings, self._made, self._network, self.limit, self._answer = settings, made, network, limit, answer
        self._show, self._penalty = Showing(settings), torch.zeros(())
        self._allowance = limit.budget.amount - limit.minimum  # of the spikes
        self._schedule = EnergySchedule(self._allowance, settings.epochs) if limit.budget.limited else None
        self.prices = dict(zip(spiking_layers(network), limit.prices, strict=True))
        self.begin(None)

    def begin(self, state: BudgetState | None) -> BudgetState:
        """Go on from a state, or begin; the state is kept, and brought up to date after every epoch.

        Args:
            state: of a checkpoint; `None`: nothing was done yet.
        """
        if state is None:
            pressure = Pressure(0.0) if self._schedule is None else self._schedule.first()
            state = BudgetState(pressure.weight, pressure.allowance)
        self.state: BudgetState = state
        return state

    def scores(self, pictures: Tensor, numbers: Tensor, epoch: int) -> Tensor:
        """Run the network, and keep the penalty of the batch for its loss.

        Args:
            pictures: `[B, height, width]`.
            numbers: `[B]`, of the images.
            epoch: from 0.
        """
        pressure = self.state.pressure
        with Activity(self._network) as activity:
            found = mean_over_time(self._network(self._show(pictures, numbers, epoch)))
            self._penalty = torch.zeros(())
            if pressure.allowance is not None:
                above = energy_penalty(activity, self.prices, allowance=pressure.allowance)
                self._penalty = (pressure.weight * above).to(found.dtype)
        return found

    def loss(self, found: Tensor, labels: Tensor) -> Tensor:
        """Cross-entropy and the penalty of the same batch.

        Args:
            found: scores, `[B, classes]`, that `scores` gave last.
            labels: `[B]`.
        """
        return cross_entropy(found, labels) + self._penalty

    def epoch_ended(self) -> None:
        """Measure on the held-out images, choose what presses next, and keep the weights if they are the best."""
        state = self.state
        did, epoch = self._answer(self.limit.images), len(state.energy)
        energy = self.limit.budget.energy(self._work(did))
        state.energy.append(energy)
        state.accuracy.append(accuracy(did.classes, self.limit.images.labels))
        state.weights.append(state.weight if state.allowance is not None else 0.0)
        state.chosen = chosen_epoch(state.energy, state.accuracy, goal=self.limit.budget.amount)
        if state.chosen == epoch:
            state.kept = {name: value.detach().clone() for name, value in self._network.state_dict().items()}
        if self._schedule is not None:
            measured = max(0.0, energy - self.limit.minimum)
            pressure = self._schedule.after(state.pressure, epoch, measured)
            state.weight, state.allowance = pressure.weight, pressure.allowance

    def take_best(self) -> None:
        """Give the network the weights of the epoch that was chosen."""
        self._network.load_state_dict(self.state.kept)

    def _work(self, did: Answers) -> Workload:
        return spiking_work(self._settings, self._made, self._network, did)


def spiking_layers(network: nn.Module) -> list[str]:
    """Names of the layers that can spike, in their order.

    Args:
        network: the spiking one.
    """
    parts = network.named_modules()
    return [name for name, part in parts if isinstance(part, NeuronLayer) and part.neuron.output == "spike"]
