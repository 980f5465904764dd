"""Compiled loops on disk: generated Python modules in a private folder, where numba keeps their machine code too.

A module is found by a key made of everything that its source depends on, so that a second start traces nothing.
"""

import hashlib
import importlib.util
import os
import sys
import tempfile
import threading
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from types import ModuleType

import platformdirs
import torch

from picojoule.core.files import write_atomically

_LOADING = threading.Lock()  # a module that another thread is still filling must not be seen


def kernel_folder() -> Path:
    """Where generated loops are kept: `PICOJOULE_KERNELS`, or a private folder in the user's cache."""
    chosen = os.environ.get("PICOJOULE_KERNELS")
    folder = Path(chosen) if chosen else Path(platformdirs.user_cache_dir("picojoule")) / "kernels"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    return _temporary_folder()


@lru_cache
def _temporary_folder() -> Path:
    """Without a folder that can be written, loops live as long as the process."""
    return Path(tempfile.mkdtemp(prefix="picojoule-kernels-"))


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
    path = kernel_folder() / f"{name}.py"
    if not path.exists():
        write_atomically(path, source().encode())
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot load {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def digest(*parts: object, folders: tuple[str, ...]) -> str:
    """A key that changes with `parts`, the library's own code in `folders`, and the versions of what compiles it."""
    versions = [sys.version, torch.__version__, _version("numba")]
    return hashlib.sha256(repr([library_key(folders), versions, *parts]).encode()).hexdigest()[:24]


@lru_cache
def library_key(folders: tuple[str, ...]) -> str:
    """A digest of the library's own code in some of its folders."""
    digest = hashlib.sha256()
    package = Path(__file__).parent.parent
    for folder in folders:
        for path in sorted((package / folder).glob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


@lru_cache
def _version(package: str) -> str:
    from importlib.metadata import version

    return version(package)
