"""The enumerations of the agreement, numbered as in `contracts/types/Agreement.sol`."""

from __future__ import annotations

from enum import IntEnum
from typing import Self


class _Named(IntEnum):
    @property
    def label(self) -> str:
        """The name in JSON: lower snake case."""
        return self.name.lower()

    @classmethod
    def from_label(cls, label: str) -> Self:
        """The member called `label`; raises `KeyError` for any other text."""
        if label != label.lower():
            raise KeyError(label)
        return cls[label.upper()]


class Amortization(_Named):
    """How principal is repaid over the rows of the schedule."""

    LEVEL = 0
    EQUAL_PRINCIPAL = 1
    INTEREST_ONLY = 2
    BULLET = 3


class Frequency(_Named):
    """Unit of the period between two due dates."""

    DAYS = 0
    WEEKS = 1
    MONTHS = 2


class Status(_Named):
    """Where a loan stands in the book."""

    NONE = 0
    ACTIVE = 1
    CLOSED = 2
