"""The folder of what is compiled: private, optional, and never trusted further than its digests."""

import errno
import os
from pathlib import Path

import pytest

from picojoule.core.kernel_folder import VARIABLE, keep, kept, kernel_folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "a" / "kernels"))
    return tmp_path / "a" / "kernels"


def test_it_is_made_and_private(folder: Path) -> None:
    assert kernel_folder() == folder
    assert folder.stat().st_mode & 0o077 == 0


def test_without_a_setting_it_is_in_the_user_s_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(tmp_path / name))
    assert kernel_folder() == tmp_path / "picojoule" / "kernels"


@pytest.mark.parametrize("why", ["a file is in its place", "a file is above it", "it may not be written", "no home"])
def test_where_it_cannot_be_nothing_is_kept(folder: Path, monkeypatch: pytest.MonkeyPatch, why: str) -> None:
    if why.startswith("a file"):
        place = folder if "in its place" in why else folder.parent
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    elif why == "no home":
        monkeypatch.delenv(VARIABLE)
        monkeypatch.setattr("platformdirs.user_cache_dir", lambda _: "~/.cache")
        monkeypatch.setattr("os.path.expanduser", lambda path: path)  # nobody knows where that is
    else:
        monkeypatch.setattr("os.access", lambda *_: False)
    assert kernel_folder() is None
    keep("a.py", b"text")
    assert kept("a.py") is None


def test_what_is_kept_is_found_again(folder: Path) -> None:
    for data in (b"", b"\n", b"# a line\nanother\n", bytes(range(256))):
        keep("a.nbc", data)
        assert kept("a.nbc") == data
    assert kept("b.nbc") is None
    assert [file.name for file in folder.iterdir()] == ["a.nbc"]


def test_nothing_damaged_is_found(folder: Path) -> None:
    keep("a.py", b"run = 1\nFACTS = {}\n")
    whole = (folder / "a.py").read_bytes()
    cut = [whole[:length] for length in range(len(whole))]
    flipped = [whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :] for place in range(len(whole))]
    for damaged in (*cut, *flipped, whole + b"\n", b"\0" * len(whole), b"run = 1\n"):
        (folder / "a.py").write_bytes(damaged)
        assert kept("a.py") is None
    keep("a.py", b"run = 2\n")
    assert kept("a.py") == b"run = 2\n"


def test_a_full_disk_is_no_error_and_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    keep("a.py", b"text")
    assert kept("a.py") is None
    assert list(folder.iterdir()) == []


def test_a_folder_in_the_place_of_a_file_is_no_error(folder: Path) -> None:
    (folder / "a.py" / "b").mkdir(parents=True)
    keep("a.py", b"text")
    assert kept("a.py") is None


def test_a_home_is_written_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "~/kernels")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert kernel_folder() == tmp_path / "kernels"
