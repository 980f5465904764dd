"""The idx format, in which MNIST and its relatives are published.

A gzip file of: two zero bytes, one byte for the element type (8 is an unsigned byte, the only one read here), one byte
for the number of dimensions, each dimension as a big-endian 32-bit number, then the elements, last dimension fastest.
The first four bytes are known as the magic number: 2051 for images `[n, rows, columns]`, 2049 for labels `[n]`.

Source: LeCun, Cortes & Burges, *The MNIST database of handwritten digits*, section "File formats".
"""

import gzip
import math
import zlib
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from picojoule.core.errors import DataError

_UNSIGNED_BYTE = 0x08
_AGAIN = "Delete the file and fetch it again."


def read_idx(path: Path, *, dimensions: int) -> Tensor:
    """Read one idx `.gz` file of unsigned bytes.

    Args:
        path: the file.
        dimensions: how many dimensions it must have: 3 for images, 1 for labels.

    Returns:
        Tensor, uint8, of the shape that the file states.

    Raises:
        DataError: if the file is missing, not gzip, cut short, or not such an idx file; fetch it again.

    Example:
        >>> import gzip, tempfile
        >>> path = Path(tempfile.mkdtemp()) / "labels-idx1-ubyte.gz"
        >>> _ = path.write_bytes(gzip.compress(bytes([0, 0, 8, 1, 0, 0, 0, 3, 5, 0, 4])))
        >>> read_idx(path, dimensions=1)
        tensor([5, 0, 4], dtype=torch.uint8)
    """
    try:
        compressed = path.read_bytes()
    except FileNotFoundError as error:
        raise DataError(f"{path} is missing. Fetch the dataset or put the file there.") from error
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}. Mend its permissions or fetch it again.") from error
    return parse_idx(compressed, dimensions=dimensions, name=str(path))


def parse_idx(compressed: bytes, *, dimensions: int, name: str) -> Tensor:
    """Turn the bytes of an idx `.gz` file into a tensor; `name` stands in the errors. See `read_idx`."""
    content = _decompress(compressed, name)
    expected = bytes((0, 0, _UNSIGNED_BYTE, dimensions))
    if content[:4] != expected:
        raise DataError(
            f"{name} begins with {content[:4].hex(' ') or 'nothing'}, not with {expected.hex(' ')}, the magic number "
            f"of {dimensions}-dimensional unsigned bytes. Check that the file has its right name, or fetch it again."
        )
    start = 4 + 4 * dimensions
    if len(content) < start:
        raise DataError(f"{name} ends after {len(content)} bytes, inside its header of {start}. {_AGAIN}")
    shape = tuple(int.from_bytes(content[at : at + 4], "big") for at in range(4, start, 4))
    if 0 in shape:
        raise DataError(f"{name} states the shape {shape}, which holds nothing. {_AGAIN}")
    if len(content) - start != math.prod(shape):
        raise DataError(
            f"{name} states the shape {shape}, {math.prod(shape)} bytes, but {len(content) - start} follow. {_AGAIN}"
        )
    # a bytearray, because torch wants memory it may write to
    return torch.from_numpy(np.frombuffer(bytearray(content), dtype=np.uint8, offset=start).reshape(shape))


def _decompress(compressed: bytes, name: str) -> bytes:
    if compressed[:2] != b"\x1f\x8b":
        raise DataError(f"{name} is not a gzip file (it begins with {compressed[:2].hex(' ') or 'nothing'}). {_AGAIN}")
    try:
        return gzip.decompress(compressed)
    except EOFError as error:
        raise DataError(f"{name} is cut short: its gzip stream has no end. {_AGAIN}") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{name} is damaged ({error}). {_AGAIN}") from error
