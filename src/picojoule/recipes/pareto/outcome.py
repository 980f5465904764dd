"""Which of several networks no other one beats, in words and figures."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from picojoule.core.words import percent
from picojoule.energy.budget import UNLIMITED
from picojoule.energy.front import front
from picojoule.plot.pareto import Trained
from picojoule.plot.units import energy_text
from picojoule.recipes.command import CHANGE_NOTHING, command

NO_LIMIT = "no limit"
NEAR = 0.01  # a point of accuracy: how much less than the ReLU network has is still near it
LITTLE = 0.1  # of the energy: where spikes have no larger share, a budget changes little, and the page says so


@dataclass(frozen=True)
class Outcome:
    """Networks of several budgets.

    Args:
        recipe: its name.
        options: that they share.
        found: by budget, what `result.json` of each says of it; the first has no limit.
        first: all of `result.json` of the first.
    """

    recipe: str
    options: Any
    found: Mapping[str, Mapping[str, Any]]
    first: Mapping[str, Any]

    @cached_property
    def networks(self) -> list[Trained]:
        """All spiking networks, in the order in which they were trained."""
        points = [_point(found["spiking"], "validation") for found in self.found.values()]
        best = front(points)
        return [
            Trained(
                NO_LIMIT if text == UNLIMITED else text,
                chosen=points[number],
                tested=_point(found["spiking"], "test"),
                budget=found["amount"],
                front=number in best,
            )
            for number, (text, found) in enumerate(self.found.items())
        ]

    @property
    def rival(self) -> Trained | None:
        """The ReLU network, which knows no budget; `None` if the table does not price it."""
        relu = self.found[UNLIMITED]["relu"]
        if relu is None:
            return None
        return Trained("ReLU network", _point(relu, "validation"), _point(relu, "test"))

    @property
    def reusing(self) -> dict[str, float]:
        """Energy of a test image in pJ on hardware that reuses weights, by network; empty if nothing can be reused."""
        known = [found.get("test_energy_reusing_weights") for found in self.found.values()]
        if self.rival is None or any(found is None for found in known):
            return {}
        own = {network.name: found["spiking"] for network, found in zip(self.networks, known, strict=True) if found}
        return {**own, self.rival.name: next(found["relu"] for found in known if found)}

    @property
    def counted(self) -> str:
        """How energy is counted, in words."""
        known = self.found[UNLIMITED]
        return f"{known['table']}, {'memory included' if known['memory'] else 'compute alone'}"

    def sentence(self) -> str:
        """The outcome in words, all on held-out images."""
        networks = self.networks
        kept = [network.name for network in networks if network.front]
        missed = [text for text, found in self.found.items() if not found["holds"]]
        words = [f"{len(kept)} of {len(networks)} spiking networks are on the front: {', '.join(kept)}."]
        known = self.found[UNLIMITED]
        spikes = 1.0 - known["minimum"] / known["spiking"]["validation_energy"]
        if spikes < LITTLE:
            words.append(f"Spikes are {percent(spikes)} of the energy without a limit: budgets can change no more.")
        if missed:
            words.append(f"These budgets were missed: {', '.join(missed)}.")
        if (rival := self.rival) is not None:
            words.append(self._against(rival))
        return " ".join(words)

    def _against(self, rival: Trained) -> str:
        energy, right = rival.chosen
        where = ", both reading a weight whenever they need it" if self.reusing else ""
        words = [f"On the held-out images the ReLU network reaches {percent(right)} at {energy_text(energy)}{where}."]
        beaten = [n.name for n in self.networks if _beats(rival.chosen, n.chosen)]
        beating = [n.name for n in self.networks if _beats(n.chosen, rival.chosen)]
        if beaten:
            words.append(f"It needs less and is more accurate than: {', '.join(beaten)}.")
        if beating:
            words.append(f"These need less and are more accurate: {', '.join(beating)}.")
        near = [n for n in self.networks if n.chosen[1] >= right - NEAR]
        if near and not beating:
            best = min(near, key=lambda n: n.chosen)
            factor, cost = energy / best.chosen[0], energy_text(best.chosen[0])
            words.append(
                f"The cheapest spiking network that is at most one point less accurate ({best.name}) needs "
                f"{cost}, {max(factor, 1 / factor):.2f} times {'less' if factor >= 1 else 'more'}."
            )
        if self.reusing:
            words.append(f"Weights reused, an image takes {_listed(self.reusing)} on the test images.")
        return " ".join(words)

    def rows(self) -> list[tuple[str, str]]:
        """Names and values for a table."""
        networks = [*self.networks, *([] if self.rival is None else [self.rival])]
        return [
            (
                n.name,
                f"{percent(n.chosen[1])} at {energy_text(n.chosen[0])}; test {percent(n.tested[1])} at "
                f"{energy_text(n.tested[0])}",
            )
            for n in networks
        ]

    def command(self) -> str:
        """The command that gives the same figures."""
        options = replace(self.options, energy_budget=None)
        words = command(self.recipe, options, leave_out=CHANGE_NOTHING).replace("pj run", "pj pareto", 1)
        budgets = [text for text in self.found if text != UNLIMITED]
        return " ".join([words, "--budgets", *(f"'{text}'" for text in budgets)])

    def figures(self) -> dict[str, Any]:
        """Plain values for `result.json`; energies in pJ per image."""
        known = self.found[UNLIMITED]
        return {
            "recipe": "pareto",
            "of": self.recipe,
            "options": self.first["options"] | {"energy_budget": None},
            "table": known["table"],
            "memory": known["memory"],
            "minimum": known["minimum"],
            "held_out_images": known["held_out_images"],
            "networks": [
                {"budget": None if text == UNLIMITED else text, "front": network.front}
                | {key: found[key] for key in ("amount", "holds", "epoch", "spiking")}
                for network, (text, found) in zip(self.networks, self.found.items(), strict=True)
            ],
            "relu": known["relu"],
            "sentence": self.sentence(),
        }


def _listed(energies: Mapping[str, float]) -> str:
    return ", ".join(f"{energy_text(energy)} ({name})" for name, energy in energies.items())


def _point(measured: Mapping[str, float], images: str) -> tuple[float, float]:
    return measured[f"{images}_energy"], measured[f"{images}_accuracy"]


def _beats(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] < other[0] and one[1] > other[1]
