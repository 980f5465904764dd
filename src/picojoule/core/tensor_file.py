"""Tensors on disk: safetensors files, no pickle, written whole or not at all, the same bytes for the same content."""

import json
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from picojoule.core.errors import CheckpointError
from picojoule.core.files import write_atomically


def write_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Write tensors and texts.

    Args:
        path: the file.
        tensors: by name.
        metadata: texts by name.

    Raises:
        OutputError: if the file cannot be written.
        CheckpointError: if a tensor holds NaN or infinity; it is named.

    Example:
        >>> import tempfile, torch
        >>> file = Path(tempfile.mkdtemp()) / "one.safetensors"
        >>> write_tensors(file, {"a": torch.ones(1)}, {"note": "x"})
        >>> read_tensors(file)
        ({'a': tensor([1.])}, {'note': 'x'})
    """
    from safetensors.torch import save

    # safetensors refuses tensors that share memory: each is cloned
    data = save({name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}, dict(metadata))
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])  # in any order, another one in every process
    if "__metadata__" in header:
        header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(dict(sorted(header.items())), separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    write_atomically(path, len(text).to_bytes(8, "little") + text + data[8 + size :])


def read_tensors(path: Path, *, advice: str = "choose another file") -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read what `write_tensors` wrote.

    Args:
        path: the file.
        advice: the way out where it cannot be read.

    Returns:
        The tensors and the texts.

    Raises:
        CheckpointError: if the file is not there, or is damaged, or is no file of tensors.
    """
    from safetensors import SafetensorError, safe_open

    if not path.exists():
        raise CheckpointError(f"there is no checkpoint {path}; start without resuming, or give the path of one")
    try:
        with safe_open(str(path), framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{path} is damaged, or no file of tensors ({error}); {advice}") from error


def check_tensors(tensors: Mapping[str, Tensor], path: Path) -> None:
    """Refuse tensors that hold NaN or infinity.

    Args:
        tensors: by name.
        path: of their file, for the message.

    Raises:
        CheckpointError: names the first tensor and the place.
    """
    for name, value in tensors.items():
        if value.is_floating_point() and not bool(value.isfinite().all()):
            place = (~value.isfinite()).nonzero()[0].tolist()
            number = float(value[tuple(place)])
            raise CheckpointError(f"{name} is {number:g} at {place} in {path}; a network with such a number cannot run")
