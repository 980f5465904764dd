"""What a tensor holds, as far as the account is concerned; kept by the memory that it lies in."""

from collections.abc import Iterable
from enum import Enum

from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef

_ROOM = 4096


class Kind(Enum):
    """What the numbers of a tensor are; said by the layer that made them, never guessed from values."""

    CONSTANT = "constant"  # parameters, and what is computed of them alone: known before any input comes
    BLANK = "blank"  # zeros made on the way: what a state begins with
    SPIKES = "spikes"  # 0 and 1, or -1, 0 and 1
    GRADED = "graded"  # sums and means of spikes: many zeros, but not binary
    INPUT = "input"  # what the model was given, and no spikes
    ANALOG = "analog"  # anything else


def joined(kinds: Iterable[Kind]) -> Kind:
    """What values of several kinds are when they are put side by side.

    Args:
        kinds: of the parts; constants and blanks take no part.

    Example:
        >>> joined([Kind.SPIKES, Kind.CONSTANT]), joined([Kind.SPIKES, Kind.GRADED]), joined([Kind.INPUT, Kind.SPIKES])
        (<Kind.SPIKES: 'spikes'>, <Kind.GRADED: 'graded'>, <Kind.ANALOG: 'analog'>)
    """
    given = set(kinds)
    found = given - {Kind.CONSTANT, Kind.BLANK}
    if not found:
        return Kind.BLANK if given == {Kind.BLANK} else Kind.CONSTANT
    if len(found) == 1:
        return found.pop()
    return Kind.GRADED if found == {Kind.SPIKES, Kind.GRADED} else Kind.ANALOG


class Kinds:
    """The kind of every tensor that was seen, by the memory that it lies in: views share it."""

    def __init__(self) -> None:
        self._kinds: dict[int, tuple[StorageWeakRef, Kind]] = {}
        self._room = _ROOM  # entries before those of freed memory are thrown out
        self._sums: dict[int, tuple[StorageWeakRef, bool]] = {}  # weighted sums, and whether a bias is in them

    def of(self, tensor: Tensor) -> Kind:
        """The kind of a tensor; one that was never seen is a constant of the model."""
        entry = self._kinds.get(_address(tensor))
        return Kind.CONSTANT if entry is None or _gone(entry[0]) else entry[1]

    def seen(self, tensor: Tensor) -> bool:
        """Whether the tensor's memory was ever given a kind."""
        entry = self._kinds.get(_address(tensor))
        return entry is not None and not _gone(entry[0])

    def put(self, tensor: Tensor, kind: Kind) -> None:
        """Say what a tensor holds."""
        address = _address(tensor)
        entry = self._kinds.get(address)
        reference = _reference(tensor) if entry is None or _gone(entry[0]) else entry[0]
        self._kinds[address] = reference, kind
        if len(self._kinds) > self._room:
            self.forget()

    def put_sum(self, tensor: Tensor, *, bias: bool | None) -> None:
        """Say that a tensor holds weighted sums, into whose weights a batch norm can be folded; `None`: no more."""
        if bias is None:
            self._sums.pop(_address(tensor), None)
        else:
            self._sums[_address(tensor)] = _reference(tensor), bias

    def sum_of(self, tensor: Tensor) -> bool | None:
        """Whether a bias is in the weighted sums that a tensor holds; `None`: they are no weighted sums."""
        entry = self._sums.get(_address(tensor))
        return None if entry is None or _gone(entry[0]) else entry[1]

    def forget(self) -> None:
        """Let go of memory that is not there any more."""
        self._kinds = {key: entry for key, entry in self._kinds.items() if not _gone(entry[0])}
        self._sums = {key: entry for key, entry in self._sums.items() if not _gone(entry[0])}
        self._room = max(_ROOM, 2 * len(self._kinds))


def _address(tensor: Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)  # while a weak reference is held, no other storage gets it


def _reference(tensor: Tensor) -> StorageWeakRef:
    return StorageWeakRef(tensor.untyped_storage())  # type: ignore[no-untyped-call]


def _gone(reference: StorageWeakRef) -> bool:
    return bool(reference.expired())  # type: ignore[no-untyped-call]
