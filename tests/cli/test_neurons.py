"""`pj neurons`: the list, the pictures, and what is said of a neuron."""

import math
from pathlib import Path

import pytest

from picojoule import neurons
from picojoule.neurons.base import Neuron
from picojoule.neurons.izhikevich import REGIMES
from tests.cli.conftest import Answer, Command, Refusal
from tests.docs.pages import ROOT, blocks
from tests.plot.test_save import check_png

MODELS = [name for name, kind in vars(neurons).items() if isinstance(kind, type) and issubclass(kind, Neuron)]
SHORT = ("--duration", "100", "--dt", "0.5")


def rows(answer: Answer) -> dict[str, str]:
    """The table of a neuron, its first column to its second."""
    cells = [[cell.strip() for cell in line.split("│")[1:3]] for line in answer.out.splitlines() if "│" in line]
    return {what: found for what, found in cells}


def test_the_list_has_every_model_with_its_ports_its_state_and_its_regimes(pj: Command) -> None:
    answer = pj("neurons")
    assert (answer.status, answer.err) == (0, "")
    assert set(rows(answer)) == set(MODELS)
    assert rows(answer)["ConductanceLIF"] == "exc, inh"
    assert "v, g_exc, g_inh, refractory" in answer.out
    assert all(regime in " ".join(answer.out.split()) for regime in REGIMES)


@pytest.mark.parametrize("words", [[], ["show", "LIF"], ["regimes"], ["surrogates"]])
def test_every_verb_explains_itself(pj: Command, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    if words:
        with pytest.raises(SystemExit) as stopped:
            pj("neurons", *words, "--help")
        assert stopped.value.code == 0
        assert f"pj neurons {' '.join(words)}" in capsys.readouterr().out
    else:
        answer = pj("neurons", "--help")
        assert answer.status == 0
        assert answer.out.startswith("usage: pj neurons ")


def test_a_neuron_is_drawn_and_measured(pj: Command, here: Path) -> None:
    answer = pj("neurons", "show", "LIF", "--current", "1.5", "--set", "tau=10", "--set", "gain=none", *SHORT)
    assert (answer.status, answer.err) == (0, "")
    interval = math.ceil(10.0 * math.log(3.0) / 0.5) * 0.5  # ms, from the closed form
    found = rows(answer)
    assert found["input"] == "1.5 for 100 ms, after 10 ms of silence; steps of 0.5 ms"
    assert found["rheobase"] == "1, for one spike in 100 ms"
    assert found["spikes"] == f"{int(100 // interval)} while the input is held"
    assert found["rate"] == f"{1000 / interval:.1f} Hz, from the mean interval"
    assert found["adaptation"] == f"last interval {interval:g} ms = 1.00 × the first"
    assert found["picture"] == "LIF.png"
    width, height = check_png((here / "LIF.png").read_bytes())
    assert width > height > 400


def test_an_adapting_neuron_has_a_longer_last_interval(pj: Command) -> None:
    found = rows(pj("neurons", "show", "ad-ex", "--current", "900", "--duration", "400", "--dt", "0.5"))
    assert float(found["adaptation"].split(" = ")[1].split()[0]) > 1.5
    assert " pA, for one spike in 400 ms" in found["rheobase"]


@pytest.mark.parametrize(("name", "unit"), [("HodgkinHuxley", "µA/cm²"), ("DeltaLIF", "")])
def test_a_neuron_is_shown_without_a_word_about_its_current(pj: Command, here: Path, name: str, unit: str) -> None:
    answer = pj("neurons", "show", name)
    found = rows(answer)
    current, least = (float(found[what].replace(",", "").split()[0]) for what in ("input", "rheobase"))
    assert 1.2 * least < current < 6 * least
    assert int(found["spikes"].split()[0]) >= 4
    assert f" {unit} for " in found["input"] if unit else found["input"].split()[1] == "for"
    check_png((here / f"{name}.png").read_bytes())


def test_a_neuron_that_never_spikes_shows_its_answer_and_no_rate(pj: Command) -> None:
    found = rows(
        pj("neurons", "show", "leaky-integrator", "--current", "2", "--set", "tau=20", "--set", "gain=none", *SHORT)
    )
    assert "rate" not in found
    assert "spikes" not in found
    assert float(found["v at its end"]) == pytest.approx(2.0 * (1 - math.exp(-5)), abs=1e-3)


def test_what_stands_still_is_said_and_not_drawn(pj: Command) -> None:
    assert rows(pj("neurons", "show", "ConductanceLIF", *SHORT))["at rest throughout"] == "g_inh"


def test_few_spikes_show_the_value_that_they_code(pj: Command, here: Path) -> None:
    answer = pj("neurons", "show", "few-spikes", "--current", "12.5")
    found = rows(answer)
    assert found["input"] == "12.5, whole in the first of 10 steps"
    assert found["value coded"] == "12.5, with 1 spikes"
    assert found["error"] == "0"
    assert found["largest value"] == f"{25 * (1 - 2**-10):.4g}"
    check_png((here / "FewSpikes.png").read_bytes())


def test_a_regime_is_the_published_one(pj: Command) -> None:
    words = ("neurons", "show", "Izhikevich", "--current", "10", "--duration", "200", "--dt", "0.5")
    by_name = rows(pj(*words, "--regime", "fast-spiking"))
    by_hand = rows(pj(*words, "--set", "a=0.1", "--set", "b=0.2", "--set", "c=-65", "--set", "d=2"))
    assert {**by_name, "picture": ""} == {**by_hand, "picture": ""}
    assert by_name["rate"] != rows(pj(*words))["rate"]


def test_pictures_are_numbered_where_no_name_is_given_and_never_overwritten(pj: Command, here: Path) -> None:
    words = ("neurons", "show", "LIF", "--current", "1.5", *SHORT)
    assert [rows(pj(*words))["picture"] for _ in range(2)] == ["LIF.png", "LIF-2.png"]
    assert rows(pj(*words, "--out", here / "mine.PNG"))["picture"] == str(here / "mine.PNG")
    assert len({file.read_bytes() for file in here.iterdir()}) == 1  # the same picture


@pytest.mark.parametrize("verb", ["regimes", "surrogates"])
def test_pictures_of_many_are_small_and_valid(pj: Command, here: Path, verb: str) -> None:
    answer = pj("neurons", verb)
    assert (answer.status, answer.out, answer.err) == (0, f"{verb}.png\n", "")
    data = (here / f"{verb}.png").read_bytes()
    check_png(data)
    assert len(data) < 150_000


KNOWN = ", ".join(sorted(MODELS))
BAD = {
    "shw LIF": "unknown verb of pj neurons 'shw'; did you mean 'show'? Known: regimes, show, surrogates",
    "show": "pj neurons show takes the name of a model, such as LIF; `pj neurons` lists them",
    "show --current 3": "pj neurons show takes the name of a model, such as LIF; `pj neurons` lists them",
    "show Izhikevic": f"unknown neuron 'Izhikevic'; did you mean 'Izhikevich'? Known: {KNOWN}",
    "show LIFF": f"unknown neuron 'LIFF'; did you mean 'LIF'? Known: {KNOWN}",
    "show LIF --set tua=10": "unknown number of LIF 'tua'; did you mean 'tau'? Known: gain, tau, v_reset, v_rest, v_th",
    "show LIF --set surrogate=ATan": "unknown number of LIF 'surrogate'. Known: gain, tau, v_reset, v_rest, v_th",
    "show LIF --set tau": "--set takes NAME=NUMBER, got 'tau'; for instance --set tau=10",
    "show LIF --set tau=ten": "--set tau takes a number, got 'ten'; write it as 10 or 0.5",
    "show LIF --set tau=-10": "LIF.tau must be > 0 ms, got -10",
    "show LIF --duration -5": "--duration must be > 0 ms, got -5",
    "show LIF --duration 0": "--duration must be > 0 ms, got 0",
    "show LIF --dt 0": "--dt must be > 0 ms, got 0",
    "show LIF --dt nan": "--dt must be a finite number in ms, got nan",
    "show LIF --current inf": "--current must be a finite number in the unit of the input, got inf",
    "show LIF --regime bursting": "LIF has no regimes; leave --regime out, and use --set for its parameters",
    "show Izhikevich --regime chatering": "unknown regime of Izhikevich 'chatering'; did you mean 'chattering'? "
    f"Known: {', '.join(sorted(REGIMES))}",
    "show FewSpikes --dt 0.5": "FewSpikes has steps of its own; leave --duration and --dt out",
    "show FewSpikes --set alpha=5": "FewSpikes has no single number to set; leave --set out, or draw it in Python",
    "show LIF --out LIF.pdf": "pictures are PNG files, got --out LIF.pdf; end it with .png",
    "show LIF --out missing/LIF.png": "there is no folder missing; make it, or choose another --out",
    "regimes --out missing/a.png": "there is no folder missing; make it, or choose another --out",
}


@pytest.mark.parametrize("words", BAD)
def test_bad_input_is_refused_with_the_way_out(refusal: Refusal, words: str) -> None:
    assert refusal("neurons", *words.split()) == BAD[words]


@pytest.mark.parametrize("words", [("show", "LIF"), ("regimes",), ("surrogates",)])
def test_a_file_that_is_there_is_refused(refusal: Refusal, here: Path, words: tuple[str, ...]) -> None:
    (here / "a.png").write_bytes(b"mine")
    assert refusal("neurons", *words, "--out", "a.png") == "a.png exists; choose another --out"


def test_the_page_about_it_shows_commands_that_work_and_a_table_that_is_printed(pj: Command) -> None:
    page = ROOT / "docs" / "how-to" / "see-a-neuron.md"
    commands = [line.split()[1:] for _, code in blocks(page, "bash") for line in code.splitlines()]
    answers = [pj(*words) for words in commands]
    assert {answer.status for answer in answers} == {0}
    assert {words[1] for words in commands if len(words) > 1} == {"show", "regimes", "surrogates"}
    ((_, table),) = blocks(page, "text")
    assert table in [answer.out for answer in answers]
