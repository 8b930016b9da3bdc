"""A bank statement in one form, whatever file it came from."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

Format = Literal["csv", "ofx", "camt"]


@dataclass(frozen=True, slots=True)
class Part:
    """One of several payments that a bank booked as one entry; `amount` as the entry's."""

    amount: int
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One booking. `amount` in base units of `currency`, above 0 for money that came in.

    `row` is where it stands in the file, `day` counts since 1970-01-01, `balance` is after it.
    `bank_id` is the bank's own reference of the entry, where it has one; `parts` are the payments
    of a collective entry, if they are told one by one.
    """

    row: int
    day: int
    amount: int
    currency: str
    text: str = ""
    balance: int | None = None
    returned: bool = False
    bank_id: str = ""
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """Entries, oldest first. `opening` and `closing` balances where the file states them.

    `document` is the file's SHA-256 in hexadecimal digits; `decimals` of each currency.
    """

    document: str
    format: Format
    entries: tuple[Entry, ...]
    decimals: dict[str, int]
    opening: int | None = None
    closing: int | None = None


def main_currency(statement: Statement) -> str:
    """The currency of most entries."""
    return Counter(entry.currency for entry in statement.entries).most_common(1)[0][0]
