"""Whatever a console can show, every command says what it has to say, and files are UTF-8."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from picojoule.cli.console import plain
from tests.cli.runs import environment

ENCODINGS = ("utf-8", "cp1252", "cp932", "cp437", "cp949", "ascii", "latin-1")
SAID = """
import io, os, sys
from pathlib import Path

for encoding in ENCODINGS:
    streams = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="strict") for _ in range(2))
    from picojoule.cli.main import main
    from picojoule.recipes.progress import progress
    from picojoule.recipes.tell import tell

    try:
        main(["list"]), main(["neurons"])
        if encoding in ("cp932", "ascii"):
            main(["doctor"]), main(["claims", "--task", "SHD"])
        main(["run", "diehl-cöök", "--ß"]), main(["run", "\\udcff"])
        with progress("naïve – 電", 1) as advance:
            advance(1, "≥ 99 × 1 µJ")
        tell("电 × µ", [("σ", "≥ 1 µJ"), ("–", "→")], "ß ☃", Path("\\udcff"))
        for word in ("run", "compare", "pareto"):
            try:
                main([word, "surrogate-mnist", "--help"])
            except SystemExit:
                pass
        sys.stdout.flush(), sys.stderr.flush()
        said = [stream.buffer.getvalue().decode(encoding) for stream in (sys.stdout, sys.stderr)]
    finally:
        sys.stdout, sys.stderr = streams
    print(encoding, *(len(text) > 100 for text in said), "diehl" in said[0], "99" in said[1], "Traceback" in said[1])
"""


def test_every_command_in_every_encoding(tmp_path: Path) -> None:
    settings = {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "40"}
    words = [sys.executable, "-c", f"ENCODINGS = {ENCODINGS!r}\n{SAID}"]
    done = subprocess.run(
        words, env=environment() | settings, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == [f"{encoding} True True True True False" for encoding in ENCODINGS], done.stderr


def test_files_are_utf_8_where_nothing_else_is(tmp_path: Path) -> None:
    settings = {"PYTHONUTF8": "0", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONWARNDEFAULTENCODING": "1"}
    words = ["claims", "--task", "SHD", "--json", "é.json", "--out", "."]
    done = subprocess.run(
        [sys.executable, "-m", "picojoule.cli.main", *words],
        env=environment() | settings, cwd=tmp_path, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert b"picojoule" not in done.stderr  # no file is opened in the console's encoding
    (figures,) = tmp_path.glob("*.json")
    assert "é" in (tmp_path / "claims.md").read_text(encoding="utf-8")
    assert figures.read_text(encoding="utf-8")


def test_a_reader_that_goes_away_is_no_error() -> None:
    code = "import sys; from picojoule.cli.main import main; sys.exit(main(['list']))"
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writing)
    assert done.stderr == ""
    assert done.returncode in (1, 141)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_full_disk_behind_the_output_is_one_line() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "picojoule.cli.main", "--help"],
            env=environment(), stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.stderr == "pj: No space left on device: the output\n"
    assert done.returncode in (2, 120)  # Python tries once more to write what is left


@pytest.mark.parametrize("character", "×·–—−≈…→≥≤µμéσ─│╭┼━┃█•°²½ﬁ電☃")
def test_a_character_becomes_plain_ascii(character: str) -> None:
    said = plain(character)
    assert said.isascii()
    assert said
