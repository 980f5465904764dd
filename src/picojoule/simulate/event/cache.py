"""Compiled loops, kept on disk.

A loop is found by a key made of the network's structure and of the source text of everything that the loop comes from, so
that a second start traces nothing. The generated source lies in a private folder, where numba keeps its machine code too.
"""

import dataclasses
import hashlib
import importlib.util
import inspect
import os
import sys
import tempfile
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import platformdirs
import torch

from picojoule.core.files import write_atomically
from picojoule.network.network import Network
from picojoule.simulate.event.plan import Plan, kind_of, plan
from picojoule.simulate.event.source import source_of


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
    if name in sys.modules:
        return sys.modules[name]
    path = kernel_folder() / f"{name}.py"
    if not path.exists():
        write_atomically(path, _module_source(plan(network, learn=learn)).encode())
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


def _module_source(traced: Plan) -> str:
    return source_of(traced) + "\n\n" + f"FACTS = {facts(traced)!r}\n"


def facts(traced: Plan) -> dict[str, Any]:
    """What the engine has to know of a plan when it finds the loop on disk."""
    return {
        "ahead": [(c.source, c.target) for c in traced.connections if c.ahead],
        "step": {
            p.name: dataclasses.astuple(p.integrate.operations(extra=1 + p.adapts)) for p in traced.populations
        },
        "on_pre": {
            (c.source, c.target): dataclasses.astuple(c.rule.on_pre.operations())
            for c in traced.connections
            if c.rule is not None
        },
        "on_post": {
            (c.source, c.target): dataclasses.astuple(c.rule.on_post.operations())
            for c in traced.connections
            if c.rule is not None
        },
    }


def structure_key(network: Network, *, learn: bool) -> str:
    """A key that changes with everything the loop's source depends on."""
    parts: list[Any] = [library_key(), sys.version, torch.__version__, _version("numba"), learn, list(network.inputs)]
    for name in network.populations:
        population = network.population(name)
        shapes = [value.numel() > 1 for value in population.neuron.coefficients(network.dt)]
        parts += [name, shapes, _form(population.neuron), _form(population.homeostasis), repr(population.selection)]
    for key, connection in network.connections.items():
        parts += [key, kind_of(connection), connection.port, connection.longest_delay, key in network.normalisations]
        parts += [getattr(connection, "delay", None) is not None]
        if learn and (rule := network.rules.get(key)) is not None:
            traces = [(n, t.accumulates, t.sees_own_step) for n, t in {**rule.pre_traces, **rule.post_traces}.items()]
            parts += [_form(rule), traces]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]


def _form(model: Any) -> Any:
    """The code of a model and of its parts, without its numbers."""
    if not dataclasses.is_dataclass(model):
        return type(model).__qualname__
    inner = [_form(getattr(model, field.name)) for field in dataclasses.fields(model)]
    return type(model).__qualname__, _source_key(type(model)), inner


@lru_cache(maxsize=1024)
def _source_key(owner: type) -> str:
    """A digest of the files that define a class and its bases; of the class alone where there is no file."""
    digest = hashlib.sha256()
    for base in owner.__mro__[:-1]:
        if base.__module__ in ("typing", "abc", "builtins"):
            continue
        try:
            digest.update(Path(inspect.getfile(base)).read_bytes())
        except (TypeError, OSError):
            digest.update(_source_without_file(base).encode())
    return digest.hexdigest()


def _source_without_file(owner: type) -> str:
    try:
        return inspect.getsource(owner)
    except (TypeError, OSError):  # typed at a prompt: the compiled code tells versions apart
        functions = [value for value in vars(owner).values() if inspect.isfunction(value)]
        return repr([(f.__name__, f.__code__.co_code, f.__code__.co_consts, f.__code__.co_names) for f in functions])


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
