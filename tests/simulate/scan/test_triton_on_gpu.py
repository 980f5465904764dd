"""The kernels as a GPU gets them: Triton compiles without one, but what they compute there, only a GPU can tell."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("triton.backends.nvidia", reason="Triton is not installed: pip install 'picojoule[gpu]'")

Words = dict[str, dict[str, bool]]


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Words:
    """For each kernel, whether some words stand in its code."""
    folder = tmp_path_factory.mktemp("triton")
    paths = os.pathsep.join([*sys.path, str(Path(__file__).parents[3])])
    environment = {**os.environ, "TRITON_INTERPRET": "0", "TRITON_CACHE_DIR": str(folder), "PYTHONPATH": paths}
    command = [sys.executable, str(Path(__file__).parent / "gpu_code.py")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    words: Words = json.loads(done.stdout)
    return words


def test_every_form_of_the_loop_compiles(code: Words) -> None:
    both = ["LIF", "recurrent LIF", "large recurrent LIF"]
    assert set(code) == {
        *(f"{form} {kernel}" for form in both for kernel in ("forward", "backward")),
        *(f"{form} forward" for form in ("LIF float64", "wide LIF", "AdEx")),
    }


def test_a_forward_pass_contracts_no_product_with_a_sum(code: Words) -> None:
    """Else spikes would differ from the reference's; the library's functions contract on purpose."""
    exact = [words for kernel, words in code.items() if "LIF" in kernel and "forward" in kernel]
    assert len(exact) == 5
    assert not any(words["fma.rn"] for words in exact)
    assert code["AdEx forward"]["fma.rn"]


def test_no_kernel_uses_inexact_instructions(code: Words) -> None:
    assert not any(words["div.full"] or words[".approx"] for words in code.values())


def test_the_inputs_of_later_steps_are_under_way_and_wide_rows_move_as_vectors(code: Words) -> None:
    assert all(words["cp.async"] for words in code.values())
    assert code["wide LIF forward"][".v4."]
    assert not code["LIF forward"][".v4."]
