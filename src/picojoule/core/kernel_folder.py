"""What is compiled is kept in a private folder, whole or not at all: nothing that is damaged is ever used.

Every file begins with a line that holds the digest of the rest. A file whose digest is wrong, and a folder that cannot
be read or written, are as good as none: what was to be found there is made anew.
"""

import contextlib
import hashlib
import os
from pathlib import Path

import platformdirs

from picojoule.core.errors import OutputError
from picojoule.core.files import write_atomically

VARIABLE = "PICOJOULE_KERNELS"


def kernel_folder() -> Path | None:
    """Where compiled loops are kept: `PICOJOULE_KERNELS`, or a private folder in the user's cache.

    Returns:
        The folder; `None` if there is none that can be written, and what is compiled lives as long as the process.
    """
    chosen = os.environ.get(VARIABLE)
    folder = Path(chosen) if chosen else Path(platformdirs.user_cache_dir("picojoule")) / "kernels"
    folder = Path(os.path.expanduser(folder))  # noqa: PTH111  # which does not fail where there is no home
    if folder.parts[:1] == ("~",):
        return None
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.R_OK | os.W_OK | os.X_OK) else None


def kept(name: str) -> bytes | None:
    """What was kept under a name; `None` if it is not there, or is not what was written.

    Args:
        name: of the file.
    """
    folder = kernel_folder()
    if folder is None:
        return None
    try:
        found = (folder / name).read_bytes()
    except OSError:
        return None
    first, _, rest = found.partition(b"\n")
    return rest if first == _digest(rest) else None


def keep(name: str, data: bytes) -> None:
    """Keep something under a name; where that cannot be done, for instance on a full disk, nothing is kept.

    Args:
        name: of the file.
        data: its content.
    """
    folder = kernel_folder()
    if folder is not None:
        with contextlib.suppress(OutputError):
            write_atomically(folder / name, _digest(data) + b"\n" + data)


def _digest(data: bytes) -> bytes:
    return b"# " + hashlib.sha256(data).hexdigest().encode()
