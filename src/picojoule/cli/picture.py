"""Where a picture goes."""

from pathlib import Path

from picojoule.core.errors import OutputError, ParameterError


def picture_path(out: Path | None, name: str) -> Path:
    """The file to draw into, looked at before anything is computed; nothing that is there is overwritten.

    Args:
        out: what the user asked for; `None`: a new file in the working folder.
        name: of the new file, which gets a number if there is one already.

    Raises:
        ParameterError: if `out` does not end in .png.
        OutputError: if `out` exists, or its folder does not.

    Example:
        >>> picture_path(Path("figures.pdf"), "LIF")
        Traceback (most recent call last):
        picojoule.core.errors.ParameterError: pictures are PNG files, got --out figures.pdf; end it with .png
    """
    if out is None:
        number, path = 1, Path(f"{name}.png")
        while path.exists():
            number += 1
            path = Path(f"{name}-{number}.png")
        return path
    if out.suffix.lower() != ".png":
        raise ParameterError(f"pictures are PNG files, got --out {out}; end it with .png")
    if out.exists():
        raise OutputError(f"{out} exists; choose another --out")
    if not out.parent.is_dir():
        raise OutputError(f"there is no folder {out.parent}; make it, or choose another --out")
    return out
