"""The enumerations of the agreement, numbered as in `contracts/types/Agreement.sol`."""

from __future__ import annotations

from enum import IntEnum
from typing import Self


class Kind(IntEnum):
    """An enumeration of the signed data."""

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


class Amortization(Kind):
    """How principal is repaid over the rows of the schedule."""

    LEVEL = 0
    EQUAL_PRINCIPAL = 1
    INTEREST_ONLY = 2
    BULLET = 3
    CUSTOM = 4


class InterestMethod(Kind):
    """What bears interest: the balance, or the whole principal until the end."""

    DECLINING = 0
    FLAT = 1


class DayCount(Kind):
    """How the days of a period are counted: 30-day months over 360, or actual days."""

    THIRTY_360 = 0
    ACTUAL_365 = 1
    ACTUAL_360 = 2


class Frequency(Kind):
    """Unit of the period between two due dates."""

    DAYS = 0
    WEEKS = 1
    MONTHS = 2


class Prepayment(Kind):
    """What becomes of later rows when principal is prepaid."""

    SHORTER_TERM = 0
    LOWER_INSTALLMENT = 1


class Waterfall(Kind):
    """Order in which money pays what is due."""

    PENALTY_INTEREST_PRINCIPAL = 0
    INTEREST_PRINCIPAL_PENALTY = 1
    PENALTY_PRINCIPAL_INTEREST = 2


class Transfer(Kind):
    """To whom the claim may be transferred: anyone, with consent, or the listed accounts."""

    FREE = 0
    CONSENT = 1
    LISTED = 2


class Status(Kind):
    """Where a loan stands in the book."""

    NONE = 0
    ACTIVE = 1
    CLOSED = 2
    DEFAULTED = 3
    WRITTEN_OFF = 4


class Source(Kind):
    """Where the money of a payment came from."""

    PAID = 0
    COLLECTED = 1
    GUARANTOR = 2
    COLLATERAL = 3
    SETTLEMENT = 4
