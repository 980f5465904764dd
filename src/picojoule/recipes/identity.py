"""What a checkpoint must agree in with the run that resumes it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from picojoule.core.errors import CheckpointError


def check_identity(stored: Any, identity: Mapping[str, Any], path: Path) -> None:  # noqa: ANN401  # whatever JSON holds
    """Refuse the checkpoint of another run.

    Args:
        stored: the identity that the checkpoint was written with.
        identity: that of this run: plain values by name.
        path: of the checkpoint, for the message.

    Raises:
        CheckpointError: names the first option that differs.

    Example:
        >>> check_identity({"seed": 0}, {"seed": 1}, Path("checkpoint.safetensors"))  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        picojoule.core.errors.CheckpointError: checkpoint.safetensors was made with seed=0, but this run has 1; ...
    """
    stored, wanted = json.loads(json.dumps([stored, dict(identity)]))
    for name, value in wanted.items():
        if stored.get(name) != value:
            raise CheckpointError(
                f"{path} was made with {name}={stored.get(name)!r}, but this run has {value!r}; "
                f"resume with the options of the first run, or choose another --out"
            )
