"""In Triton, the functions give the bits that they give on the CPU, whose accuracy `test_functions` measures."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from numba import njit
from torch import Tensor

from picojoule.compile import functions
from picojoule.compile.triton_functions import definitions
from tests.compile.triton_kernels import DEVICE, elementwise

pytest.importorskip("triton", reason="Triton is not installed: pip install 'picojoule[gpu]'")

NAMES = sorted(functions.FORMULAS)
DTYPES = (torch.float32, torch.float64)
every_dtype = pytest.mark.parametrize("dtype", DTYPES, ids=str)
ENDS = [0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 1e-40, -1e-40, 1e-310, 3e38, -3e38]


def arguments(dtype: torch.dtype) -> Tensor:
    """Dense where the functions bend, and the ends of the number line."""
    ranges = [torch.linspace(-reach, reach, 2_001, dtype=torch.float64) for reach in (0.01, 0.75, 2.0, 20.0, 110.0)]
    ends = torch.tensor(ENDS, dtype=torch.float64)
    return torch.cat([*ranges, torch.linspace(-760.0, 760.0, 2_001, dtype=torch.float64), ends]).to(dtype)


def on_cpu(name: str, x: Tensor) -> Any:
    function = getattr(functions, name)

    def loop(given: Any, out: Any) -> None:
        for i in range(given.size):
            out[i] = function(given[i])

    out = np.empty_like(x.numpy())
    njit(error_model="numpy")(loop)(x.numpy(), out)
    return out


@every_dtype
@pytest.mark.parametrize("name", NAMES)
def test_every_bit_equals_that_of_the_loops_on_the_cpu(name: str, dtype: torch.dtype) -> None:
    x = arguments(dtype)
    text = definitions({name}, str(dtype).removeprefix("torch."))
    found = elementwise(text, [f"result = {name}(v)"], x, x)
    assert np.array_equal(found.numpy(), on_cpu(name, x), equal_nan=True)


@every_dtype
def test_powers_are_those_of_double_precision_special_cases_included(dtype: torch.dtype) -> None:
    generator = torch.Generator().manual_seed(0)
    base = torch.randn(3000, generator=generator, dtype=dtype).exp()
    exponent = 5.0 * torch.randn(3000, generator=generator, dtype=dtype)
    base[::5] *= -1.0
    exponent[::3] = exponent[::3].round()
    ends = torch.tensor([*ENDS, 2.0, -2.0, 3.0, -3.0, 0.5], dtype=dtype)
    v, u = torch.cat([base, ends.repeat_interleave(len(ends))]), torch.cat([exponent, ends.repeat(len(ends))])
    text = definitions({"pow"}, str(dtype).removeprefix("torch."))
    found = elementwise(text, ["result = power(v, u)"], v, u)
    expected = (v.double() ** u.double()).to(dtype)
    # one rounding in float32; in float64 a logarithm's rounding grows with the exponent
    rtol = 1.2e-7 if dtype == torch.float32 else 1e-13
    torch.testing.assert_close(found, expected, rtol=rtol, atol=0.0, equal_nan=True)


def test_only_what_is_needed_is_defined() -> None:
    assert definitions({"add", "where", "sqrt"}, "float32") == ""
    assert definitions({"exp"}, "float32").count("def ") == 1
    assert definitions({"pow", "exp"}, "float32").count("def ") == 4  # exp, and power with its exp and log in float64


def test_the_two_precisions_are_two_sources() -> None:
    assert DEVICE in ("cpu", "cuda")
    assert "float64" not in definitions(set(NAMES), "float32")
    assert "float32" not in definitions(set(NAMES), "float64")
