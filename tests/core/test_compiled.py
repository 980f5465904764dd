"""Compiled functions: found again by everything that they depend on, and by nothing else."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba.core import config

from picojoule.core.compiled import SETTINGS, compiled
from picojoule.core.kernel_folder import VARIABLE, kept


def double(x):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    return 2.0 * x


def halve(x):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    return x / 2.0


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    return tmp_path


def of_the_library(function: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """The compiled function as another process would make it, as if it stood in a generated module."""
    monkeypatch.setattr(function, "__module__", "picojoule_kernel_of_a_test")
    return compiled()(function)


def found(function: Any) -> tuple[int, int]:
    """How often machine code was found, and how often it was not."""
    return sum(function.stats.cache_hits.values()), sum(function.stats.cache_misses.values())


def test_each_signature_is_compiled_once_and_found_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = of_the_library(double, monkeypatch)
    assert (first(2.0), first(2), found(first)) == (4.0, 4.0, (0, 2))
    again = of_the_library(double, monkeypatch)
    assert (again(2.0), again(2), found(again)) == (4.0, 4.0, (2, 0))
    assert len(list(folder.iterdir())) == 2


def test_two_processes_at_once_do_not_mix_their_signatures(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = of_the_library(double, monkeypatch), of_the_library(double, monkeypatch)
    one(2.0), other(np.float32(2.0))  # each before it knows of the other
    again = of_the_library(double, monkeypatch)
    assert (again(2.0), again(np.float32(3.0)), found(again)) == (4.0, 6.0, (2, 0))


@pytest.mark.parametrize("left", [0, 30, 100, -1])
def test_damaged_machine_code_is_compiled_anew(folder: Path, monkeypatch: pytest.MonkeyPatch, left: int) -> None:
    of_the_library(double, monkeypatch)(2.0)
    (file,) = folder.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[:left])
    again = of_the_library(double, monkeypatch)
    assert (again(2.0), found(again)) == (4.0, (0, 1))
    assert kept(file.name) is not None


@pytest.mark.parametrize("setting", SETTINGS)
def test_numba_s_settings_make_other_machine_code(monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    function = of_the_library(double, monkeypatch)
    function(2.0)
    (signature,), again = function.signatures, of_the_library(double, monkeypatch)
    monkeypatch.setattr(config, setting, f"not {getattr(config, setting)}")
    assert again._cache.load_overload(signature, again.targetctx) is None
    monkeypatch.undo()


def test_functions_of_others_are_not_kept(folder: Path) -> None:
    factor = 3.0
    assert compiled()(halve)(4.0) == 2.0
    assert compiled()(lambda x: factor * x)(2.0) == 6.0
    assert list(folder.iterdir()) == []


def test_a_division_by_zero_is_infinite_and_the_lock_is_free() -> None:
    assert compiled()(lambda x: 1.0 / x)(0.0) == np.inf
    assert compiled()(halve).targetoptions["nogil"]


def test_compiled_although_numba_is_told_not_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "DISABLE_JIT", 1)
    function = compiled()(lambda x: np.zeros(3).sum() + x)  # parts of numba itself are compiled with it
    assert (function(2.0), config.DISABLE_JIT) == (2.0, 1)
    assert function.signatures
