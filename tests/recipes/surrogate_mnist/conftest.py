"""Runs that many tests look at; the command line as the tests of the command line call it."""

from pathlib import Path

import pytest

from picojoule.recipes.surrogate_mnist import recipe
from tests.cli.conftest import here, pj, refusal  # noqa: F401  # fixtures
from tests.recipes.surrogate_mnist.runs import TINY, run


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs draw nothing, which is most of the work of a small one."""
    monkeypatch.setattr(recipe, "write_pictures", lambda *_: None)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a run that has ended."""
    folder = tmp_path_factory.mktemp("surrogate") / "finished"
    assert run(*TINY, "--out", folder) == 0
    return folder


@pytest.fixture(scope="session")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the same run, stopped once it was trained."""
    folder = tmp_path_factory.mktemp("surrogate") / "stopped"

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recipe, "save_model", stop)
        assert run(*TINY, "--out", folder) == 130
    assert sorted(file.name for file in folder.iterdir()) == ["checkpoint.safetensors", "log"]
    return folder
