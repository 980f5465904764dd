"""A held current gives the membrane's closed form, for all currents side by side."""

import pytest
import torch

from picojoule.core.errors import ParameterError, ShapeError, UnknownNameError
from picojoule.neurons.conductance_lif import ConductanceLIF
from picojoule.simulate.scan.reference import ReferenceLoop
from picojoule.simulate.scan.scan import scan
from picojoule.simulate.step_response import step_response
from tests.held import LIF


def test_below_threshold_the_potential_is_an_exponential_for_every_current() -> None:
    currents = torch.tensor([-2.0, 0.0, 0.5, 0.99], dtype=torch.float64)
    answer = step_response(LIF(tau=15.0), currents, duration=60.0, dt=0.5)
    expected = currents * (1.0 - torch.exp(-answer.t[:, None] / 15.0))
    torch.testing.assert_close(answer.states["v"], expected, rtol=1e-12, atol=1e-14)
    assert answer.spikes.sum() == 0


def test_the_current_is_held_for_so_many_steps_between_silences() -> None:
    answer = step_response(LIF(), [0.25, 0.75], duration=2.0, dt=0.5, before=1.0, after=1.5)
    assert answer.t.tolist() == [0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5]
    assert answer.x.tolist() == [[0.0, 0.0]] * 2 + [[0.25, 0.75]] * 4 + [[0.0, 0.0]] * 3
    assert answer.states["v"][:2].eq(0.0).all()


def test_a_current_has_the_answer_that_it_has_alone() -> None:
    together = step_response(LIF(), [1.1, 3.0, 7.0], duration=100.0)
    for k, current in enumerate((1.1, 3.0, 7.0)):
        alone = step_response(LIF(), [current], duration=100.0)
        assert torch.equal(alone.spikes[:, 0], together.spikes[:, k])


def test_spikes_and_states_are_those_of_the_plain_loop() -> None:
    x = torch.full((80, 1, 1), 2.0, dtype=torch.float64)
    plain = scan(LIF(), x, keep=("v",), loop=ReferenceLoop())
    answer = step_response(LIF(), [2.0], duration=80.0)
    assert torch.equal(answer.spikes, plain.output[..., 0])
    torch.testing.assert_close(answer.states["v"], plain.kept["v"][..., 0], rtol=1e-12, atol=1e-14)


def test_only_the_first_port_is_driven_and_every_field_is_kept() -> None:
    answer = step_response(ConductanceLIF(), [0.1], duration=20.0)
    assert list(answer.states) == ["v", "g_exc", "g_inh", "refractory"]
    assert answer.states["g_exc"][-1] > 0
    assert answer.states["g_inh"].eq(0.0).all()


def test_only_what_is_asked_for_is_kept() -> None:
    assert list(step_response(ConductanceLIF(), [0.1], duration=5.0, keep=["g_exc"]).states) == ["g_exc"]
    bare = step_response(LIF(), [3.0], duration=50.0, keep=())
    assert bare.states == {}
    assert torch.equal(bare.spikes, step_response(LIF(), [3.0], duration=50.0).spikes)
    with pytest.raises(UnknownNameError, match="unknown value of LIF to keep 'u'"):
        step_response(LIF(), [3.0], duration=5.0, keep=["u"])


def test_a_duration_below_half_a_step_is_one_step() -> None:
    assert step_response(LIF(), [1.0], duration=0.1, dt=1.0).x.tolist() == [[1.0]]


@pytest.mark.parametrize("currents", [[], [[1.0]], 1.0])
def test_currents_that_are_no_row_are_refused(currents: list[float]) -> None:
    with pytest.raises(ShapeError, match=r"currents must be \[currents\] with at least one, got \["):
        step_response(LIF(), currents, duration=10.0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"duration": 0.0}, "duration must be > 0 ms, got 0"),
        ({"duration": -5.0}, "duration must be > 0 ms, got -5"),
        ({"duration": 5.0, "dt": 0.0}, "dt must be > 0 ms, got 0"),
        ({"duration": 5.0, "before": -1.0}, "before must be >= 0 ms, got -1"),
        ({"duration": 5.0, "after": -1.0}, "after must be >= 0 ms, got -1"),
        ({"duration": float("inf")}, "duration must be a finite number in ms, got inf"),
    ],
)
def test_times_that_make_no_sense_are_refused(options: dict[str, float], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        step_response(LIF(), [1.0], **options)  # type: ignore[arg-type]
