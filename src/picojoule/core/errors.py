"""The errors of this library: one small tree.

Every message says what is wrong, where, the bound with its unit, and the way out. The command line prints the
message on one line and exits with status 2.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class PicojouleError(Exception):
    """Base class of every error that this library raises on purpose."""


class ParameterError(PicojouleError, ValueError):
    """A parameter lies outside its range."""


class ShapeError(PicojouleError, ValueError):
    """A tensor has the wrong shape, dtype or values."""


class NumericalError(PicojouleError, ArithmeticError):
    """A number has become NaN or infinite, or was so from the start; the message says where."""


class UnknownNameError(PicojouleError, LookupError):
    """A name that is not in the list of known names.

    Args:
        kind: what the name should have been, for instance `population`.
        name: the name given.
        known: the names that would have been right; the nearest one is proposed.
        otherwise: another way out, for instance `or give the path of a file`.

    Example:
        >>> raise UnknownNameError("population", "Aee", ["X", "Ae"])
        Traceback (most recent call last):
        picojoule.core.errors.UnknownNameError: unknown population 'Aee'; did you mean 'Ae'? Known: Ae, X
    """

    def __init__(self, kind: str, name: str, known: Iterable[str], otherwise: str = "") -> None:
        names = sorted(known)
        folded = {known.casefold(): known for known in names}  # lfi is LIF, too
        near = get_close_matches(name.casefold(), folded, n=1, cutoff=0.4)
        hint = f"; did you mean {folded[near[0]]!r}?" if near else "."
        more = f"; {otherwise}" if otherwise else ""
        super().__init__(f"unknown {kind} {name!r}{hint} Known: {', '.join(names)}{more}")
        self._arguments = kind, name, names, otherwise

    def __reduce__(self) -> tuple[type["UnknownNameError"], tuple[str, str, list[str], str]]:
        # an exception is rebuilt from its message unless told otherwise, and would not reach a parent process
        return type(self), self._arguments


class DataError(PicojouleError):
    """A dataset is missing, damaged or inconsistent."""


class OutputError(PicojouleError):
    """A result cannot be written where it was asked for."""


class CheckpointError(PicojouleError):
    """A checkpoint does not fit the network or the run that wants to load it."""


class TraceError(PicojouleError):
    """A neuron or rule uses an operation that cannot be compiled."""


class EngineError(PicojouleError):
    """An engine cannot run this network."""


class PicojouleWarning(UserWarning):
    """Base class of every warning of this library: the result stands, and is perhaps not what was meant."""


class StepWarning(PicojouleWarning):
    """A time step is too long for what a neuron's equation promises."""


class ActivityWarning(PicojouleWarning):
    """A layer that trains stays silent, or fires in almost every step."""
