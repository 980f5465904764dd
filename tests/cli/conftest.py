"""The command line called in this process, and runs that many tests look at."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from picojoule.cli.main import main
from picojoule.recipes.diehl_cook_2015 import recipe
from tests.cli.runs import TINY, run


@dataclass(frozen=True)
class Answer:
    """What a command said."""

    status: int
    out: str
    err: str


Command = Callable[..., Answer]
Refusal = Callable[..., str]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def pj(here: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """Call `pj` in an empty folder."""

    def call(*words: str | Path) -> Answer:
        capsys.readouterr()
        status = main([str(word) for word in words])
        said = capsys.readouterr()
        return Answer(status, said.out, said.err)

    return call


@pytest.fixture
def refusal(pj: Command, here: Path) -> Refusal:
    """Call `pj` with bad input: it must say one line, exit with 2 and leave the working folder as it was."""

    def call(*words: str | Path) -> str:
        before = contents(here)
        answer = pj(*words)
        assert answer.status == 2
        assert answer.out == ""
        assert answer.err.startswith("pj: ")
        assert answer.err.endswith("\n")
        assert answer.err.count("\n") == 1
        assert contents(here) == before
        return answer.err[len("pj: ") : -1]

    return call


def contents(folder: Path) -> dict[str, bytes | None]:
    """Every file below a folder with its content, and every folder; logs may grow."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*")}
    return {name: path.read_bytes() if path.is_file() and path.name != "log" else None for name, path in found.items()}


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs draw nothing, which is most of the work of a small one."""
    monkeypatch.setattr(recipe, "write_pictures", lambda *_: None)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a run that has ended."""
    folder = tmp_path_factory.mktemp("runs") / "finished"
    assert run(*TINY, "--out", folder) == 0
    return folder


@pytest.fixture(scope="session")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the same run, stopped once it had seen every training image."""
    folder = tmp_path_factory.mktemp("runs") / "stopped"

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recipe, "answers_by_class", stop)
        assert run(*TINY, "--checkpoint-seconds", "0", "--out", folder) == 130
    assert sorted(file.name for file in folder.iterdir()) == ["checkpoint.safetensors", "log"]
    return folder
