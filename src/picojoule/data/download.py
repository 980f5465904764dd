"""The files of datasets: downloaded when missing, whole and with the published sha256 or not at all."""

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from picojoule.core.errors import DataError
from picojoule.data.files import VARIABLE, FileSet, inspect

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


def fetch(files: FileSet) -> Path:
    """Make a dataset's folder complete: download what is missing, replace what is damaged.

    Returns:
        The folder.

    Raises:
        DataError: if the folder cannot be written or no mirror delivers; put the files there by hand.
    """
    found = inspect(files)
    _download(files, found.missing + found.damaged)
    return found.folder


def read(files: FileSet, name: str) -> bytes:
    """Return the content of one file of a dataset, downloaded first if it is missing, checked by sha256 always.

    Raises:
        DataError: if it is missing and cannot be downloaded, cannot be read, or is not the published file.
    """
    path = files.folder / name
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        _download(files, inspect(files).missing)
        content = path.read_bytes()
    except OSError as error:
        raise DataError(
            f"cannot read {path}: {error.strerror}. Mend it, or set {VARIABLE} to another folder."
        ) from error
    if (found := hashlib.sha256(content).hexdigest()) != files.sha256[name]:
        raise DataError(
            f"{path} is not the published file: its sha256 is {found[:12]}…, not {files.sha256[name][:12]}…. "
            f"Replace it with `pj data fetch {files.name}`."
        )
    return content


def _download(files: FileSet, names: tuple[str, ...]) -> None:
    if names:
        _check_writable(files, names)
    for name in names:
        _download_one(files, name)


def _check_writable(files: FileSet, names: tuple[str, ...]) -> None:
    """Refuse before megabytes are fetched that cannot be kept."""
    if files.folder.parts[0] == "~":
        raise DataError(f"{files.name} needs {', '.join(names)}, and there is no home to keep them in; set {VARIABLE}.")
    try:
        files.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=files.folder):
            pass
    except OSError as error:
        raise DataError(
            f"{files.name} needs {', '.join(names)} in {files.folder}, which cannot be written ({error.strerror}). "
            f"Set {VARIABLE} to a folder that can be, or put there by hand what {files.mirrors[0]} offers."
        ) from error


def _download_one(files: FileSet, name: str) -> None:
    failures: list[str] = []
    for mirror in files.mirrors:
        try:
            _retrieve(files, name, mirror)
        except (OSError, ValueError) as error:  # network and HTTP errors are OSErrors; a wrong sha256 is a ValueError
            failures.append(f"{mirror} ({_reason(error)})")
        else:
            return
    raise DataError(
        f"cannot download {name} from {' or '.join(failures)}. "
        f"Put the file into {files.folder} by hand, or set {VARIABLE} to a folder that has {files.name}/{name}."
    )


def _reason(error: Exception) -> str:
    if isinstance(error, ValueError):
        return "its file has another sha256 than the published one"
    text = " ".join(str(error).split())
    return text if len(text) <= 120 else type(error).__name__  # a broken connection's own account fills a screen


def _retrieve(files: FileSet, name: str, mirror: str) -> None:
    """Let pooch write beside the file's place, compare the sha256, and only then move it there."""
    import pooch
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    pooch.get_logger().setLevel("WARNING")  # the progress bar says it already
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = _Bar(progress, progress.add_task(f"{files.name}/{name}", total=None))
        pooch.retrieve(
            mirror + name,
            known_hash=f"sha256:{files.sha256[name]}",
            fname=name,
            path=files.folder,
            # a server that unpacks the gzip file on the way would change its sha256
            downloader=pooch.HTTPDownloader(progressbar=bar, headers={"Accept-Encoding": "identity"}),
        )
    (files.folder / name).chmod(0o644)  # a temporary file is its owner's alone, and data folders are shared


@dataclass
class _Bar:
    """A rich progress bar with the methods that pooch calls."""

    progress: "Progress"
    task: "TaskID"
    total: int = 0  # bytes, set by pooch

    def update(self, size: int) -> None:
        self.progress.update(self.task, total=self.total or None, advance=size)

    def reset(self) -> None:
        self.progress.reset(self.task)

    def close(self) -> None:
        self.progress.stop_task(self.task)
