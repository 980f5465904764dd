"""Files that are whole or not there: written beside their place, then renamed into it."""

import os
import secrets
from pathlib import Path

from picojoule.core.errors import OutputError


def write_atomically(path: Path, data: bytes) -> None:
    """Write `data` to `path` so that no reader ever sees half of it.

    The file gets the permissions of any new file: read and write, less what the umask forbids.

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
    if not path.name:
        raise OutputError(f"{str(path)!r} is no name of a file; give one, such as model.safetensors")
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        file = temporary.open("xb")  # unlike tempfile, which lets only the owner read what it makes
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}. Choose a folder that can be written.") from error
    try:
        with file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        advice = "Free some space or choose another folder."
        raise OutputError(f"cannot write {path}: {error.strerror}. {advice}") from error
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
