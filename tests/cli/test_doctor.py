"""`pj doctor` says what a bug report needs."""

import importlib.metadata
import json
from pathlib import Path

import pytest
import torch

from picojoule import __version__
from picojoule.cli.doctor import findings
from picojoule.simulate.event.engine import available_threads
from tests.cli.conftest import Command, Refusal


def test_versions_threads_and_folders_are_shown(pj: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PICOJOULE_DATA", str(tmp_path))
    answer = pj("doctor")
    assert (answer.status, answer.err) == (0, "")
    rows = [[cell.strip() for cell in line.split("│")[1:3]] for line in answer.out.splitlines() if "│" in line]
    found = {what: value for what, value in rows}
    assert found["picojoule"] == __version__
    for package in ("torch", "numba", "numpy", "scikit-learn", "matplotlib", "mlxtend"):
        assert found[package] == importlib.metadata.version(package)
    assert found["cores"] == str(available_threads())
    assert found["torch threads"] == str(torch.get_num_threads())
    assert found["data folder"] == str(tmp_path)
    assert found["data mnist-5k"] == "ok"
    assert found["data mnist"] == "not there (pj data fetch)"
    assert found["processor"]


def test_compiled_networks_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PICOJOULE_KERNELS", str(tmp_path))
    assert dict(findings())["kernel cache"] == f"{tmp_path} (0 compiled networks)"


@pytest.mark.parametrize(("found", "shown"), [(False, "none found (nothing here needs one)"), (True, "A GPU")])
def test_a_gpu_is_named(monkeypatch: pytest.MonkeyPatch, found: bool, shown: str) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: found)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "A GPU")
    assert dict(findings())["GPU"] == shown


def test_damaged_data_are_said_to_be_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PICOJOULE_DATA", str(tmp_path))
    (tmp_path / "mnist").mkdir()
    (tmp_path / "mnist" / "t10k-images-idx3-ubyte.gz").write_bytes(b"?")
    assert dict(findings())["data mnist"] == "damaged"


LAYERS = {"first": 0.0, "second": 0.12, "third": 0.99}
POPULATIONS = {
    "X": {"spikes": 5, "updates": 0},
    "Ae": {"spikes": 12, "updates": 100},
    "Ai": {"spikes": 0, "updates": 9},
}


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({"spikes_per_neuron_and_step": LAYERS}, ["silent", "active", "saturated"]),
        ({"counts": {"testing": {"populations": POPULATIONS}}}, ["active", "silent"]),
    ],
)
def test_a_run_is_told_which_layers_are_silent_or_saturated(
    pj: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, result: object, expected: list[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "result.json").write_text(json.dumps(result))
    answer = pj("doctor", str(tmp_path))
    assert (answer.status, answer.err) == (0, "")
    rows = [[cell.strip() for cell in line.split("│")[1:4]] for line in answer.out.splitlines() if "│" in line]
    assert [row[2].split(":")[0] for row in rows] == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "no result.json; give the folder of one, its --out"),
        ("{", "result.json is damaged (JSONDecodeError("),
        ("[]", "result.json is damaged (AttributeError("),
        ('{"accuracy": 1}', "result.json says nothing of spikes; give the folder of a `pj run`"),
    ],
)
def test_what_is_no_run_is_refused(refusal: Refusal, tmp_path: Path, text: str | None, message: str) -> None:
    if text is not None:
        (tmp_path / "result.json").write_text(text)
    assert message in refusal("doctor", str(tmp_path))
