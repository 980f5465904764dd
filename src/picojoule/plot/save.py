"""Figures as PNG files."""

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from picojoule.core.files import write_atomically
from picojoule.plot.style import DPI, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def save_figure(figure: "Figure", path: Path | str) -> bytes:
    """Write a figure as PNG, whole or not at all.

    The file holds no date and no version, so the same figure gives the same bytes.

    Args:
        figure: what to draw.
        path: the file to write; its folder must exist.

    Returns:
        The file's content, for instance for a report.

    Raises:
        OutputError: if the folder cannot be written; choose another one.

    Example:
        >>> import tempfile
        >>> from picojoule.plot.style import new_figure
        >>> save_figure(new_figure(1.0, 1.0), Path(tempfile.mkdtemp()) / "empty.png")[1:4]
        b'PNG'
    """
    buffer = BytesIO()
    with styled():
        figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
    data = buffer.getvalue()
    write_atomically(Path(path), data)
    return data
