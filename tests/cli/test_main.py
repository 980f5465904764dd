"""`pj` itself: usage, version, and what becomes of errors."""

import subprocess
import sys

import pytest

from picojoule import __version__
from picojoule.cli import main as command
from tests.cli.conftest import Command, Refusal
from tests.cli.runs import environment

HEAVY = ("numba", "matplotlib", "sklearn", "mlxtend", "pandas", "torch.fx.experimental.proxy_tensor")


def test_alone_it_explains_itself_and_fails(pj: Command) -> None:
    answer = pj()
    assert (answer.status, answer.err) == (2, "")
    for verb in (
        "run RECIPE",
        "list",
        "neurons",
        "neurons show NAME",
        "data fetch NAME",
        "data check",
        "doctor",
        "--version",
    ):
        assert f"pj {verb}" in answer.out


@pytest.mark.parametrize("word", ["-h", "--help", "help"])
def test_help_is_no_failure(pj: Command, word: str) -> None:
    answer = pj(word)
    assert (answer.status, answer.out) == (0, pj().out)


def test_version(pj: Command) -> None:
    answer = pj("--version")
    assert (answer.status, answer.out) == (0, f"picojoule {__version__}\n")


@pytest.mark.parametrize("words", [["run"], ["run", "--help"], ["data"], ["data", "-h"]])
def test_verbs_explain_themselves(pj: Command, words: list[str]) -> None:
    answer = pj(*words)
    assert answer.status == (0 if words[-1].startswith("-") else 2)
    assert answer.out.startswith("usage: pj ")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["rum"], "unknown verb 'rum'; did you mean 'run'? Known: "),
        (["--verison"], "unknown verb '--verison'; did you mean '--version'? Known: "),
        ([""], "unknown verb ''. Known: "),
        (["data", "fecth"], "unknown verb of pj data 'fecth'; did you mean 'fetch'? Known: check, fetch"),
        (["data", "fetch", "minst"], "unknown dataset 'minst'; did you mean 'mnist'? Known: "),
        (["data", "check", "minst"], "unknown dataset 'minst'; did you mean 'mnist'? Known: "),
        (["data", "fetch"], "pj data fetch takes one name, got 0; usage: pj data fetch NAME"),
        (["data", "check", "mnist", "mnist-5k"], "pj data check takes one name, got 2; usage: "),
        (["run", "diehl-cook"], "unknown recipe 'diehl-cook'; did you mean 'diehl-cook-2015'? Known: "),
        (["list", "neurons"], "pj list takes no more words, got 'neurons'; leave them out"),
        (["doctor", "--all"], "pj doctor takes no more words, got '--all'; leave them out"),
    ],
)
def test_words_that_are_not_known_name_the_nearest(refusal: Refusal, words: list[str], message: str) -> None:
    assert refusal(*words).startswith(message)


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 3 bytes.")]
)
def test_too_little_memory_is_one_line(refusal: Refusal, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    monkeypatch.setattr(command, "dispatch", raiser(error))
    assert refusal("list") == "there is not enough memory for this; use fewer neurons, or fewer or longer steps"


def test_a_mistake_of_the_library_is_not_hidden(pj: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "dispatch", raiser(RuntimeError("shapes differ")))
    with pytest.raises(RuntimeError, match="shapes differ"):
        pj("list")


def test_an_interruption_is_one_line_and_130(pj: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "dispatch", raiser(KeyboardInterrupt()))
    answer = pj("list")
    assert (answer.status, answer.out) == (130, "")
    assert answer.err == "pj: interrupted; a run with a checkpoint goes on with --resume\n"


def raiser(error: BaseException) -> object:
    def fail(_: list[str]) -> int:
        raise error

    return fail


@pytest.mark.parametrize("module", ["picojoule", "picojoule.cli.main"])
def test_importing_costs_little(module: str) -> None:
    code = f"import sys, {module}; print(*[name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_the_module_is_a_command() -> None:
    words = [sys.executable, "-m", "picojoule.cli.main", "rum"]
    done = subprocess.run(words, env=environment(), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("pj: unknown verb 'rum'; did you mean 'run'?")
