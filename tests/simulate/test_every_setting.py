"""Debugging switches of numba and Python, and folders that cannot be written, change no spike."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import picojoule
from tests.simulate.spikes import answers

HERE = Path(__file__).parents[2]
TRACED = (
    "import runpy, sys, threading\n"
    "def trace(frame, event, argument):\n"
    "    return trace if 'simulate' in frame.f_code.co_filename else None\n"
    "sys.settrace(trace), threading.settrace(trace)\n"
    "runpy.run_module('tests.simulate.spikes', run_name='__main__')\n"
)
MODULE = ["-m", "tests.simulate.spikes"]
SETTINGS: dict[str, tuple[list[str], dict[str, str]]] = {
    "machine code as it is kept": (
        ["-OO", "-W", "error", "-X", "utf8", *MODULE],
        {
            "NUMBA_CACHE_DIR": "/nowhere", "NUMBA_DEBUG_CACHE": "1", "NUMBA_FULL_TRACEBACKS": "1",
            "NUMBA_NUM_THREADS": "1", "NUMBA_THREADING_LAYER": "tbb", "NUMBA_CAPTURED_ERRORS": "new_style",
            "PYTHONHASHSEED": "1", "PYTHONDONTWRITEBYTECODE": "1", "HOME": "/nowhere", "PYTHONFAULTHANDLER": "1",
        },
    ),
    "a debugger": (
        ["-X", "dev", "-X", "tracemalloc", "-c", TRACED],
        {"NUMBA_DISABLE_JIT": "1", "NUMBA_THREADING_LAYER": "omp", "PYTHONHASHSEED": "2"},
    ),
    "other machine code, kept nowhere": (
        MODULE,
        {
            "NUMBA_DISABLE_JIT": "1", "NUMBA_OPT": "0", "NUMBA_BOUNDSCHECK": "1", "NUMBA_DEBUGINFO": "1",
            "PICOJOULE_KERNELS": os.devnull,
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_same_spikes(setting: str) -> None:
    words, variables = SETTINGS[setting]
    paths = os.pathsep.join([str(HERE), str(Path(picojoule.__file__).parents[1])])
    done = subprocess.run(
        [sys.executable, *words],
        env=os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"} | variables,
        cwd=HERE, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = answers()
    assert min(found) > 0
    said = ast.literal_eval(done.stdout.splitlines()[-1])
    assert [number for number in said if isinstance(number, int)] == [n for n in found if isinstance(n, int)]
    assert said == pytest.approx(found, rel=1e-5)  # a gradient's sum may be added up in another order
