"""Compiled loops, kept on disk.

A loop is found by a key made of the network's structure and of the code of everything that the loop comes from, so
that a second start traces nothing. The generated source lies in a private folder, where numba keeps its machine code
too.
"""

import dataclasses
import hashlib
import importlib.util
import os
import sys
import tempfile
import threading
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import platformdirs
import torch

from picojoule.core.files import write_atomically
from picojoule.network.network import Network
from picojoule.simulate.event.fingerprint import form
from picojoule.simulate.event.plan import Plan, kind_of, plan, trace_rule
from picojoule.simulate.event.source import source_of

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


def load(network: Network, *, learn: bool) -> ModuleType:
    """The module with the compiled loop of a network, generated if it is not there yet."""
    key = structure_key(network, learn=learn)
    name = f"picojoule_kernel_{key}"
    with _LOADING:
        return sys.modules[name] if name in sys.modules else _loaded(name, network, learn=learn)


def _loaded(name: str, network: Network, *, learn: bool) -> ModuleType:
    path = kernel_folder() / f"{name}.py"
    if not path.exists():
        write_atomically(path, _module_source(network, learn=learn).encode())
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


def _module_source(network: Network, *, learn: bool) -> str:
    traced = plan(network, learn=learn)
    return source_of(traced) + "\n\n" + f"FACTS = {facts(network, traced)!r}\n"


def facts(network: Network, traced: Plan) -> dict[str, Any]:
    """What the engine has to know of a plan when it finds the loop on disk."""
    rules = {key: trace_rule(rule) for key, rule in network.rules.items()}
    return {
        "ahead": [(c.source, c.target) for c in traced.connections if c.ahead],
        "step": {p.name: dataclasses.astuple(p.integrate.operations(extra=1 + p.adapts)) for p in traced.populations},
        "on_pre": {key: dataclasses.astuple(rule.on_pre.operations()) for key, rule in rules.items()},
        "on_post": {key: dataclasses.astuple(rule.on_post.operations()) for key, rule in rules.items()},
    }


def structure_key(network: Network, *, learn: bool) -> str:
    """A key that changes with everything the loop's source depends on."""
    parts: list[Any] = [library_key(), sys.version, torch.__version__, _version("numba"), learn, list(network.inputs)]
    for name in network.populations:
        population = network.population(name)
        shapes = [value.numel() > 1 for value in population.neuron.coefficients(network.dt)]
        parts += [name, shapes, form(population.neuron), form(population.homeostasis), repr(population.selection)]
    for key, connection in network.connections.items():
        parts += [key, kind_of(connection), connection.port, connection.longest_delay, key in network.normalisations]
        parts += [getattr(connection, "delay", None) is not None]
        if (rule := network.rules.get(key)) is not None:
            traces = [(n, t.accumulates, t.sees_own_step) for n, t in {**rule.pre_traces, **rule.post_traces}.items()]
            parts += [form(rule), traces]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]


@lru_cache
def library_key() -> str:
    """A digest of the library's own compiler and engine."""
    digest = hashlib.sha256()
    package = Path(__file__).parent.parent.parent
    for folder in ("compile", "simulate/event", "network"):
        for path in sorted((package / folder).glob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


@lru_cache
def _version(package: str) -> str:
    from importlib.metadata import version

    return version(package)
