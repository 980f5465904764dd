"""Where the files of datasets are, under `PICOJOULE_DATA`, and whether they are the published ones.

One folder per dataset, in it the dataset's official file names, so a folder that other tools filled is used as it is.
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "PICOJOULE_DATA"


@dataclass(frozen=True)
class FileSet:
    """The official files of one dataset.

    Args:
        name: the dataset's name, which is its folder's name too.
        mirrors: addresses ending in `/` under which every file is published, in the order they are tried.
        sha256: digest of each file, by file name.
    """

    name: str
    mirrors: tuple[str, ...]
    sha256: Mapping[str, str]

    @property
    def folder(self) -> Path:
        """The folder where the files are or will be."""
        return data_folder() / self.name


@dataclass(frozen=True)
class Inspection:
    """What was found of a dataset's files.

    Args:
        folder: where they were looked for.
        expected: number of files of the dataset.
        missing: names of files that are not there.
        damaged: names of files whose content is not the published one, or cannot be read.
    """

    folder: Path
    expected: int
    missing: tuple[str, ...]
    damaged: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether every file is there, with the published content."""
        return not self.missing and not self.damaged


def data_folder() -> Path:
    """Return the folder of all datasets: `PICOJOULE_DATA`, or one in the user's cache.

    Example:
        >>> from unittest.mock import patch
        >>> with patch.dict(os.environ, PICOJOULE_DATA="/mnt/datasets"):
        ...     data_folder().as_posix()
        '/mnt/datasets'
    """
    if chosen := os.environ.get(VARIABLE):
        return Path(chosen).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("picojoule") / "data"


def inspect(files: FileSet) -> Inspection:
    """Look at every file of a dataset and compare its sha256; downloads nothing."""
    digests = {name: _digest(files.folder / name) for name in files.sha256}
    return Inspection(
        files.folder,
        len(digests),
        missing=tuple(name for name, digest in digests.items() if digest is None),
        damaged=tuple(name for name, digest in digests.items() if digest not in (None, files.sha256[name])),
    )


def _digest(path: Path) -> str | None:
    """Return a file's sha256, `None` if there is no such file, and what equals no sha256 if it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return "unreadable"
