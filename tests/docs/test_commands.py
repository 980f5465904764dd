"""README's commands, pinned versions and `check` fit together."""

import os
import re
import stat
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, blocks

README = ROOT / "README.md"


def pins() -> list[tuple[str, str]]:
    """Names and versions of `constraints.txt`, in its order."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [(name, version) for name, _, version in (line.partition("==") for line in lines)]


def test_torch_is_pinned_first_and_without_a_build() -> None:
    # "+cpu" could only be met by an index that has such builds
    assert (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()[0] == "torch==2.13.0"


def test_pins_are_exact_sorted_and_name_everything_once() -> None:
    names = [name for name, _ in pins()]
    assert all(re.fullmatch(r"[0-9][0-9A-Za-z.]*", version) for _, version in pins())
    assert names[1:] == sorted(set(names[1:]), key=str.lower)


def test_every_requirement_of_the_package_is_pinned_within_its_bounds() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    required = [*project["dependencies"], *(r for extra in project["optional-dependencies"].values() for r in extra)]
    pinned = {normal(name): numbers(version) for name, version in pins()}
    for requirement in required:
        name, _, least = requirement.partition(";")[0].partition(">=")
        if not name.startswith("picojoule["):
            assert pinned[normal(name)] >= numbers(least)


def normal(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def numbers(version: str) -> tuple[int, ...]:
    """A version's numbers, for comparison."""
    return tuple(map(int, re.findall(r"\d+", version)))


@pytest.mark.parametrize("word", ["pj run", "pytest"])
def test_readme_has_one_command_that_installs_and_does_it(word: str) -> None:
    (command,) = [code for _, code in blocks(README, "bash") if word in code]
    assert "-m venv" in command
    assert "-c constraints.txt" in command


@pytest.mark.parametrize("path", ["check", ".ci/run"])
def test_scripts_can_be_run(path: str) -> None:
    assert (ROOT / path).stat().st_mode & stat.S_IXUSR
    assert subprocess.run(["bash", "-n", ROOT / path], check=False, stdin=subprocess.DEVNULL).returncode == 0


def test_check_refuses_an_unknown_step_by_name() -> None:
    done = subprocess.run([ROOT / "check", "lnit"], check=False, capture_output=True, text=True, env={**os.environ})
    assert done.returncode == 2
    assert "unknown step lnit; there are lint, types, imports, package, tests" in done.stderr


def test_every_hook_runs_a_step_of_check() -> None:
    hooks = re.findall(r"entry: (.*)", Path(ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    known = re.search(r"steps=\((lint .*)\)", (ROOT / "check").read_text(encoding="utf-8"))
    assert known is not None
    assert hooks == [f"./check {step}" for step in known[1].split()]
