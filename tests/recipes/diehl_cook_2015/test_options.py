"""Options of the recipe: what presets fill in, what is refused, and what a checkpoint must agree in."""

import json
from dataclasses import fields, replace

import pytest
import tyro
from hypothesis import given
from hypothesis import strategies as st

from picojoule.core.errors import ParameterError
from picojoule.encode.poisson import Poisson
from picojoule.recipes.diehl_cook_2015.findings import command
from picojoule.recipes.diehl_cook_2015.options import Options, bounds
from picojoule.simulate.present import MOST_REPEATS, Presentation

NOT_IN_A_COMMAND = {"threads", "out", "resume", "checkpoint_seconds"}


def test_presets_are_those_of_their_sources() -> None:
    current, paper = Options().checked(), Options(preset="paper").checked()
    assert (current.dt, current.steps, current.rest, current.repeat_below) == (1.0, 250, 0, 0)
    # Diehl & Cook (2015): 350 ms of input, 150 ms of rest, shown again below five spikes, 255 / 4 Hz
    assert (paper.dt * paper.steps, paper.dt * paper.rest) == (350.0, 150.0)
    assert (paper.repeat_below, paper.max_rate) == (5, 255 / 4)


@pytest.mark.parametrize("preset", ["current", "paper"])
@given(dt=st.sampled_from([0.1, 0.25, 0.5, 1.0]))
def test_another_step_keeps_the_time(preset: str, dt: float) -> None:
    usual, other = Options(preset=preset).checked(), Options(preset=preset, dt=dt).checked()
    assert other.steps * other.dt == pytest.approx(usual.steps * usual.dt)
    assert other.rest * other.dt == pytest.approx(usual.rest * usual.dt)


def test_what_is_given_goes_before_the_preset() -> None:
    settings = Options(preset="paper", dt=1.0, steps=99, max_rate=50.0, inhibition=3.0).checked()
    assert (settings.dt, settings.steps, settings.max_rate, settings.inhibition) == (1.0, 99, 50.0, 3.0)


def test_every_number_has_bounds() -> None:
    numbers = {option.name for option in fields(Options) if "int" in str(option.type) or "float" in str(option.type)}
    assert numbers - bounds().keys() == {"nu"}  # checked by the rule that gets it


@pytest.mark.parametrize("option", bounds())
def test_a_number_below_its_bound_is_refused(option: str) -> None:
    with pytest.raises(ParameterError, match=f"^--{option.replace('_', '-')} must be "):
        replace(Options(), **{option: -1}).checked()  # type: ignore[arg-type]


@given(dt=st.floats(0.05, 3.0), rate=st.floats(0.5, 4000.0))
def test_a_rate_is_refused_just_where_a_repeated_image_would_stop_the_run(dt: float, rate: float) -> None:
    options = Options(preset="paper", dt=dt, max_rate=rate)
    try:
        Poisson(rate + MOST_REPEATS * Presentation.rate_step).check_step(dt)
    except ParameterError:
        with pytest.raises(ParameterError, match=r"may rise to .* use a lower --max-rate, or --dt <= "):
            options.checked()
    else:
        assert options.checked().max_rate == rate


def test_identity_is_json_and_knows_what_changes_training() -> None:
    identity = Options(nu=(0.1, 0.2)).checked().identity()
    assert json.loads(json.dumps(identity)) == identity
    free = {"threads": 3, "resume": True, "checkpoint_seconds": 1.0, "test_images": 5, "label_images": 7}
    assert replace(Options(nu=(0.1, 0.2)), **free).checked().identity() == identity  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1},
        {"neurons": 5},
        {"epochs": 2},
        {"steps": 5},
        {"dt": 0.5},
        {"batch_size": 2},
        {"engine": "reference"},
        {"inhibition": 1.0},
        {"max_rate": 10.0},
        {"nu": (0.1, 0.1)},
        {"theta_plus": 1.0},
        {"anneal": 0.5},
        {"anneal_theta": 0.5},
        {"losers_reset": False},
        {"validate": 5},
        {"train_images": 5},
        {"data": "mnist"},
        {"preset": "paper"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_changes_training_changes_the_identity(change: dict[str, object]) -> None:
    assert replace(Options(), **change).checked().identity() != Options().checked().identity()  # type: ignore[arg-type]


@given(
    st.builds(
        Options,
        data=st.sampled_from(["mnist", "fashion-mnist"]),
        neurons=st.integers(1, 10_000),
        dt=st.none() | st.floats(0.01, 10.0),
        nu=st.tuples(st.floats(0.0, 1.0), st.floats(0.0, 1.0)),
        anneal=st.floats(0.0, 1.0),
        losers_reset=st.booleans(),
        validate=st.integers(0, 100),
        train_images=st.none() | st.integers(1, 100),
        threads=st.none() | st.integers(1, 8),
        seed=st.integers(0, 2**62),
    )
)
def test_the_command_of_a_report_gives_the_same_options(options: Options) -> None:
    words = command(options).split()
    assert words[:3] == ["pj", "run", "diehl-cook-2015"]
    found = tyro.cli(Options, args=words[3:])
    usual = {option.name: option.default for option in fields(Options) if option.name in NOT_IN_A_COMMAND}
    assert found == replace(options, **usual)  # type: ignore[arg-type]
