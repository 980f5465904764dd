"""PNG files: valid, whole, the same bytes for the same figure."""

import struct
import zlib
from pathlib import Path

import pytest

from picojoule.core.errors import OutputError
from picojoule.plot.save import save_figure
from picojoule.plot.style import DPI, new_figure


def check_png(data: bytes) -> tuple[int, int]:
    """Walk all chunks, checking lengths and checksums, and unpack the pixels; return width and height."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, kinds, pixels = 8, [], b""
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length : at + 12 + length]) == (zlib.crc32(kind + body),)
        kinds.append(kind)
        pixels += body if kind == b"IDAT" else b""
        at += 12 + length
    assert kinds[0] == b"IHDR"
    assert kinds[-1] == b"IEND"
    width, height = struct.unpack(">II", data[16:24])
    assert len(zlib.decompress(pixels)) == height * (1 + 4 * width)  # RGBA, one filter byte per row
    return int(width), int(height)


def test_file_is_a_valid_png_of_the_figures_size_and_its_bytes_come_back(tmp_path: Path) -> None:
    figure = new_figure(2.0, 1.0)
    figure.add_subplot().plot([1, 2])
    data = save_figure(figure, tmp_path / "a.png")
    assert check_png(data) == (2 * DPI, DPI)
    assert (tmp_path / "a.png").read_bytes() == data
    assert list(tmp_path.iterdir()) == [tmp_path / "a.png"]


def test_same_figure_gives_the_same_bytes(tmp_path: Path) -> None:
    def draw() -> bytes:
        figure = new_figure(2.0, 1.0)
        figure.add_subplot().plot([1, 2])
        return save_figure(figure, str(tmp_path / "a.png"))

    assert draw() == draw()


def test_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"cannot write .*a\.png: .*Choose a folder"):
        save_figure(new_figure(1.0, 1.0), tmp_path / "missing" / "a.png")
