"""`pj` itself: usage, version, and what becomes of errors."""

import ast
import re
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


VERBS = re.findall(r"^  pj (\w+)", command.USAGE, re.MULTILINE)
NEEDS_WORDS = ("run", "compare", "pareto", "data")
LINES = [  # of one process, none of which may load what takes seconds
    *([verb, "--help"] for verb in VERBS),
    *([verb] for verb in NEEDS_WORDS),
    *([verb, "surrogate-mnist", "--help"] for verb in ("run", "compare", "pareto")),
    *(["neurons", *words, "-h"] for words in (["show"], ["show", "LIF"], ["regimes"], ["surrogates"])),
    *(["data", verb, "--help"] for verb in ("fetch", "check")),
    *([verb, "surrogate-mnist", "--epohcs", "3"] for verb in ("run", "compare", "pareto")),
    *([verb, "surrogate-mnits"] for verb in ("run", "compare", "pareto")),
    ["run", "diehl-cook-2015", "--neurons", "many"],
    ["claims", "--tabel", "x"],
    ["neurons", "shwo"],
    ["pareto", "diehl-cook-2015"],
    [],
    ["--version"],
    ["rum"],
]
EXPLAINED = """
import contextlib, io, sys
from picojoule.cli.main import main

for words in LINES:
    said, complained, status = io.StringIO(), io.StringIO(), None
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(complained):
        try:
            status = main(words)
        except SystemExit as ended:
            status = ended.code or 0
    loaded = [name for name in HEAVY if name in sys.modules]
    print(repr((words, status, said.getvalue(), complained.getvalue(), loaded)))
"""


def test_every_verb_explains_itself_and_what_is_wrong_at_once() -> None:
    code = f"LINES, HEAVY = {LINES!r}, {('torch', *HEAVY)!r}\n{EXPLAINED}"
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True)
    answers = [ast.literal_eval(line) for line in done.stdout.splitlines()]
    assert [words for words, *_ in answers] == LINES
    for words, status, out, err, heavy in answers:
        assert heavy == [], words
        if words[-1:] in (["--help"], ["-h"]):
            assert (status, err) == (0, ""), words
            assert out.startswith(f"usage: pj {words[0]}"), words
        elif err:
            assert (status, out, err.count("\n")) == (2, "", 1), words
            assert err.startswith("pj: "), words
        else:
            assert status == (0 if words == ["--version"] else 2), words
            assert out, words


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
    assert (answer.status, answer.out, answer.err) == (130, "", "pj: interrupted\n")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(28, "No space left on device"), "No space left on device: the output"),
        (PermissionError(13, "Permission denied", "/etc/x.json"), "Permission denied: /etc/x.json"),
        (FileNotFoundError(2, "No such file or directory", "x"), "No such file or directory: x"),
    ],
)
def test_what_the_system_refuses_is_one_line(
    refusal: Refusal, monkeypatch: pytest.MonkeyPatch, error: OSError, said: str
) -> None:
    monkeypatch.setattr(command, "dispatch", raiser(error))
    assert refusal("list") == said


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
