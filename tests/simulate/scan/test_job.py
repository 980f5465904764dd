"""What goes into a loop and comes out of it."""

import pickle
from dataclasses import FrozenInstanceError, fields

import pytest
import torch

from picojoule.neurons.lif import LIFState
from picojoule.simulate.scan.job import Job, Loop, LoopState
from picojoule.simulate.scan.reference import ReferenceLoop
from picojoule.simulate.scan.scan import scan
from tests.held import LIF


def test_a_detached_state_keeps_its_kind_its_values_and_its_place_in_time() -> None:
    v, spikes = (torch.ones(2, 3, requires_grad=True) * k for k in (2.0, 1.0))
    cut = LoopState(LIFState(v), spikes, 7).detach()
    assert isinstance(cut.neuron, LIFState)
    assert torch.equal(cut.neuron.v, v)
    assert cut.spikes is not None
    assert not cut.neuron.v.requires_grad
    assert not cut.spikes.requires_grad
    assert cut.step == 7


def test_a_state_without_spikes_stays_without() -> None:
    assert LoopState(LIFState(torch.zeros(1, 1))).detach().spikes is None


def test_a_state_survives_pickling() -> None:
    state = scan(LIF(), torch.full((5, 2, 3), 9.0), weight=torch.eye(3), loop=ReferenceLoop()).state
    again = pickle.loads(pickle.dumps(state))
    assert again.step == 5
    assert torch.equal(again.neuron.v, state.neuron.v)  # type: ignore[attr-defined]
    assert torch.equal(again.spikes, state.spikes)  # type: ignore[arg-type]


def test_a_job_asks_for_nothing_that_was_not_said() -> None:
    job = Job(LIF(), (torch.zeros(1, 1, 1),), LIFState(torch.zeros(1, 1)), (), (), ("spike",))
    assert job.weight is job.spikes is job.mask is None
    with pytest.raises(FrozenInstanceError):
        job.keep = ("v",)  # type: ignore[misc]
    assert len(fields(Job)) == 9


def test_a_loop_is_abstract() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Loop()  # type: ignore[abstract]
