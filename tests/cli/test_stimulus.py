"""What is chosen for a neuron shows it firing, in steps that are short enough, without a table of models."""

from dataclasses import dataclass
from typing import Any

import pytest
import torch

from picojoule import neurons
from picojoule.cli.neuron_models import models
from picojoule.cli.stimulus import STEPS, stimulus
from picojoule.neurons import LIF, ConductanceLIF, HodgkinHuxley, LeakyIntegrator, SEAdLIF
from picojoule.neurons.base import Neuron
from picojoule.simulate.rate_curve import rate_curve
from picojoule.simulate.step_response import step_response

SPIKING = [kind for kind in models().values() if kind.output == "spike" and not kind.per_step]


@pytest.mark.parametrize("kind", SPIKING, ids=lambda kind: kind.__name__)
def test_every_spiking_model_fires_several_times_at_the_chosen_current(kind: type[Neuron[Any, Any, Any]]) -> None:
    chosen = stimulus(kind(), current=None, duration=None, dt=None)
    assert chosen.rheobase is not None
    assert chosen.rheobase < chosen.current
    assert 100.0 <= chosen.duration <= 600.0
    assert chosen.dt in STEPS
    answer = step_response(kind(), [chosen.current, 0.98 * chosen.rheobase], duration=chosen.duration, dt=chosen.dt)
    assert 4 <= answer.spikes[:, 0].sum() <= 200
    assert answer.spikes[:, 1].sum() == 0


def test_the_scale_of_a_neuron_does_not_matter() -> None:
    for scale in (0.01, 1.0, 300.0):
        chosen = stimulus(LIF(v_th=scale, gain=None), current=None, duration=None, dt=None)
        assert chosen.current == pytest.approx(1.6 * scale, rel=0.05)
        assert (chosen.duration, chosen.dt) == (200.0, 0.2)  # ten times tau, a hundredth of an interval of 20 ms


def test_smooth_models_get_steps_at_which_halving_changes_little() -> None:
    chosen = stimulus(HodgkinHuxley(), current=None, duration=None, dt=None)
    assert chosen.dt <= 0.1
    coarse, fine = (
        float(rate_curve(HodgkinHuxley(), [chosen.current], dt=dt).settled) for dt in (chosen.dt, chosen.dt / 2)
    )
    assert fine == pytest.approx(coarse, rel=0.01)


def test_models_whose_input_arrives_per_step_keep_the_usual_step() -> None:
    assert stimulus(ConductanceLIF(), current=None, duration=None, dt=None).dt == 1.0


def test_a_neuron_that_answers_the_onset_only_is_shown_doing_so() -> None:
    chosen = stimulus(SEAdLIF(gain=None), current=None, duration=None, dt=None)
    assert chosen.lasting is not None
    assert chosen.current < chosen.lasting / 2


def test_what_the_user_has_chosen_stays() -> None:
    chosen = stimulus(LIF(gain=None), current=-3.0, duration=77.0, dt=0.25)
    assert chosen[:3] == (-3.0, 77.0, 0.25)
    assert stimulus(LIF(gain=None), current=None, duration=5.0, dt=None).dt <= 0.05


def test_without_spikes_there_is_no_rheobase() -> None:
    assert stimulus(LeakyIntegrator(), current=None, duration=None, dt=None) == (1.5, 200.0, 1.0, None, None)


@dataclass(frozen=True)
class Tired(LIF):
    """A neuron of the user's own."""

    tau: Any = 7.0
    gain: Any = None


def test_a_new_model_needs_no_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neurons, "Tired", Tired, raising=False)
    assert models()["Tired"] is Tired
    chosen = stimulus(Tired(), current=None, duration=None, dt=None)
    assert chosen.rheobase == pytest.approx(1.0, rel=1e-3)
    assert torch.tensor(chosen.current).isfinite()
