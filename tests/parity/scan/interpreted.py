"""The numba loops as plain Python: the same generated source, run without compiling it, in a second instead of minutes."""

import math
from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
from numba import njit

from picojoule.compile import functions, numba_parts

IMPORT = "from picojoule.compile import functions\n"


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


def module_of(source: str) -> ModuleType:
    """A module of a generated source, whose kernels are Python functions."""
    assert IMPORT in source
    for decorator in (numba_parts.FORWARD, numba_parts.BACKWARD):
        source = source.replace(decorator + "\n", "")
    assert "@njit" not in source
    module = ModuleType("interpreted")
    module.__dict__.update(functions=FUNCTIONS)
    exec(source.replace(IMPORT, "").replace("import math\n", ""), module.__dict__)
    module.__dict__.update(math=MATH)
    for name in {"forward", "backward"} & module.__dict__.keys():
        setattr(module, name, _quiet(getattr(module, name)))
    return module


def _quiet(function: Callable[..., None]) -> Callable[..., None]:
    def quiet(*arguments: Any) -> None:
        with np.errstate(all="ignore"):  # compiled loops say nothing either
            function(*arguments)

    return quiet
