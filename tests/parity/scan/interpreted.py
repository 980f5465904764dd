"""The numba loops as plain Python: the same generated source, run without compiling it, at once."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numba import njit

from picojoule.compile import functions, numba_parts, on_disk
from picojoule.simulate.scan import kernels

Change = Callable[[str], str]


class _Functions:
    """The library's functions, each in a kernel of its own; Python cannot call them otherwise."""

    @cache  # noqa: B019  # there is one of it
    def __getattr__(self, name: str) -> Any:
        function = getattr(functions, name)
        return njit(error_model="numpy")(lambda x: function(x))  # noqa: PLW0108


class _Math:
    """Square roots keep the precision of their argument."""

    inf, nan = math.inf, math.nan
    sqrt = staticmethod(np.sqrt)


FUNCTIONS, MATH = _Functions(), _Math()


@contextmanager
def interpreting(change: Change = str) -> Iterator[None]:
    """Within it, loops for the CPU run as plain Python, their source changed if wanted; nothing is left on disk."""

    def load(key: str, source: Callable[[], str]) -> ModuleType:
        return module_of(change(source()))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(on_disk, "load", load)
        patch.setattr(kernels, "_LOADED", {})
        yield


def module_of(source: str) -> ModuleType:
    """A module of a generated source, whose kernels are Python functions."""
    for decorator in (numba_parts.FORWARD, numba_parts.BACKWARD):
        source = source.replace(decorator + "\n", "")
    assert "@compiled" not in source
    module = ModuleType("interpreted")
    exec(source, module.__dict__)
    module.__dict__.update(functions=FUNCTIONS, math=MATH)
    for name in {"forward", "backward"} & module.__dict__.keys():
        setattr(module, name, _quiet(getattr(module, name)))
    return module


def _quiet(kernel: Callable[..., None]) -> Callable[..., None]:
    def quiet(*arguments: Any) -> None:
        with np.errstate(all="ignore"):  # compiled loops say nothing either
            kernel(*arguments)

    return quiet
