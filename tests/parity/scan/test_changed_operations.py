"""Would parity notice? Every operation of a generated loop is changed in turn, and each change must show."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from picojoule.compile import expressions
from picojoule.compile.step import step_of
from picojoule.neurons.surrogate import Triangle
from picojoule.simulate.scan.job import Job
from picojoule.simulate.scan.numba_loop import NumbaLoop
from picojoule.simulate.scan.reference import ReferenceLoop
from tests import held
from tests.contract.benches import MODELS
from tests.parity.scan.cases import asking, plain_job
from tests.parity.scan.comparing import far, gradients, results
from tests.parity.scan.everything import Everything
from tests.parity.scan.interpreted import interpreting

# a line that computes a number of one neuron, not one that counts
OPERATION = re.compile(r"^\s*([ifd]_[\w]+|spike|[gn]_\w+|[dosz]_\w*\[j\]) (\+?=) .*$")
CHANGED = {
    " + ": " - ",
    " - ": " + ",
    " * ": " + ",
    " / ": " * ",
    " > ": " <= ",
    " >= ": " < ",
    " <= ": " > ",
    " < ": " >= ",
    " == ": " != ",
    " and ": " or ",
    " or ": " and ",
    "= -": "= ",
    "= not ": "= ",
    "+=": "=",
    "functions.exp(": "functions.expm1(",
    "functions.log(": "functions.log1p(",
    "functions.expm1(": "functions.exp(",
}
SAME = re.compile(
    r"^\w+ = (?P<b>.+) if (?P=b) [<>] .+ (or|and) (?P=b) != (?P=b) else .+$"
)  # of a NaN, which is not met
Outcome = tuple[dict[str, Tensor], dict[str, Tensor]]


HELD: dict[str, Any] = {
    "IF": held.IF,
    "BalancedResonateAndFire": held.BalancedResonateAndFire,
}  # with other gains they fire too rarely
NEURONS: dict[str, Any] = (
    {name: kind for name, kind in MODELS.items() if name != "HodgkinHuxley"} | {"Everything": Everything} | HELD
)
# Hodgkin and Huxley's rates have a series whose last terms weigh less than the tolerance. What is never noticed in the
# others, because it cannot be: in silence and in spikes the detached potential is the same number as the potential, and
# of a potential at its peak, which is reset, no gradient is left to be summed.
UNNOTICED = {"Izhikevich": 1, "QuadraticIF": 1}


def job_of(name: str, *, recurrent: bool = False) -> Job:
    """Numbers are so chosen that each operation matters: no coefficient and no number of a surrogate is 0 or 1."""
    neuron = NEURONS[name]()
    if name == "FewSpikes":
        neuron = replace(neuron, surrogate=Triangle(height=0.7, width=1.3))
    job = plain_job(neuron, torch.float64, (3, 4), steps=8, recurrent=recurrent)
    if name == "Everything":
        return asking(replace(job, inputs=((2 * job.inputs[0]).round() / 2,)))
    return asking(replace(job, coefficients=tuple(value + 2.0**-7 for value in job.coefficients)))


def outcome(job: Job, loop: NumbaLoop | ReferenceLoop) -> Outcome:
    found = results(job, loop)
    return found, gradients(job, found)


def noticed(job: Job, truth: Outcome) -> bool:
    """Whether the loop differs from the truth as the parity suite asks."""
    found = results(job, NumbaLoop())
    wrong = [n for n, value in found.items() if not torch.allclose(value, truth[0][n], rtol=1e-11, atol=1e-11)]
    return bool(wrong) or bool(far(gradients(job, found), truth[1]))


def changes(source: str) -> Iterator[tuple[str, str]]:
    """Each operation of the source, and the source with only that operation changed."""
    lines = source.split("\n")
    for number, line in enumerate(lines):
        if OPERATION.match(line):
            for old, new in CHANGED.items():
                if old in line and not (old in (" or ", " and ") and SAME.match(line.strip())):
                    changed = [*lines[:number], line.replace(old, new, 1), *lines[number + 1 :]]
                    yield f"{line.strip()}  with  {new}", "\n".join(changed)


def unnoticed(job: Job, only: str = "") -> tuple[int, list[str]]:
    """How many operations were changed, and the changes that made no difference."""
    truth = outcome(job, ReferenceLoop())
    sources: list[str] = []
    with interpreting(lambda source: sources.append(source) or source):  # type: ignore[func-returns-value]
        assert not noticed(job, truth)
    (source,) = sources
    tried, silent = 0, []
    for what, changed in changes(source):
        if only in what:
            tried += 1
            with interpreting(lambda _, changed=changed: changed):  # type: ignore[misc]
                silent += [] if noticed(job, truth) else [what]
    return tried, silent


@pytest.mark.parametrize("name", list(NEURONS))
def test_every_changed_operation_is_noticed(name: str) -> None:
    tried, silent = unnoticed(job_of(name))
    assert tried >= 10
    assert len(silent) == UNNOTICED.get(name, 0), silent


def test_it_is_noticed_in_a_recurrent_loop_too() -> None:
    tried, silent = unnoticed(job_of("AdLIF", recurrent=True))
    assert tried >= 25
    assert silent == []


@pytest.mark.parametrize("name", ["IF", "FewSpikes"])
def test_a_spike_exactly_at_threshold_is_noticed(name: str) -> None:
    """Their potentials are sums of the inputs, which meet the threshold exactly."""
    job = asking(plain_job(NEURONS[name](), torch.float32, (3, 40), steps=50))
    truth = outcome(job, ReferenceLoop())
    for changed, shows in ((">= real(0.0) else", False), ("> real(0.0) else", True)):
        with interpreting(lambda source, new=changed: source.replace(">= real(0.0) else", new)):  # type: ignore[misc]
            assert noticed(job, truth) == shows


def test_the_neurons_use_every_operation_there_is() -> None:
    """So that an operation which is emitted otherwise cannot go unnoticed."""
    used = {"detach"}  # the same number
    for kind in NEURONS.values():
        step = step_of(kind())
        wanted = [
            f"{prefix}_{name}" for prefix, names in (("x", step.ports), ("c", step.coefficients)) for name in names
        ]
        used |= {node.op for node in (*step.forward.nodes, *step.backward(wanted, spike=True).nodes)}
    special = {"neg", "detach", "spike", "not", "and", "or", "pow", "where"}
    assert used == {*expressions._INFIX, *expressions._CALLS, *expressions._ORDER, *special}
