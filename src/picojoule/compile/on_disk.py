"""Compiled loops on disk: generated Python modules in the kernel folder, where their machine code is kept too.

A module is found by a key made of everything that its source depends on, so that a second start traces nothing.
"""

import hashlib
import linecache
import sys
from collections.abc import Callable
from functools import lru_cache
from types import ModuleType

import torch

from picojoule.core.kernel_folder import keep, kept, kernel_folder
from picojoule.core.locks import Lock
from picojoule.core.source_key import source_key

_LOADING = Lock()  # a module that another thread is still filling must not be seen


def load(key: str, source: Callable[[], str]) -> ModuleType:
    """The module of a key, written and imported if it is not there yet.

    Args:
        key: a digest of everything that the source depends on (`digest`).
        source: writes the module's text; called only where the folder does not hold it.
    """
    name = f"picojoule_kernel_{key}"
    with _LOADING:
        return sys.modules[name] if name in sys.modules else _loaded(name, source)


def _loaded(name: str, source: Callable[[], str]) -> ModuleType:
    file = f"{name}.py"
    known = kept(file)
    text = source() if known is None else known.decode()
    if known is None:
        keep(file, text.encode())
    place = f"<{file}>" if (folder := kernel_folder()) is None else str(folder / file)
    text = f"\n{text}"  # the first line of the file is its digest
    linecache.cache[place] = len(text), None, text.splitlines(keepends=True), place  # for tracebacks and Triton
    module = ModuleType(name)
    module.__file__ = place
    sys.modules[name] = module
    try:
        exec(compile(text, place, "exec"), module.__dict__)  # no bytecode on disk, which might be of another text
    except BaseException:
        del sys.modules[name]
        raise
    return module


def digest(*parts: object, modules: tuple[str, ...]) -> str:
    """A key that changes with `parts`, the library's own code in `modules`, and the versions of what compiles it.

    Args:
        parts: plain values.
        modules: whose code writes the source; what these import counts, too.
    """
    versions = [sys.version, torch.__version__, _version("numba")]
    keys = list(map(source_key, modules))
    return hashlib.sha256(repr([keys, versions, *parts]).encode()).hexdigest()[:24]


@lru_cache
def _version(package: str) -> str:
    from importlib.metadata import version

    return version(package)
