"""Files that are whole or not there: written beside their place, then renamed into it."""

import os
import tempfile
from pathlib import Path

from picojoule.core.errors import OutputError


def write_atomically(path: Path, data: bytes) -> None:
    """Write `data` to `path` so that no reader ever sees half of it.

    Args:
        path: the file to write; its folder must exist.
        data: the file's whole content.

    Raises:
        OutputError: if the folder cannot be written; choose another one.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "result.json"
        >>> write_atomically(target, b"{}")
        >>> target.read_bytes()
        b'{}'
    """
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}. Choose a folder that can be written.") from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise OutputError(f"cannot write {path}: {error.strerror}. Free some space or choose another folder.") from error
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
