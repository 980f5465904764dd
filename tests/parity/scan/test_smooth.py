"""The reference's gradients, with the smooth step of a surrogate for the spike, are those of finite differences."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from picojoule.compile.step import step_of
from picojoule.simulate.scan.job import Job
from picojoule.simulate.scan.reference import ReferenceLoop
from tests.contract.benches import MODELS
from tests.parity.scan.cases import asking, plain_job
from tests.parity.scan.comparing import arguments, results

COMPARISONS = {"lt", "le", "gt", "ge", "eq", "ne"}


def whole(name: str) -> bool:
    """Whether no gradient of a neuron is left out: a reset by `spike > 0` or one that is detached leaves some out."""
    nodes = step_of(MODELS[name]()).forward.nodes
    return not any(node.op == "detach" or (node.op in COMPARISONS and "spike" in node.operands) for node in nodes)


WHOLE = sorted(filter(whole, MODELS))


def test_most_kinds_of_neurons_are_among_them() -> None:
    assert {"ALIF", "AdLIF", "BalancedResonateAndFire", "FewSpikes", "HodgkinHuxley", "LeakyIntegrator"} <= set(WHOLE)
    assert not {"LIF", "Izhikevich"} & set(WHOLE)


@pytest.mark.parametrize("recurrent", [False, True], ids=["scan", "recurrent"])
@pytest.mark.parametrize("name", WHOLE)
def test_gradients_are_those_of_finite_differences(name: str, recurrent: bool) -> None:
    job = asking(plain_job(MODELS[name](), torch.float64, (2, 2), steps=4, recurrent=recurrent))
    given = arguments(job)
    job = replace(job, mask=torch.tensor([[True, True], [True, False], [False, True], [True, True]]))

    def outcome(*tensors: Tensor) -> tuple[Tensor, ...]:
        found = results(placed(job, dict(zip(given, tensors, strict=True))), ReferenceLoop(smooth=True))
        return tuple(value for value in found.values() if value.requires_grad)

    assert torch.autograd.gradcheck(outcome, tuple(given.values()), eps=1e-6, atol=1e-6, rtol=1e-5)


def placed(job: Job, given: dict[str, Tensor]) -> Job:
    """The job with other tensors, by name."""
    fields = job.state._fields  # type: ignore[attr-defined]
    return replace(
        job,
        inputs=tuple(given[f"x {port}"] for port in job.neuron.ports._fields),  # type: ignore[attr-defined]
        state=type(job.state)(*(given[f"s {field}"] for field in fields)),
        coefficients=tuple(given[f"c {name}"] for name in job.coefficient_names),
        weight=given.get("weight"),
        spikes=given.get("spikes"),
    )
