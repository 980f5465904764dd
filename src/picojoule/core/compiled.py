"""Functions that numba compiles, with machine code kept between processes.

numba's own cache knows the source of a function only by the file that it stands in, writes beside that file, fails
where it cannot write, and trusts what it reads. Here, machine code stands in the kernel folder under a digest of all
that it depends on: the function's module and all that this imports, types, processor, versions and numba's settings.

`NUMBA_DISABLE_JIT`, which is there to step through one's own functions, does not reach these: some of what they are
made of are instructions of a processor that Python does not have.
"""

import hashlib
import pickle
import sys
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from numba.core import config
from numba.core.caching import CompileResultCacheImpl, NullCache
from numba.core.registry import CPUDispatcher
from numba.core.serialize import dumps

from picojoule.core.kernel_folder import keep, kept, kernel_folder
from picojoule.core.source_key import PACKAGE, source_key

SETTINGS = (  # numba's, that change what a function is compiled to; those of the processor are in its description
    "BOUNDSCHECK",
    "DEBUGINFO_DEFAULT",
    "DISABLE_INTEL_SVML",
    "LLVM_REFPRUNE_FLAGS",
    "LLVM_REFPRUNE_PASS",
    "LOOP_VECTORIZE",
    "OPT",
    "SLP_VECTORIZE",
)


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:  # noqa: ANN401  # as numba has them
    """A decorator: numba compiles the function, which runs without the interpreter's lock and divides as NumPy does.

    Args:
        options: more of `numba.njit`'s, for instance `fastmath`.

    Example:
        >>> @compiled()
        ... def inverse(x):
        ...     return 1.0 / x
        >>> inverse(0.0)
        inf
    """
    chosen = {"nopython": True, "boundscheck": None, "nogil": True, "error_model": "numpy", **options}

    def compile_later(function: Callable[..., Any]) -> Any:  # noqa: ANN401
        made = _Compiled(function, targetoptions=chosen)
        if function.__module__.startswith(PACKAGE) and function.__closure__ is None:
            made._cache = _Kept(function)  # its module's source, or the name of a generated one, tells all of it
        return made

    return compile_later


class _Compiled(CPUDispatcher):  # type: ignore[misc]
    """A function that is compiled even where `NUMBA_DISABLE_JIT` is set."""

    def compile(self, sig: Any) -> Any:  # noqa: ANN401
        """Compile for a signature, with the parts of numba itself that it calls."""
        disabled, config.DISABLE_JIT = config.DISABLE_JIT, 0
        try:
            return super().compile(sig)
        finally:
            config.DISABLE_JIT = disabled


class _Kept(NullCache):  # type: ignore[misc]
    """The machine code of one function in the kernel folder: a file for each signature."""

    def __init__(self, function: Callable[..., Any]) -> None:
        code = function.__code__
        self._name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
        self._key = [function.__module__, function.__qualname__, code.co_firstlineno, code.co_code.hex()]
        self._key += [source_key(function.__module__), sys.version, version("numba"), version("llvmlite")]

    @property
    def cache_path(self) -> str:
        return str(kernel_folder())

    def load_overload(self, sig: Any, target_context: Any) -> Any:  # noqa: ANN401
        """The machine code for a signature; `None` if it is not there."""
        target_context.refresh()
        data = kept(self._file(sig, target_context.codegen()))
        return None if data is None else CompileResultCacheImpl.rebuild(None, target_context, pickle.loads(data))

    def save_overload(self, sig: Any, data: Any) -> None:  # noqa: ANN401
        """Keep the machine code for a signature, unless it holds addresses of this process."""
        if not data.lifted and not data.library.has_dynamic_globals:
            keep(self._file(sig, data.codegen), dumps(CompileResultCacheImpl.reduce(None, data)))

    def _file(self, sig: Any, codegen: Any) -> str:  # noqa: ANN401
        settings = [(name, str(getattr(config, name, None))) for name in SETTINGS]
        key = repr([*self._key, str(sig), codegen.magic_tuple(), settings])
        return f"{self._name}-{hashlib.sha256(key.encode()).hexdigest()[:24]}.nbc"
