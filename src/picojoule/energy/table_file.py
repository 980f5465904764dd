"""Entries of a cost table's file, taken one by one: what is missing, wrong or misspelt is named with its place."""

import math
from difflib import get_close_matches
from typing import Any

from picojoule.core.errors import ParameterError

_WORDS = {str: "text", dict: "a table", list: "an array of tables", bool: "true or false"}


class Section:
    """One table of a TOML file.

    Args:
        entries: what the file holds there.
        where: file and place, for messages.

    Example:
        >>> section = Section({"add": 0.9, "mulitply": 3.7}, "a, [arithmetic]")
        >>> section.number("add", "pJ")
        0.9
        >>> section.number("multiply", "pJ")
        Traceback (most recent call last):
        picojoule.core.errors.ParameterError: cost table a, [arithmetic]: 'multiply' is missing. Add it to the file.
    """

    def __init__(self, entries: dict[str, Any], where: str) -> None:
        self.where = where
        self._left = dict(entries)
        self._asked: list[str] = []

    def __contains__(self, key: str) -> bool:
        return key in self._left

    def take(self, key: str, kind: type, default: object = None) -> Any:  # noqa: ANN401
        """An entry of one kind; without a default it has to be there.

        Args:
            key: its name.
            kind: `str`, `bool`, `dict`, `list`, or `object` for anything.
            default: for an entry that may be left out.

        Raises:
            ParameterError: if it is missing or of another kind.
        """
        self._asked.append(key)
        if key not in self._left:
            if default is None:
                raise ParameterError(f"cost table {self.where}: {key!r} is missing. Add it to the file.")
            return default
        value = self._left.pop(key)
        if not isinstance(value, kind):
            raise self._wrong(key, _WORDS[kind], value)
        return value

    def number(self, key: str, unit: str, *, above: bool = False, default: float | None = None) -> float:
        """A number that is at least 0.

        Args:
            key: its name.
            unit: for the message.
            above: whether 0 itself is refused.
            default: for an entry that may be left out.

        Raises:
            ParameterError: if it is missing, no number, negative, infinite or NaN.
        """
        value = self.take(key, object, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong(key, "a number", value)
        if not (math.isfinite(value) and (value > 0 if above else value >= 0)):
            bound = f"{'>' if above else '>='} 0 {unit}"
            raise ParameterError(f"cost table {self.where}: {key} must be {bound}, got {value:g}. Correct the file.")
        return float(value)

    def count(self, key: str) -> int:
        """A whole number that is at least 0; 0 if it is left out.

        Args:
            key: its name.

        Raises:
            ParameterError: if it is no whole number, or negative.
        """
        value = self.number(key, "operations", default=0)
        if value != int(value):
            raise self._wrong(key, "a whole number of operations", value)
        return int(value)

    def text(self, key: str) -> str:
        """A text that is not empty.

        Args:
            key: its name.

        Raises:
            ParameterError: if it is missing, empty or no text.
        """
        value: str = self.take(key, str)
        if not value.strip():
            raise self._wrong(key, "text", value)
        return value

    def sentences(self, key: str) -> tuple[str, ...]:
        """A list of texts; nothing if it is left out.

        Args:
            key: its name.

        Raises:
            ParameterError: if it is no list of texts.
        """
        value = self.take(key, object, ())
        if not isinstance(value, list | tuple) or not all(isinstance(sentence, str) for sentence in value):
            raise self._wrong(key, "a list of texts", value)
        return tuple(value)

    def section(self, key: str, place: str, default: dict[str, Any] | None = None) -> "Section":
        """A table within this one.

        Args:
            key: its name.
            place: for messages, such as `[memory]`.
            default: for a table that may be left out.

        Raises:
            ParameterError: if it is missing or no table.
        """
        return Section(self.take(key, dict, default), f"{self.where.partition(', [')[0]}, {place}")

    def sections(self, key: str, place: str) -> list["Section"]:
        """An array of tables.

        Args:
            key: its name.
            place: for messages, such as `[[memory.sram]]`; the number of the table is added.

        Raises:
            ParameterError: if it is missing or no array of tables.
        """
        found = self.take(key, list)
        if not all(isinstance(entries, dict) for entries in found):
            raise self._wrong(key, _WORDS[list], found)
        file = self.where.partition(", [")[0]
        return [Section(entries, f"{file}, {place} {number}") for number, entries in enumerate(found, 1)]

    def close(self) -> None:
        """Refuse what nobody has asked for: it would be a price that has no effect.

        Raises:
            ParameterError: names the entry, and the one that it was probably meant to be.
        """
        for key in self._left:
            near = get_close_matches(key, self._asked, n=1, cutoff=0.6)
            hint = f"; did you mean {near[0]!r}?" if near else "."
            raise ParameterError(
                f"cost table {self.where}: unknown entry {key!r}{hint} Known here: {', '.join(self._asked)}. "
                "Correct it or take it out."
            )

    def _wrong(self, key: str, kind: str, value: object) -> ParameterError:
        return ParameterError(f"cost table {self.where}: {key!r} must be {kind}, got {value!r}. Correct the file.")
