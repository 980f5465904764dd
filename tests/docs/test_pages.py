"""The code of every page runs, as a reader would run it: from top to bottom, in an empty folder."""

import ast
import doctest
import re
import runpy
from pathlib import Path
from typing import Any

import pytest

from tests.docs.pages import PAGES, blocks, name_of, script

# pages that show parts of a longer program: their code is only parsed and its imports tried
PARTS = {"docs/explanation/decoding.md", "docs/explanation/energy.md"}


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")


def run_page(page: Path, folder: Path) -> dict[str, Any]:
    """Run a page's code as a program; returns the names it has defined."""
    program = folder / f"{page.stem}.py"
    program.write_text(script(page), encoding="utf-8")
    return runpy.run_path(str(program), run_name="__main__")


@pytest.mark.parametrize("page", [page for page in PAGES if name_of(page) not in PARTS], ids=name_of)
def test_code_of_the_page_runs(page: Path, tmp_path: Path) -> None:
    names = run_page(page, tmp_path)
    # a page that measures an accuracy must have learned something: ten classes, guessing gives 0.1
    assert names.get("accuracy", 1.0) > 0.5


@pytest.mark.parametrize("name", sorted(PARTS))
def test_parts_of_programs_import_what_exists(name: str) -> None:
    (page,) = [page for page in PAGES if name_of(page) == name]
    tree = ast.parse(script(page))
    imports: list[ast.stmt] = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    exec(compile(ast.Module(imports, []), name, "exec"), {})


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_sessions_of_the_page_print_what_it_says(page: Path) -> None:
    names: dict[str, Any] = {}
    for start, code in blocks(page, "python"):
        if code.startswith(">>>"):
            part = doctest.DocTestParser().get_doctest(code, names, name_of(page), str(page), start)
            outcome = doctest.DocTestRunner().run(part, clear_globs=False)
            assert outcome.failed == 0
            names = part.globs


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_to_files(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?://|mailto:|#)([^)#]+)", text)
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_fences_name_their_language_and_close(page: Path) -> None:
    fences = re.findall(r"^ *```(\w*)", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(fences) % 2 == 0
    assert all(fences[::2]), "a block without a language is neither run nor known to be text"
    assert not any(fences[1::2])
