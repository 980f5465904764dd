"""Options that make no sense are refused before anything is read, made or written."""

import pytest

from tests.cli.conftest import Command, Refusal
from tests.cli.runs import RECIPE

CASES = {
    "--data mnst": "unknown dataset 'mnst'; did you mean 'mnist'? Known: fashion-mnist, mnist, mnist-5k",
    "--preset papr": "unknown preset 'papr'; did you mean 'paper'? Known: current, paper",
    "--engine evnt": "unknown engine 'evnt'; did you mean 'event'? Known: event, reference",
    "--neurons 0": "--neurons must be >= 1 neurons, got 0",
    "--neurons -5": "--neurons must be >= 1 neurons, got -5",
    "--epochs 0": "--epochs must be >= 1 epochs, got 0",
    "--steps 0": "--steps must be >= 1 steps, got 0",
    "--batch-size 0": "--batch-size must be >= 1 images, got 0",
    "--threads 0": "--threads must be >= 1 threads, got 0",
    "--seed -1": "--seed must be >= 0 (a whole number), got -1",
    "--seed 9223372036854775808": "--seed must be <= 4.61169e+18 (a whole number), got 9.22337e+18",
    "--dt 0": "--dt must be > 0 ms, got 0",
    "--dt nan": "--dt must be a finite number in ms, got nan",
    "--dt 20": "max_rate=128 Hz with dt=20 ms needs 2.56 spikes per step, and one holds at most 1; "
    "use max_rate <= 50 Hz or dt <= 7.8125 ms",
    "--dt 1000 --max-rate 1": "--steps, with --dt 1000, must be >= 1 steps, got 0",
    "--max-rate 2000": "max_rate=2000 Hz with dt=1 ms needs 2 spikes per step, and one holds at most 1; "
    "use max_rate <= 1000 Hz or dt <= 0.5 ms",
    "--max-rate 0": "--max-rate must be > 0 Hz, got 0",
    "--max-rate inf": "--max-rate must be a finite number in Hz, got inf",
    "--inhibition -1": "--inhibition must be >= 0 mV, or leaks of a neuron, got -1",
    "--nu -1 0.01": "PairSTDP.nu[0] must be >= 0 weight per event, got -1",
    "--nu 0.01 nan": "DiehlCook2015: nu[1] must be a finite number, got nan",
    "--theta-plus -1": "--theta-plus must be >= 0 mV, got -1",
    "--anneal 2": "--anneal must be <= 1 (a fraction), got 2",
    "--anneal -0.5": "--anneal must be >= 0 (a fraction), got -0.5",
    "--anneal-theta 2": "--anneal-theta must be <= 1 (a fraction), got 2",
    "--validate -1": "--validate must be >= 0 images, got -1",
    "--validate 4000": "mnist-5k: count must be 1 … 3999, got 4000; "
    "of 4000 training images some must be left to learn from.",
    "--train-images 4001": "--train-images of mnist-5k must be <= 4000 images, got 4001",
    "--validate 500 --train-images 3501": "--train-images of mnist-5k must be <= 3500 images, got 3501",
    "--test-images 1001": "--test-images of mnist-5k must be <= 1000 images, got 1001",
    "--validate 500 --test-images 501": "--test-images of mnist-5k must be <= 500 images, got 501",
    "--train-images 60 --label-images 61": "--label-images must be <= 60 images, which are there to learn from, got 61",
    "--label-images 0": "--label-images must be >= 1 images, got 0",
    "--train-images 0": "--train-images must be >= 1 images, got 0",
    "--train-images 1": "mnist-5k: all 1 training images are of class 6; at least 2 classes are needed. "
    "Take more images or a mixed order.",
    "--test-images 0": "--test-images must be >= 1 images, got 0",
    "--checkpoint-seconds -1": "--checkpoint-seconds must be >= 0 s, got -1",
    "--preset paper --batch-size 2": "--preset paper shows an image again until it excites enough spikes, "
    "so it learns online; use --batch-size 1",
    "--preset paper --nu -1 0.01": "TripletSTDP.nu[0] must be >= 0 weight per event, got -1",
    "--preset paper --max-rate 1900": "--max-rate 1900 Hz may rise to 2537.5 Hz where an image is repeated, "
    "more than one spike per step of 0.5 ms; use a lower --max-rate, or --dt <= 0.394",
    "--resume": "--resume needs the folder of the run: add --out FOLDER",
}


@pytest.mark.parametrize("options", CASES)
def test_refused_with_the_way_out(refusal: Refusal, options: str) -> None:
    assert refusal(*RECIPE, *options.split()) == CASES[options]


def test_a_rate_of_one_spike_in_every_step_is_allowed_where_nothing_is_repeated(refusal: Refusal) -> None:
    # what is refused here is only the missing folder, which is looked for last
    said = refusal(*RECIPE, "--max-rate", "1000", "--resume", "--out", "nowhere")
    assert said.startswith("there is no run to resume in nowhere")


PARSED = {
    "--neurons many": "error parsing --neurons: invalid literal for int() with base 10: 'many'; see ",
    "--neurons 2.5": "error parsing --neurons: invalid literal for int() with base 10: '2.5'; see ",
    "--nu 1": "missing value for argument '--nu'",
    "--dt": "missing value for argument '--dt'",
    "--neurones 5": "unknown option '--neurones'; did you mean '--neurons'? Known: --anneal, ",
    "--sed=5": "unknown option '--sed'; did you mean '--seed'? Known: --anneal, ",
    "--resume yes": "unrecognized options: yes; see ",
}


@pytest.mark.parametrize("options", PARSED)
def test_options_that_cannot_be_read_are_one_line_too(refusal: Refusal, options: str) -> None:
    said = refusal(*RECIPE, *options.split())
    assert said.startswith(PARSED[options])
    assert said.endswith("see pj run diehl-cook-2015 --help")


def test_options_explain_themselves(pj: Command, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        pj(*RECIPE, "--help")
    assert ended.value.code == 0
    said = capsys.readouterr().out
    for option in ("--data", "--neurons", "--preset", "--engine", "--seed", "--threads", "--out", "--resume"):
        assert option in said
