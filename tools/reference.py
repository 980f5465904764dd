"""Write docs/reference from the docstrings: `python tools/reference.py`; a test says when that is due.

A page for each package of the public interface lists its names: how they are called, and the first sentence about them.
"""

import ast
import importlib
import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import picojoule
from picojoule.cli.main import USAGE
from picojoule.core.rooms import ROOMS
from picojoule.recipes.catalogue import RECIPES, recipe

FOLDER = Path(__file__).parent.parent / "docs" / "reference"
Public = Callable[..., object]
HEAD = "<!-- written by tools/reference.py; changes here are lost -->\n\n"


def pages() -> dict[str, str]:
    """The text of every page, by file name."""
    made = {f"{package}.md": _package_page(package) for package in ROOMS}
    listed = "".join(f"- [`picojoule.{package}`]({package}.md): {_about(package)}\n" for package in ROOMS)
    made["command-line.md"] = _command_line()
    listed += "- [`pj`](command-line.md): the command line\n"
    made["index.md"] = f"{HEAD}# Reference\n\n`import picojoule as pj`\n\n{_table(_root_names())}\n{listed}"
    return made


def _command_line() -> str:
    text = f"{HEAD}# The command line\n\n```text\n{USAGE}```\n"
    for name, (_, summary) in RECIPES.items():
        text += f"\n## `pj run {name}`\n\n{summary}\n\n| option | default | what it is |\n|---|---|---|\n"
        for field, default, about in _options(recipe(name).Options):
            text += f"| `--{field.replace('_', '-')}` | {default} | {about} |\n"
    return text


def _options(options: type) -> Iterator[tuple[str, str, str]]:
    """Name, default and the text below each field of a recipe's options."""
    (body,) = ast.parse(inspect.cleandoc(inspect.getsource(options))).body
    statements = body.body if isinstance(body, ast.ClassDef) else []
    for declared, about in pairwise(statements):
        if isinstance(declared, ast.AnnAssign) and isinstance(about, ast.Expr):
            default = getattr(options, ast.unparse(declared.target), "…")
            yield ast.unparse(declared.target), _plain(default), " ".join(ast.literal_eval(about.value).split())


def _plain(default: object) -> str:
    """A default as one types it."""
    words = default if isinstance(default, tuple) else () if default is None else (default,)
    return " ".join(map(str, words))


def _about(package: str) -> str:
    return first_sentence(importlib.import_module(f"picojoule.{package}"))


def _root_names() -> Iterator[tuple[str, Public]]:
    for name, value in _public(picojoule):
        yield f"pj.{name}", value


def _package_page(package: str) -> str:
    module = importlib.import_module(f"picojoule.{package}")
    table = _table((f"pj.{package}.{name}", value) for name, value in _public(module))
    return f"{HEAD}# `picojoule.{package}`\n\n{inspect.getdoc(module)}\n\n{table}"


def _public(module: ModuleType) -> Iterator[tuple[str, Public]]:
    """Public classes and functions of a package."""
    for name in sorted(module.__all__, key=str.lower):
        value = getattr(module, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            yield name, value


def _table(names: Iterable[tuple[str, Public]]) -> str:
    rows = "".join(f"| `{name}{_signature(value)}` | {first_sentence(value)} |\n" for name, value in names)
    return f"| name | what it is |\n|---|---|\n{rows}"


def _signature(value: Public) -> str:
    """Arguments with their defaults, without types, which the docstrings give in words."""
    if inspect.isabstract(value) or (inspect.isclass(value) and issubclass(value, Exception)):
        return ""
    parameters = inspect.signature(value).parameters.values()
    bare = inspect.Signature([p.replace(annotation=inspect.Parameter.empty) for p in parameters if p.name != "self"])
    # an object among the defaults would bring its address or a line of its own
    return re.sub(r"<[^>]*>|PosixPath\([^)]*\)", "…", str(bare)).replace("|", "\\|")


def first_sentence(value: object) -> str:
    """The first paragraph of a docstring, in one line."""
    paragraph = (inspect.getdoc(value) or "").split("\n\n")[0]
    return " ".join(paragraph.split()).replace("|", "\\|")


def main() -> None:
    """Write all pages."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
