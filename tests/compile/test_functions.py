"""Accuracy against wider arithmetic, the ends of the number line, and that loops over the functions are vectorised."""

import importlib.util
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from numba import njit

from picojoule.compile import functions

Array = npt.NDArray[Any]
NAMES = ("exp", "expm1", "log", "log1p", "tanh", "sigmoid")
Real = type[np.float32] | type[np.float64]
DTYPES: tuple[Real, ...] = (np.float32, np.float64)
STRICT: frozenset[str] = frozenset()
LOOSE = frozenset({"contract", "reassoc", "nsz", "arcp", "afn"})

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numpy's, at the ends


@cache
def kernel(name: str, flags: frozenset[str] = STRICT) -> Any:
    function = getattr(functions, name)

    def loop(x: Array, out: Array) -> None:
        for i in range(x.size):
            out[i] = function(x[i])

    return njit(nogil=True, error_model="numpy", fastmath=set(flags))(loop)


def called(name: str, x: Array, flags: frozenset[str] = STRICT) -> Array:
    out = np.empty_like(x)
    kernel(name, flags)(x, out)
    return out


def exact(name: str, x: Array) -> Any:
    """The function in arithmetic with at least 11 more bits."""
    wide: Any = x.astype(np.float64 if x.dtype == np.float32 else np.longdouble)
    if name == "sigmoid":
        small = np.exp(-abs(wide))
        return np.asarray(np.where(wide < 0, small, 1) / (1 + small))
    return np.asarray(getattr(np, name)(wide))


def arguments(dtype: Real) -> Array:
    """Dense where the functions bend, and spread over all magnitudes and all bit patterns."""
    draw = np.random.default_rng(0)
    far = 110.0 if dtype is np.float32 else 760.0
    ranges = [np.linspace(-reach, reach, 100_001) for reach in (0.01, 0.75, 2.0, 20.0, far)]
    magnitudes = np.exp(draw.uniform(-70, 70, 50_000)) * draw.choice([-1, 1], 50_000)
    info = np.finfo(dtype)
    patterns: Array = draw.integers(0, 2**info.bits, 50_000, dtype=f"uint{info.bits}").view(dtype)
    return np.concatenate([np.concatenate([*ranges, magnitudes]).astype(dtype), patterns])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES)
def test_the_error_is_below_two_units_in_the_last_place(name: str, dtype: Real) -> None:
    if dtype is np.float64 and np.finfo(np.longdouble).nmant < 63:
        pytest.skip("this machine has no arithmetic wider than float64 to compare with")
    x = arguments(dtype)
    found, wanted = called(name, x), exact(name, x)
    rounded: Array = wanted.astype(dtype)

    ordinary = np.isfinite(rounded) & np.isfinite(found)
    assert np.array_equal(found[~ordinary], rounded[~ordinary], equal_nan=True)
    errors = abs(found.astype(wanted.dtype) - wanted)[ordinary] / np.spacing(abs(rounded[ordinary]))
    assert errors.max() < 2.0


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES)
def test_a_kernel_s_fastmath_flags_change_no_bit(name: str, dtype: Real) -> None:
    x = arguments(dtype)
    bits = f"uint{np.finfo(dtype).bits}"
    assert np.array_equal(called(name, x).view(bits), called(name, x, LOOSE).view(bits))
    # nor on a processor without fused multiply-adds, which would make two operations of one that has a flag
    code = "".join(kernel(name, LOOSE).inspect_llvm().values())
    fused = re.findall(r"call ([^@]*)@llvm\.fma", code)
    assert fused
    assert all(re.fullmatch(r"(<\d+ x )?(float|double)>? ", result) for result in fused)


@pytest.mark.parametrize("dtype", DTYPES)
def test_infinities_nan_and_ends(dtype: Real) -> None:
    x: Array = np.array([-np.inf, np.inf, np.nan, np.finfo(dtype).max, np.finfo(dtype).min, -1.0], dtype)
    inf, nan = np.inf, np.nan
    expected = {
        "exp": [0.0, inf, nan, inf, 0.0],
        "expm1": [-1.0, inf, nan, inf, -1.0],
        "log": [nan, inf, nan, np.log(x[3]), nan, nan],
        "log1p": [nan, inf, nan, np.log(x[3]), nan, -inf],
        "tanh": [-1.0, 1.0, nan, 1.0, -1.0],
        "sigmoid": [0.0, 1.0, nan, 1.0, 0.0],
    }
    for name, values in expected.items():
        np.testing.assert_allclose(called(name, x)[: len(values)], values, rtol=1e-6)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["expm1", "log1p", "tanh"])
def test_odd_functions_return_the_least_numbers_themselves(name: str, dtype: Real) -> None:
    least = np.finfo(dtype).smallest_subnormal
    x: Array = np.array([0.0, -0.0, least, -least, 3 * least, np.finfo(dtype).tiny, -1e-20], dtype)
    bits = f"uint{np.finfo(dtype).bits}"
    assert called(name, x).view(bits).tolist() == x.view(bits).tolist()


@pytest.mark.parametrize("dtype", DTYPES)
def test_underflow_is_gradual(dtype: Real) -> None:
    info = np.finfo(dtype)
    x: Array = np.log(np.array([info.tiny], np.longdouble) / 1000).astype(dtype)
    for name in ("exp", "sigmoid"):
        found = called(name, x)
        assert 0 < found[0] < info.tiny
        assert abs(found[0] - exact(name, x)[0]) <= info.smallest_subnormal
    least: Array = np.array([info.smallest_subnormal], dtype)
    assert called("log", least)[0] == pytest.approx(float(exact("log", least)[0]), rel=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_whole_numbers_become_float64(name: str) -> None:
    function = getattr(functions, name)
    found = njit(lambda x: function(x))(2)  # noqa: PLW0108
    assert isinstance(found, float)
    assert found == called(name, np.array([2.0]))[0]


@pytest.mark.parametrize("name", NAMES)
def test_loops_are_vectorised_without_calls(name: str) -> None:
    kernel(name)(np.ones(1, np.float32), np.ones(1, np.float32))
    code = "".join(text for types, text in kernel(name).inspect_asm().items() if "float32" in str(types))
    if "ymm" not in code and "zmm" not in code:
        pytest.skip("this processor has no vectors of 8 numbers, by whose names this test knows them")
    assert re.search(r"vfn?m(add|sub)\w*ps\s.*[yz]mm", code)
    assert not re.search(rf"\b(call|callq|jmp)\w*\s.*\b{name}f?\b", code)


def test_another_process_finds_the_compiled_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "kept.py"
    source.write_text(
        "from numba import njit\n"
        "from picojoule.compile import functions\n\n\n"
        "@njit(nogil=True, cache=True, error_model='numpy')\n"
        "def loop(x):\n"
        "    return functions.exp(x) + functions.tanh(x)\n"
    )
    spec = importlib.util.spec_from_file_location("kept", source)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "kept", module)
    spec.loader.exec_module(module)
    found = module.loop(0.5)

    program = "import kept; print(kept.loop(0.5), sum(kept.loop.stats.cache_hits.values()))"
    places = os.pathsep.join([str(tmp_path), str(Path(functions.__file__).parents[2])])
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": places}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    assert done.stdout.split() == [repr(found), "1"]
