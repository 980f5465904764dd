"""A digest of the library's own code, as far as one module depends on it."""

import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from picojoule._version import __version__

PACKAGE = __name__.partition(".")[0]
# also in the middle of a line, where a text stands that will be a module
_IMPORT = re.compile(rf"\b(?:from|import) +({PACKAGE}[\w.]*)(?: +import +(\([^)]*\)|.*))?")


@lru_cache
def source_key(module: str) -> str:
    """A digest of the sources of a module of this package and of all modules of the package that it imports.

    Args:
        module: its whole name; any other text stands for itself.

    Example:
        >>> source_key("picojoule.core.random") == source_key("picojoule.core.trains")
        False
    """
    found, new = set[str](), {module}
    while new:
        found |= new
        new = {name for known in new for name in _imported(known)} - found
    sources = [(name, _source(name)) for name in sorted(found)]
    return hashlib.sha256(repr((__version__, module, sources)).encode()).hexdigest()


@lru_cache(maxsize=1024)
def _imported(module: str) -> frozenset[str]:
    return frozenset(name for name in _mentioned(_source(module)) if _file(name) is not None)


def _mentioned(source: str) -> Iterator[str]:
    for found in _IMPORT.finditer(source):
        yield found[1]
        for name in re.findall(r"\w+", found[2] or ""):  # may be a module, too
            yield f"{found[1]}.{name}"


@lru_cache(maxsize=1024)
def _source(module: str) -> str:
    file = _file(module)
    return "" if file is None else file.read_text(encoding="utf-8")


def _file(module: str) -> Traversable | None:
    """Where a module's source is; `None` if it is no module of this package, or its source was not installed."""
    package, *path = module.split(".")
    if package != PACKAGE:
        return None
    place = files(PACKAGE)
    for name in path:
        place /= name
    if place.is_dir():
        return place / "__init__.py"
    plain = files(PACKAGE).joinpath(*path[:-1], f"{path[-1]}.py")
    return plain if plain.is_file() else None
