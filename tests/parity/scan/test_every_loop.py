"""Every neuron in every compiled loop, form and precision: results and gradients are those of plain torch."""

from dataclasses import dataclass, replace

import pytest
import torch
from torch import Tensor

from picojoule.simulate.scan.job import Job, Loop
from picojoule.simulate.scan.reference import ReferenceLoop
from tests.contract.benches import MODELS
from tests.parity.scan.cases import CASES, LOOPS, Case, asking, job_of, plain_job, why_not
from tests.parity.scan.comparing import far, gradients, results, sensitivity, unequal

NEAR = 1e-5  # an excess as small as this may fall on either side where functions differ in the last bit
CLOSE = {torch.float32: 1e-5, torch.float64: 1e-13}


@dataclass(frozen=True)
class Ran:
    """A job, and what both loops have made of it."""

    case: Case
    job: Job
    loop: Loop
    found: dict[str, Tensor]
    expected: dict[str, Tensor]


@pytest.fixture(scope="module", params=CASES, ids=str)
def ran(request: pytest.FixtureRequest) -> Ran:
    case: Case = request.param
    if (why := why_not(case.loop)) is not None:
        pytest.skip(why)
    job, loop = job_of(case), LOOPS[case.loop]()
    return Ran(case, job, loop, results(job, loop), results(job, ReferenceLoop()))


def test_spikes_and_states_equal_the_reference(ran: Ran) -> None:
    spikes = ran.expected["kept spike"]
    assert bool(spikes.any()) == (ran.job.neuron.output == "spike")  # else equality would say little
    if ran.case.exact:
        assert unequal(ran.found, ran.expected) == []
        return
    single = teacher_forced(ran.job, ran.expected)
    found, expected = results(single, ran.loop), results(single, ReferenceLoop())
    decided = excess_of(single).abs() > NEAR
    assert decided.float().mean() > 0.99
    assert torch.equal(found["kept spike"][decided], expected["kept spike"][decided])
    for name in found:
        value, truth = (values[name].detach().flatten()[decided.flatten()] for values in (found, expected))
        close = CLOSE[truth.dtype]
        torch.testing.assert_close(value, truth, rtol=close, atol=close * float(truth.abs().max()))


def test_gradients_equal_those_of_torch(ran: Ran) -> None:
    ran = agreeing(ran)
    found, expected = gradients(ran.job, ran.found), gradients(ran.job, ran.expected)
    if not ran.case.exact and far(found, expected):
        allowed = 10.0 * sensitivity(ran.job, ran.expected["kept spike"], expected)
        assert far(found, expected, allowed=allowed) == {}
    else:
        assert far(found, expected) == {}


def agreeing(ran: Ran) -> Ran:
    """The samples in which both loops give the same spikes: all, unless functions differ in the last bit."""
    alike = (ran.found["kept spike"] == ran.expected["kept spike"]).transpose(0, 1).flatten(1).all(1)
    if bool(alike.all()):
        return ran
    assert not ran.case.exact
    assert bool(alike.any())
    job = of_samples(ran.job, alike)
    return replace(ran, job=job, found=results(job, ran.loop), expected=results(job, ReferenceLoop()))


def of_samples(job: Job, chosen: Tensor) -> Job:
    """The job of some samples alone."""
    rest = replace(
        job,
        inputs=tuple(x[:, chosen] for x in job.inputs),
        state=type(job.state)(*(value[chosen] for value in job.state)),
        spikes=None if job.spikes is None else job.spikes[chosen],
        mask=None if job.mask is None else job.mask[:, chosen],
    )
    return asking(rest)


@pytest.mark.parametrize("recurrent", [False, True], ids=["scan", "recurrent"])
def test_samples_are_taken_out_of_a_job(recurrent: bool) -> None:
    job = asking(plain_job(MODELS["LIF"](), torch.float64, (3, 5), steps=20, recurrent=recurrent))
    chosen = torch.tensor([True, False, True])
    found, expected = results(of_samples(job, chosen), ReferenceLoop()), results(job, ReferenceLoop())
    for name, value in found.items():
        part = expected[name][:, chosen] if name.startswith("kept") else expected[name][chosen]
        assert torch.equal(value, part)


def teacher_forced(job: Job, expected: dict[str, Tensor]) -> Job:
    """One step from every state that the reference came through: all steps are samples of one job."""

    def before(first: Tensor, name: str) -> Tensor:
        return torch.cat([first[None], expected[f"kept {name}"][:-1]]).flatten(0, 1).detach()

    fields = {name: before(first, name) for name, first in job.state._asdict().items()}  # type: ignore[attr-defined]
    return replace(
        job,
        inputs=tuple(x.flatten(0, 1)[None].detach().requires_grad_() for x in job.inputs),
        state=type(job.state)(*(value.requires_grad_() for value in fields.values())),
        spikes=None if job.spikes is None else before(job.spikes, "spike").requires_grad_(),
        mask=None if job.mask is None else job.mask.flatten()[None],
    )


def excess_of(job: Job) -> Tensor:
    """How far above threshold each neuron is in the only step of a job."""
    first = job.inputs[0][0]
    if job.weight is not None and job.spikes is not None:
        first = first + job.spikes @ job.weight
    c = type(job.neuron.coefficients(1.0))(*job.coefficients)
    arriving = job.neuron.ports(first, *(x[0] for x in job.inputs[1:]))
    excess: Tensor = job.neuron.integrate(arriving, job.state, c)[0]
    return excess.detach()[None]
