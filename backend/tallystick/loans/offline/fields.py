"""Reading one field of a JSON object at a time; every error carries the field's JSON pointer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar

from tallystick.loans.errors import InputInvalid

_DECIMAL = re.compile(r"([0-9]{1,30})(?:\.([0-9]{1,18}))?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FIRST_YEAR, _LAST_YEAR = 1900, 2199

E = TypeVar("E", bound=StrEnum)


class Fields:
    """A JSON object under a pointer. A field that is absent or null takes its default."""

    def __init__(self, data: object, pointer: str = "") -> None:
        if not isinstance(data, Mapping):
            raise InputInvalid(pointer, "must be an object")
        self._data: Mapping[object, object] = data
        self._pointer = pointer

    @property
    def at(self) -> str:
        """The JSON pointer of the object itself."""
        return self._pointer

    def pointer(self, name: str) -> str:
        """The JSON pointer of a field."""
        escaped = name.replace("~", "~0").replace("/", "~1")
        return f"{self._pointer}/{escaped}"

    def error(self, name: str, rule: str) -> InputInvalid:
        """The error that says that field `name` breaks `rule`."""
        return InputInvalid(self.pointer(name), rule)

    def refuse_unknown(self, known: frozenset[str]) -> None:
        """Raise for the first field that is not known: a misspelt name must not pass silently."""
        for name in self._data:
            if name not in known:
                raise self.error(str(name), "is not a field of this input")

    def given(self, name: str) -> bool:
        """Whether the field has a value."""
        return self._data.get(name) is not None

    def raw(self, name: str) -> object:
        """The field's value, required."""
        if not self.given(name):
            raise self.error(name, "is required")
        return self._data[name]

    def integer(self, name: str, least: int, most: int, default: int | None = None) -> int:
        """An integer within bounds."""
        if default is not None and not self.given(name):
            return default
        value = self.raw(name)
        if type(value) is not int or not least <= value <= most:
            raise self.error(name, f"must be an integer from {least} to {most}")
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """A boolean."""
        value = self.raw(name) if self.given(name) else default
        if not isinstance(value, bool):
            raise self.error(name, "must be true or false")
        return value

    def choice(self, name: str, kind: type[E], default: E | None = None) -> E:
        """A member of `kind` by its value; the integer 360 counts as "360"."""
        if default is not None and not self.given(name):
            return default
        value = self.raw(name)
        text = str(value) if type(value) is int else value
        for member in kind:
            if member.value == text:
                return member
        raise self.error(name, "must be one of " + ", ".join(member.value for member in kind))

    def day(self, name: str) -> date:
        """An ISO date, years 1900 to 2199."""
        value = self.raw(name)
        try:
            if isinstance(value, str) and _DATE.fullmatch(value):
                when = date.fromisoformat(value)
                if _FIRST_YEAR <= when.year <= _LAST_YEAR:
                    return when
        except ValueError:
            pass
        rule = f"must be a real date as YYYY-MM-DD, years {_FIRST_YEAR} to {_LAST_YEAR}"
        raise self.error(name, rule)

    def money(self, name: str, scale: int, least: int = 1) -> int:
        """An amount as a decimal string or a whole number, in units of 10^-scale.

        A number with decimals is refused: JSON readers turn it into binary, which may be another
        amount than the one that was written.
        """
        value = self.raw(name)
        text = str(value) if type(value) is int else value
        match = _DECIMAL.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            raise self.error(name, 'must be a decimal string such as "1000.00", without sign')
        whole, decimals = match[1], match[2] or ""
        if len(decimals.rstrip("0")) > scale:
            raise self.error(name, f"must have at most {scale} decimals (money_scale)")
        units: int = int(whole) * 10**scale + int(decimals[:scale].ljust(scale, "0") or "0")
        if units < least:
            raise self.error(name, "must be above 0" if least == 1 else "must not be negative")
        return units

    def percent(self, name: str, most: int, default: Fraction | None = None) -> Fraction:
        """A percentage from 0 to `most`, as a fraction of one; a string or a JSON number.

        A binary float stands for the shortest decimal that reads back as itself.
        """
        if default is not None and not self.given(name):
            return default
        value = self.raw(name)
        numeric = isinstance(value, (str, int, float)) and not isinstance(value, bool)
        if not numeric or not _DECIMAL.fullmatch(str(value)):
            raise self.error(name, f'must be a percentage such as "12.5", from 0 to {most}')
        fraction = Fraction(str(value)) / 100
        if fraction * 100 > most:
            raise self.error(name, f"must be at most {most}")
        return fraction
