"""The idx reader: what was written comes back, and every damage has its own message."""

import gzip
import math
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from picojoule.core.errors import DataError
from picojoule.data.idx import parse_idx, read_idx


def encoded(values: bytes, *shape: int) -> bytes:
    """Write the header by the format's description, not by the reader's code."""
    header = b"\x00\x00\x08" + len(shape).to_bytes(1, "big") + b"".join(size.to_bytes(4, "big") for size in shape)
    return gzip.compress(header + values)


LABELS = encoded(b"\x05\x00\x04", 3)


@given(data=st.data(), shape=st.lists(st.integers(1, 5), min_size=1, max_size=4))
@settings(deadline=None)  # a loaded machine is no failure
def test_what_was_written_comes_back(data: st.DataObject, shape: list[int]) -> None:
    size = math.prod(shape)
    values = data.draw(st.binary(min_size=size, max_size=size))

    tensor = parse_idx(encoded(values, *shape), dimensions=len(shape), name="f")

    assert tensor.dtype == torch.uint8
    assert list(tensor.shape) == shape
    assert bytes(tensor.flatten().tolist()) == values


def test_last_dimension_runs_fastest() -> None:
    images = parse_idx(encoded(bytes(range(12)), 2, 2, 3), dimensions=3, name="f")
    assert images[1].tolist() == [[6, 7, 8], [9, 10, 11]]


def test_the_tensor_may_be_written_to() -> None:
    labels = parse_idx(LABELS, dimensions=1, name="f")
    labels[0] = 9
    assert labels.tolist() == [9, 0, 4]


@given(st.binary(max_size=40))
@settings(deadline=None)  # a loaded machine is no failure
def test_no_content_gets_past_the_errors_of_this_library(content: bytes) -> None:
    for file in (content, gzip.compress(content), gzip.compress(b"\x00\x00\x08\x01" + content), b"\x1f\x8b" + content):
        try:
            outcome = f"f.gz {parse_idx(file, dimensions=1, name='f.gz').dim()}-dimensional"
        except DataError as error:
            outcome = str(error)
        assert outcome.startswith("f.gz ")
        assert "\n" not in outcome


@given(st.integers(2, len(LABELS) - 1))
@settings(deadline=None)  # a loaded machine is no failure
def test_a_file_cut_anywhere_is_refused(size: int) -> None:
    with pytest.raises(DataError, match=r"f\.gz is cut short: its gzip stream has no end\. Delete the file"):
        parse_idx(LABELS[:size], dimensions=1, name="f.gz")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"^f\.gz is not a gzip file \(it begins with nothing\)"),
        (b"PK\x03\x04", r"^f\.gz is not a gzip file \(it begins with 50 4b\)"),
        (LABELS[:-8] + bytes(4) + LABELS[-4:], r"^f\.gz is damaged \(CRC check failed.*fetch it again"),
        (gzip.compress(b""), r"^f\.gz begins with nothing, not with 00 00 08 01, the magic number"),
        (encoded(b"abcd", 1, 2, 2), r"^f\.gz begins with 00 00 08 03, not with 00 00 08 01, .*1-dimensional"),
        (gzip.compress(b"\x00\x00\x0d\x01" + bytes(4)), r"^f\.gz begins with 00 00 0d 01, not with 00 00 08 01"),
        (gzip.compress(b"\x00\x00\x08\x01\x00"), r"^f\.gz ends after 5 bytes, inside its header of 8"),
        (encoded(b"ab", 3), r"^f\.gz states the shape \(3,\), 3 bytes, but 2 follow"),
        (encoded(b"abcd", 3), r"^f\.gz states the shape \(3,\), 3 bytes, but 4 follow"),
        (encoded(b"", 0), r"^f\.gz states the shape \(0,\), which holds nothing"),
        (encoded(b"", 2**32 - 1), r"^f\.gz states the shape \(4294967295,\), 4294967295 bytes, but 0 follow"),
    ],
    ids=[
        "empty",
        "zip",
        "checksum",
        "no content",
        "images",
        "float",
        "header",
        "too few",
        "too many",
        "nothing",
        "huge",
    ],
)
def test_each_damage_is_named_with_its_way_out(content: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        parse_idx(content, dimensions=1, name="f.gz")
    assert "fetch it again" in str(caught.value)


def test_a_file_is_read_from_its_path(tmp_path: Path) -> None:
    (tmp_path / "labels.gz").write_bytes(LABELS)
    assert read_idx(tmp_path / "labels.gz", dimensions=1).tolist() == [5, 0, 4]


def test_missing_and_unreadable_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere\.gz is missing\. Fetch the dataset"):
        read_idx(tmp_path / "nowhere.gz", dimensions=1)
    with pytest.raises(DataError, match=r"cannot read .*: Is a directory"):
        read_idx(tmp_path, dimensions=1)
