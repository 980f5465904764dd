"""The comparison of decoders runs on a small file and reports what the decoders say."""

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from picojoule.core.responses import responses_from_spikes
from picojoule.decode.score import confidence_interval

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "decoding.py"


@pytest.fixture
def main() -> Callable[[list[str]], None]:
    if not SCRIPT.exists():
        pytest.skip("the benchmarks are not part of this installation")
    script: dict[str, Any] = runpy.run_path(str(SCRIPT))
    run: Callable[[list[str]], None] = script["main"]
    return run


def tensors() -> dict[str, Tensor]:
    """Class c: neuron c fires in every step; the last test sample is silent."""
    labels = torch.arange(12) % 3
    spikes = torch.nn.functional.one_hot(labels, 3).float().expand(4, 12, 3).clone()
    train = responses_from_spikes(spikes)
    spikes[:, -1] = 0.0
    test = responses_from_spikes(spikes)
    content = {"steps": torch.tensor(4)}
    for name, part in (("train", train), ("test", test)):
        assert part.first is not None
        assert part.events is not None
        content |= {f"{name}_counts": part.counts, f"{name}_first": part.first, f"{name}_labels": labels.clone()}
        content |= {f"{name}_{axis}": column.contiguous() for axis, column in part.events._asdict().items()}
    return {key: value.clone() for key, value in content.items()}


def test_every_decoder_has_its_row(
    main: Callable[[list[str]], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_file(tensors(), tmp_path / "responses.safetensors")
    main([str(tmp_path / "responses.safetensors")])
    head, line, *rows = capsys.readouterr().out.splitlines()

    assert head == "| decoder | accuracy | 95 % interval | undecided |"
    assert line == "|---|---|---|---|"
    assert len(rows) == 10
    low, high = confidence_interval(11, 12)
    assert all(row.endswith(f"| {11 / 12:.2%} | {low:.2%} to {high:.2%} | 1 of 12 |") for row in rows)


def test_decoders_that_lack_their_tensors_are_left_out(
    main: Callable[[list[str]], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = {name: some for name, some in tensors().items() if not name.endswith(("_first", "_t", "_b", "_i"))}
    save_file(kept, tmp_path / "responses.safetensors")
    main([str(tmp_path / "responses.safetensors")])
    out = capsys.readouterr().out
    assert "first spike" not in out
    assert "grams" not in out
    assert "all activity" in out


def test_a_missing_tensor_is_named(
    main: Callable[[list[str]], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = tensors()
    del content["test_labels"]
    save_file(content, tmp_path / "responses.safetensors")
    with pytest.raises(SystemExit, match="2"):
        main([str(tmp_path / "responses.safetensors")])
    assert "lacks test_labels" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_named(
    main: Callable[[list[str]], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([str(tmp_path / "nothing.safetensors")])
    assert "nothing.safetensors" in capsys.readouterr().err
