"""The folder of a run: `result.json`, `report.html`, `model.safetensors`, `log`, pictures.

While it runs, and until it has ended well, there is a checkpoint too.
"""

import contextlib
import json
import logging
import os
import platform
import re
import shlex
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from picojoule.core.errors import CheckpointError, OutputError
from picojoule.core.files import write_atomically

CHECKPOINT = "checkpoint.safetensors"
RESULT = "result.json"
LOG = "log"


def open_folder(path: Path | None, *, name: str, resume: bool) -> tuple[Path, list[Path]]:
    """Make the folder of a run, or find it again.

    Args:
        path: the folder; `None`: a new one under `runs`, named by the time.
        name: the recipe's name.
        resume: go on in a folder that is there.

    Returns:
        The folder, and which folders were made now, innermost first.

    Raises:
        OutputError: if the folder is there and is not to be resumed, is not there but should be, or cannot be written.
    """
    if resume and path is None:
        raise OutputError("--resume needs the folder of the run: add --out FOLDER")
    folder = path if path is not None else Path("runs") / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}"
    made: list[Path] = []
    try:
        if resume and not any((folder / file).is_file() for file in (LOG, CHECKPOINT)):
            raise OutputError(f"there is no run to resume in {folder}; leave --resume out to start one")
        if folder.exists() and not folder.is_dir():
            raise OutputError(f"{folder} is a file; choose another --out")
        if folder.exists() and not os.access(folder, os.W_OK):
            raise OutputError(f"cannot write into {folder}; choose another --out")
        if not resume and folder.exists() and any(folder.iterdir()):
            raise OutputError(
                f"{folder} exists and is not empty; choose another --out, or add --resume to go on with it"
            )
        made = [path for path in (folder, *folder.parents) if not path.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
    except OSError as error:
        _remove(made)
        raise OutputError(f"cannot make {folder}: {error.strerror}; choose another --out") from error
    return folder, made


@contextlib.contextmanager
def run_folder(path: Path | None, *, name: str, resume: bool, again: str = "") -> Iterator[tuple[Path, logging.Logger]]:
    """Open the folder of a run and its log while the run lasts; a new run that fails leaves nothing behind.

    Args:
        path: the folder; `None`: a new one under `runs`, named by the time.
        name: the recipe's name.
        resume: go on in a folder that is there.
        again: the command that goes on with it, without its folder, for those who interrupt it.

    Yields:
        The folder and its log.

    Raises:
        OutputError: as `open_folder`.
        CheckpointError: if the run in the folder has ended.
    """
    folder, made = open_folder(path, name=name, resume=resume)
    if (folder / RESULT).exists():
        raise CheckpointError(f"the run in {folder} has ended; choose another --out to start a new one")
    log = open_log(folder)
    try:
        with going_on(again, folder):
            yield folder, log
    except Exception:
        close_log(log)
        if not resume:
            leave_folder(folder, made)
        raise
    finally:
        close_log(log)


@contextlib.contextmanager
def going_on(again: str, folder: Path) -> Iterator[None]:
    """Tell whoever interrupts a run how it goes on.

    Args:
        again: the command, without its folder.
        folder: of the run.
    """
    try:
        yield
    except KeyboardInterrupt as stop:
        raise type(stop)(f"go on with: {again} --out {shlex.quote(str(folder))} --resume") from None


def leave_folder(folder: Path, made: list[Path]) -> None:
    """Remove what a new run that failed has left, if that is nothing but its log: there is nothing to resume.

    Args:
        folder: the folder of the run.
        made: the folders that were made for it; one that was there before stays.
    """
    if [file.name for file in folder.iterdir()] == [LOG]:
        (folder / LOG).unlink()
        _remove(made)


def _remove(folders: Iterable[Path]) -> None:
    for folder in folders:
        with contextlib.suppress(OSError):  # it was not made after all, or another run has begun in it
            folder.rmdir()


def _sweep(folder: Path) -> None:
    """Remove files that a run was writing when it was killed."""
    for file in folder.glob(".*"):
        if re.fullmatch(r"\..+\.[0-9a-f]{8}", file.name):
            file.unlink()


def open_log(folder: Path) -> logging.Logger:
    """A log in the folder, one line for each thing that happened."""
    log = logging.getLogger(f"picojoule.run.{folder.resolve()}")
    log.setLevel(logging.INFO)
    log.propagate = False
    close_log(log)
    handler = logging.FileHandler(folder / LOG, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%d %H:%M:%S"))
    log.addHandler(handler)
    return log


def close_log(log: logging.Logger) -> None:
    """Close the log's file."""
    for handler in list(log.handlers):
        handler.close()
        log.removeHandler(handler)


def write_result(folder: Path, result: Mapping[str, Any]) -> None:
    """Write `result.json`."""
    text = json.dumps(dict(result), indent=2, ensure_ascii=False, allow_nan=False)
    write_atomically(folder / RESULT, (text + "\n").encode())


def fingerprint() -> dict[str, Any]:
    """Versions and machine, for `result.json` and bug reports."""
    from importlib.metadata import version

    from picojoule._version import __version__
    from picojoule.simulate.event.engine import available_threads

    packages = ("torch", "numba", "numpy", "scikit-learn", "matplotlib", "mlxtend")
    return {
        "picojoule": __version__,
        "python": sys.version.split()[0],
        **{package: version(package) for package in packages},
        "platform": platform.platform(),
        "processor": processor(),
        "cores": available_threads(),
    }


def processor() -> str:
    """The processor's name, where the system tells it."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
