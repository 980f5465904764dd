"""Old names that work one release longer: they give what the new name gives, and a DeprecationWarning that says it."""

import functools
import warnings
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from picojoule.core.errors import ParameterError

P = ParamSpec("P")
R = TypeVar("R")


def renamed(**new_names: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let keyword arguments be given by their old names, too. Stands outside of every other decorator.

    Args:
        new_names: the new name of each argument, by its old one.

    Returns:
        A decorator of the function.

    Raises:
        ParameterError: when the function is called with an argument by both of its names.

    Example:
        >>> @renamed(width="wide")
        ... def area(*, wide, high):
        ...     return wide * high
        >>> with warnings.catch_warnings(record=True, action="always") as caught:
        ...     area(width=2, high=3)
        6
        >>> print(caught[0].message)
        area(width=) is now area(wide=); the old name works one release longer
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        where = function.__qualname__.removesuffix(".__init__")

        @functools.wraps(function)
        def called(*args: Any, **kwargs: Any) -> R:  # noqa: ANN401  # the function's own
            for old in new_names.keys() & kwargs.keys():
                new = new_names[old]
                if new in kwargs:
                    raise ParameterError(f"{where}: {old}= is the old name of {new}=, and both are given; keep {new}=")
                warn_renamed(f"{where}({old}=)", f"{where}({new}=)", depth=3)
                kwargs[new] = kwargs.pop(old)
            return function(*args, **kwargs)

        return called

    return decorate


def warn_renamed(old: str, new: str, *, depth: int) -> None:
    """Say once where it is used that a name has changed.

    Args:
        old: the name that was used.
        new: the name that it has now.
        depth: of calls between here and the user, as in `warnings.warn`; 2 is who called this.
    """
    message = f"{old} is now {new}; the old name works one release longer"
    warnings.warn(message, DeprecationWarning, stacklevel=depth)
