"""Downloads, from a server on this machine: whole, checked, from the first mirror that delivers."""

import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from picojoule.core.errors import DataError
from picojoule.data.download import fetch, read
from picojoule.data.files import FileSet, inspect

if TYPE_CHECKING:
    from tests.data.conftest import Server

MakeFiles = Callable[..., FileSet]
Contents = dict[str, bytes]
TRAIN, LABELS = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"


@pytest.fixture
def published(data_folder: Path, server: "Server", small_files: Contents, small_set: MakeFiles) -> FileSet:
    """The small files, none of them here yet, offered by a mirror that works."""
    return small_set(server.offer("good", small_files))


def test_what_is_missing_is_fetched_whole(data_folder: Path, published: FileSet, small_files: Contents) -> None:
    folder = fetch(published)
    assert folder == data_folder / "toy"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == small_files


def test_other_users_of_a_shared_folder_may_read_the_files(published: FileSet) -> None:
    assert stat.S_IMODE((fetch(published) / TRAIN).stat().st_mode) == 0o644


def test_only_what_is_missing_or_damaged_is_asked_for(
    place: Callable[[], Path], server: "Server", published: FileSet
) -> None:
    folder = place()
    (folder / TRAIN).unlink()
    (folder / LABELS).write_bytes(b"not the labels")

    fetch(published)

    assert sorted(server.asked) == [f"good/{TRAIN}", f"good/{LABELS}"]
    assert inspect(published).complete
    fetch(published)
    assert len(server.asked) == 2


def test_reading_downloads_what_is_missing(published: FileSet, small_files: Contents) -> None:
    assert read(published, LABELS) == small_files[LABELS]
    assert inspect(published).complete


def test_reading_does_not_replace_a_damaged_file(
    place: Callable[[], Path], server: "Server", published: FileSet
) -> None:
    (place() / LABELS).write_bytes(b"mine")
    with pytest.raises(DataError, match=rf"{LABELS} is not the published file: .* `pj data fetch toy`"):
        read(published, LABELS)
    assert server.asked == []


def test_the_second_mirror_serves_when_the_first_does_not(
    data_folder: Path, server: "Server", small_files: Contents, small_set: MakeFiles
) -> None:
    files = small_set(server.mirror("absent"), server.offer("good", small_files))
    fetch(files)
    assert inspect(files).complete
    assert server.asked[:2] == [f"absent/{TRAIN}", f"good/{TRAIN}"]


def test_other_content_than_published_is_not_kept(
    data_folder: Path, server: "Server", small_files: Contents, small_set: MakeFiles
) -> None:
    files = small_set(server.offer("forged", {TRAIN: b"other digits"}))
    with pytest.raises(DataError, match=r"forged/ \(its file has another sha256 than the published one\)"):
        fetch(files)
    assert list((data_folder / "toy").iterdir()) == []


def test_a_failed_download_keeps_the_damaged_file(
    place: Callable[[], Path], server: "Server", small_set: MakeFiles
) -> None:
    folder = place()
    (folder / TRAIN).write_bytes(b"mine")
    with pytest.raises(DataError, match="cannot download"):
        fetch(small_set(server.mirror("absent")))
    assert (folder / TRAIN).read_bytes() == b"mine"


def test_the_error_names_every_source_the_folder_and_what_to_do(
    data_folder: Path, server: "Server", small_set: MakeFiles
) -> None:
    absent, closed = server.mirror("absent"), "http://127.0.0.1:9/"
    with pytest.raises(DataError) as caught:
        fetch(small_set(absent, closed))
    message = str(caught.value)
    assert message.startswith(f"cannot download {TRAIN} from {absent} (404 Client Error: Not Found")
    assert f"or {closed} (ConnectionError). Put the file into {data_folder / 'toy'} by hand" in message
    assert message.endswith(f"set PICOJOULE_DATA to a folder that has toy/{TRAIN}.")
    assert "\n" not in message


def test_a_terminal_sees_the_progress(
    data_folder: Path, published: FileSet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fetch(published)
    assert capsys.readouterr().err == ""  # a log gets no bars

    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    (data_folder / "toy" / TRAIN).unlink()
    fetch(published)
    assert f"toy/{TRAIN}" in capsys.readouterr().err


UNWRITABLE = rf"^toy needs {TRAIN}, .*/toy, which cannot be written \(.*\)\. Set PICOJOULE_DATA .* http://m/ offers"


def test_a_folder_that_cannot_be_made_is_named(data_folder: Path, small_set: MakeFiles) -> None:
    (data_folder / "toy").write_bytes(b"a file in its place")
    for attempt in (fetch, lambda files: read(files, TRAIN)):
        with pytest.raises(DataError, match=UNWRITABLE):
            attempt(small_set("http://m/"))


def test_a_folder_that_cannot_be_written_is_named_before_anything_is_asked_for(
    data_folder: Path, server: "Server", small_set: MakeFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> NoReturn:
        raise PermissionError(30, "Read-only file system")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(DataError, match=r"cannot be written \(Read-only file system\)"):
        fetch(small_set(server.mirror("good")))
    assert server.asked == []


def test_a_complete_dataset_is_read_from_a_folder_that_cannot_be_written(
    place: Callable[[], Path], small_files: Contents, small_set: MakeFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> NoReturn:
        raise PermissionError(30, "Read-only file system")

    place()
    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    assert read(small_set(), TRAIN) == small_files[TRAIN]
    fetch(small_set())


def test_a_file_that_cannot_be_read_is_named(place: Callable[[], Path], small_set: MakeFiles) -> None:
    folder = place()
    (folder / TRAIN).unlink()
    (folder / TRAIN).mkdir()
    with pytest.raises(DataError, match=rf"cannot read .*{TRAIN}: Is a directory"):
        read(small_set(), TRAIN)
