"""What a bank statement's own figures say about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quality:
    """The report on one statement. Rows are those of the file, None where nothing is wrong.

    `document` is the file's SHA-256 in hexadecimal digits, days count since 1970-01-01.
    `wrong_balances` counts balances that differ from the one before plus the amounts between;
    `repeats` entries that equal an earlier one in day, amount, text and balance; `longest_gap`
    days without entry, which end at `gap_row`. `checked_balances` is how many could be compared.
    """

    document: str
    entries: int
    first_day: int
    last_day: int
    currencies: tuple[str, ...]
    checked_balances: int = 0
    wrong_balances: int = 0
    wrong_row: int | None = None
    repeats: int = 0
    repeat_row: int | None = None
    longest_gap: int = 0
    gap_row: int | None = None
    out_of_order: int = 0
    order_row: int | None = None
    refused: int = 0
