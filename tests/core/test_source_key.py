"""A key of the library's own code changes with every module that one depends on, and with no other."""

import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import picojoule
from picojoule.core import source_key as module
from picojoule.core.source_key import source_key

HERE = Path(picojoule.__file__).parent


def forget() -> None:
    for remembered in (module.source_key, module._imported, module._source):
        remembered.cache_clear()


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Nothing is remembered of another test's files."""
    forget()
    yield
    forget()


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package somewhere else, to be changed."""
    place = tmp_path / "picojoule"
    shutil.copytree(HERE, place, ignore=shutil.ignore_patterns("__pycache__", "recipes", "plot", "cli"))
    monkeypatch.setattr(module, "files", lambda _: place)
    return place


CHANGED = {
    "picojoule.encode.poisson": ["core/random.py", "core/compiled.py", "encode/poisson.py", "_version.py"],
    "picojoule.core.random": ["core/random.py", "core/kernel_folder.py"],
    "picojoule.simulate.event.kernels": ["simulate/event/vectors.py"],
    "picojoule.compile.recurrent_kernels": ["compile/recurrent_vectors.py"],
    "picojoule.simulate.event.cache": [
        "compile/float_ir.py",  # through compile.functions, which only the generated source imports
        "simulate/event/vectors.py",
        "network/network.py",
        "neurons/base.py",
    ],
    "picojoule.compile.numba_recurrent": ["compile/recurrent_vectors.py", "compile/simplify.py"],
}


@pytest.mark.parametrize(("name", "file"), [(name, file) for name, files in CHANGED.items() for file in files])
def test_it_changes_with_what_a_module_imports(copy: Path, name: str, file: str) -> None:
    before = source_key(name)
    with (copy / file).open("a") as text:
        text.write("changed = True\n")
    forget()
    assert source_key(name) != before


def test_it_does_not_change_with_what_a_module_does_not_import(copy: Path) -> None:
    before = source_key("picojoule.encode.poisson")
    with (copy / "neurons" / "lif.py").open("a") as text:
        text.write("changed = True\n")
    forget()
    assert source_key("picojoule.encode.poisson") == before


def test_it_is_the_same_in_an_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = list(map(source_key, CHANGED))
    assert len(set(keys)) == len(keys)
    with zipfile.ZipFile(tmp_path / "site.zip", "w") as archive:
        for file in HERE.rglob("*.py"):
            archive.write(file, file.relative_to(HERE.parent).as_posix())
    monkeypatch.setattr(module, "files", lambda _: zipfile.Path(tmp_path / "site.zip", "picojoule/"))
    forget()
    assert list(map(source_key, CHANGED)) == keys


def test_without_sources_it_is_that_of_the_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "files", lambda _: tmp_path)
    one = source_key("picojoule.core.random")
    forget()
    monkeypatch.setattr(module, "__version__", "9.9")
    assert source_key("picojoule.core.random") != one
