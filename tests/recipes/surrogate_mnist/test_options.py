"""Options of the recipe: what the networks fill in, what is refused, and what a checkpoint must agree in."""

import json
from dataclasses import fields, replace

import pytest
import tyro
from hypothesis import given
from hypothesis import strategies as st

from picojoule.core.errors import ParameterError
from picojoule.recipes.surrogate_mnist.findings import command
from picojoule.recipes.surrogate_mnist.options import PRESETS, Options, bounds
from picojoule.simulate.event.engine import available_threads

NOT_IN_A_COMMAND = {"threads", "out", "resume"}


def test_the_dense_network_is_the_default() -> None:
    settings = Options().checked()
    assert (settings.options.data, settings.options.model, settings.options.encoding) == (
        "mnist-5k",
        "dense",
        "current",
    )
    assert (settings.steps, settings.neurons, settings.threads) == (25, 1000, available_threads())


@pytest.mark.parametrize("model", PRESETS)
def test_what_is_given_goes_before_the_preset(model: str) -> None:
    given = {"steps": 3, "epochs": 4, "learning_rate": 0.5, "tau": 9.0, "threads": 1}
    settings = Options(model=model, **given).checked()  # type: ignore[arg-type]
    assert {name: getattr(settings, name) for name in given} == given
    preset = vars(PRESETS[model])
    assert {name: getattr(Options(model=model).checked(), name) for name in preset} == preset


def test_help_says_what_the_presets_are() -> None:
    import inspect

    text = inspect.getsource(Options)
    for name in ("steps", "epochs", "tau", "learning_rate"):
        for model, preset in PRESETS.items():
            assert f"{getattr(preset, name):g} ({model})" in text


def test_every_number_has_bounds() -> None:
    numbers = {option.name for option in fields(Options) if "int" in str(option.type) or "float" in str(option.type)}
    assert numbers == bounds().keys()


@pytest.mark.parametrize("option", bounds())
def test_a_number_below_its_bound_is_refused(option: str) -> None:
    with pytest.raises(ParameterError, match=f"^--{option.replace('_', '-')} must be "):
        replace(Options(), **{option: -1}).checked()  # type: ignore[arg-type]


def test_identity_is_json_and_knows_what_changes_training() -> None:
    identity = Options(threads=3).checked().identity()
    assert json.loads(json.dumps(identity)) == identity
    assert replace(Options(threads=3), resume=True, test_images=5).checked().identity() == identity


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1},
        {"model": "conv"},
        {"encoding": "poisson"},
        {"epochs": 2},
        {"steps": 5},
        {"neurons": 5},
        {"tau": 3.0},
        {"encoding": "poisson", "max_rate": 10.0},
        {"batch_size": 2},
        {"learning_rate": 0.1},
        {"shift": 3},
        {"threads": 77},  # a sum that is split among threads may differ in its last bits
        {"validate": 5},
        {"train_images": 5},
        {"data": "mnist"},
    ],
    ids=" ".join,
)
def test_what_changes_training_changes_the_identity(change: dict[str, object]) -> None:
    assert replace(Options(), **change).checked().identity() != Options().checked().identity()  # type: ignore[arg-type]


@given(
    st.builds(
        Options,
        data=st.sampled_from(["mnist", "fashion-mnist"]),
        model=st.sampled_from(["dense", "conv"]),
        encoding=st.sampled_from(["current", "poisson"]),
        epochs=st.none() | st.integers(1, 99),
        tau=st.none() | st.floats(0.1, 99.0),
        learning_rate=st.none() | st.floats(1e-6, 1.0),
        validate=st.integers(0, 100),
        train_images=st.none() | st.integers(1, 100),
        threads=st.none() | st.integers(1, 8),
        seed=st.integers(0, 2**62),
    )
)
def test_the_command_of_a_report_gives_the_same_options(options: Options) -> None:
    words = command(options).split()
    assert words[:3] == ["pj", "run", "surrogate-mnist"]
    found = tyro.cli(Options, args=words[3:])
    usual = {option.name: option.default for option in fields(Options) if option.name in NOT_IN_A_COMMAND}
    assert found == replace(options, **usual)  # type: ignore[arg-type]
