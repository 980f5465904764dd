"""Files are whole or not there."""

import os
import secrets
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from picojoule.core.errors import OutputError
from picojoule.core.files import write_atomically


def test_the_content_is_there_and_nothing_else(tmp_path: Path) -> None:
    write_atomically(tmp_path / "result.json", b"\x00\xff{}\n")
    assert (tmp_path / "result.json").read_bytes() == b"\x00\xff{}\n"
    assert [path.name for path in tmp_path.iterdir()] == ["result.json"]


def test_an_old_file_is_replaced(tmp_path: Path) -> None:
    target = tmp_path / "result.json"
    target.write_bytes(b"a much longer old content")
    write_atomically(target, b"new")
    assert target.read_bytes() == b"new"


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_permissions_are_those_of_any_new_file(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        write_atomically(tmp_path / "file", b"")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o666 & ~mask


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    target = tmp_path / "nowhere" / "file"
    with pytest.raises(OutputError, match=rf"cannot write {target}: No such file or directory\. Choose a folder"):
        write_atomically(target, b"")
    assert list(tmp_path.iterdir()) == []


def test_a_failure_keeps_the_old_file_and_leaves_no_temporary_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"old")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match=r"cannot write .*file: No space left on device\. Free some space"):
        write_atomically(target, b"new")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_an_interruption_leaves_no_temporary_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "file", b"new")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match="cannot write"):
        write_atomically(tmp_path / "folder", b"")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_readers_never_see_half_a_file(tmp_path: Path) -> None:
    target, contents = tmp_path / "file", {bytes([k]) * 50_000 for k in range(8)}
    write_atomically(target, bytes(50_000))
    with ThreadPoolExecutor(4) as pool:
        writes = [pool.submit(write_atomically, target, content) for content in sorted(contents)]
        while not all(write.done() for write in writes):
            assert target.read_bytes() in contents
    assert all(write.exception() is None for write in writes)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_file_of_somebody_else_is_never_taken_for_the_temporary_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".file.0000").write_bytes(b"theirs")
    monkeypatch.setattr(secrets, "token_hex", lambda _: "0000")
    with pytest.raises(OutputError, match="File exists"):
        write_atomically(tmp_path / "file", b"ours")
    assert (tmp_path / ".file.0000").read_bytes() == b"theirs"
