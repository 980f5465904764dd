"""Modules whose tensors mean something under certain conditions only, which a `state_dict` takes along.

They are compared where it is loaded.

The keys and tensors of a `state_dict` stay those that torch gives it: conditions travel as its metadata, which torch's
own `save` and `load` keep. A plain `dict` of the tensors, or a file that keeps tensors only, has none, and is loaded as
it is: the way to take weights to another module on purpose.
"""

from abc import abstractmethod
from typing import Any

from torch import nn

from picojoule.core.described import difference
from picojoule.core.errors import CheckpointError

METADATA = "picojoule"


class Conditioned(nn.Module):
    """Base of such modules."""

    @abstractmethod
    def conditions(self) -> dict[str, Any]:
        """All that the tensors depend on, as plain values."""

    def adopt(self, stored: dict[str, Any], source: str) -> None:
        """Take over the conditions under which tensors were saved, or refuse them.

        Args:
            stored: what `conditions` gave.
            source: of the tensors, for the message.

        Raises:
            CheckpointError: names the first difference.
        """
        for name, own in self.conditions().items():
            if (found := difference(stored.get(name), own, name)) is not None:
                raise CheckpointError(
                    f"{source} is of a {type(self).__name__} made otherwise: {found}. Make it as it was made, or load "
                    f"dict(state_dict), which takes the tensors alone"
                )

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: Any) -> None:  # noqa: ANN401
        super()._save_to_state_dict(destination, prefix, keep_vars)
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]][METADATA] = self.conditions()

    def _load_from_state_dict(self, state_dict: Any, prefix: str, local_metadata: Any, *others: Any) -> None:  # noqa: ANN401
        if METADATA in local_metadata:
            self.adopt(local_metadata[METADATA], f"the state_dict at {prefix[:-1]!r}" if prefix else "the state_dict")
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *others)
