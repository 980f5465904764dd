"""Whatever is asked of a loop and however its arguments vary: results and gradients are those of plain torch."""

from dataclasses import replace

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from picojoule.simulate.scan.job import Job
from picojoule.simulate.scan.memory import Checkpoints, StoreAll
from picojoule.simulate.scan.numba_loop import NumbaLoop
from picojoule.simulate.scan.reference import ReferenceLoop
from tests.contract.benches import MODELS
from tests.parity.scan.cases import of_every_tensor, plain_job, stretch
from tests.parity.scan.comparing import far, gradients, results, unequal
from tests.parity.scan.interpreted import interpreting

NAMES = sorted(MODELS)
ANY = st.booleans()


@st.composite
def jobs(draw: st.DrawFn) -> Job:
    """A few steps of any neuron, of which anything may be asked."""
    shape = draw(st.sampled_from([(1, 1), (3, 2), (2, 5), (9, 1)]))
    neuron = MODELS[draw(st.sampled_from(NAMES))]()
    recurrent = draw(ANY)
    one, each = (
        plain_job(neuron, torch.float64, shape, steps=7, recurrent=recurrent, each=each) for each in (False, True)
    )
    job = stretch(one, 0, draw(st.integers(0, len(one.inputs[0]))))
    steps = len(job.inputs[0])
    varying = stretch(each, 0, steps).coefficients
    fields = sorted({"spike", *job.state._fields})  # type: ignore[attr-defined]
    job = replace(
        job,
        coefficients=tuple(b if draw(ANY) else a for a, b in zip(job.coefficients, varying, strict=True)),
        keep=tuple(draw(st.lists(st.sampled_from(fields), max_size=3))),
        mask=torch.tensor(draw(st.lists(ANY, min_size=steps * shape[0], max_size=steps * shape[0]))).reshape(
            steps, shape[0]
        )
        if draw(ANY)
        else None,
    )
    return unusual(job, static=draw(ANY), fractions=draw(ANY), folded=shape[1] == 2 and not recurrent and draw(ANY))


def unusual(job: Job, *, static: bool, fractions: bool, folded: bool) -> Job:
    """The same job with inputs that stand still, with states and spikes that are no whole numbers, on two axes."""
    if static and len(job.inputs[0]):
        job = replace(job, inputs=tuple(x[:1].expand(x.shape) for x in job.inputs))
    if fractions:
        spikes = None if job.spikes is None else job.spikes * 0.75
        job = replace(job, state=type(job.state)(*(field + 0.25 for field in job.state)), spikes=spikes)
    per_step = [name in job.neuron.per_step for name in job.coefficient_names]
    if folded:
        job = replace(
            job,
            inputs=tuple(x.unsqueeze(2) for x in job.inputs),
            state=type(job.state)(*(field.unsqueeze(1) for field in job.state)),
            coefficients=tuple(
                v.unsqueeze(-2) if v.dim() > timed else v for v, timed in zip(job.coefficients, per_step, strict=True)
            ),
        )
    return job


def wanting(job: Job, names: set[int]) -> Job:
    """The same job with gradients wanted of some of its tensors, by their number."""
    count = iter(range(100))

    def leaf(value: Tensor) -> Tensor:
        return value.detach().requires_grad_(next(count) in names)

    return of_every_tensor(job, leaf)


@settings(max_examples=150)
@given(jobs(), st.sets(st.integers(0, 20), max_size=12), st.sampled_from([StoreAll(), Checkpoints()]), st.data())
def test_anything_may_be_asked(job: Job, wanted: set[int], memory: StoreAll | Checkpoints, data: st.DataObject) -> None:
    job = wanting(job, wanted)
    with interpreting():
        found = results(job, NumbaLoop(memory=memory))
        expected = results(job, ReferenceLoop())
        into = data.draw(st.sets(st.sampled_from(sorted(found)), min_size=1))
        assert torch.equal(found.get("kept spike", torch.ones(1)), expected.get("kept spike", torch.ones(1)))
        for name, value in found.items():
            torch.testing.assert_close(value, expected[name].expand_as(value), rtol=1e-9, atol=1e-9)
        once = gradients(job, found, into, retain=True)
        assert far(once, gradients(job, expected, into)) == {}
        assert unequal(gradients(job, found, into), once) == []  # a second time through the same graph


@settings(max_examples=50)
@given(jobs())
def test_without_gradients_the_bits_are_the_same(job: Job) -> None:
    """A loop that stores nothing for the backward pass is another kernel."""
    with interpreting():
        stored = results(wanting(job, set(range(20))), NumbaLoop())
        assert unequal(results(job, NumbaLoop()), {name: value.detach() for name, value in stored.items()}) == []
        assert not any(value.requires_grad for value in results(job, NumbaLoop()).values())
