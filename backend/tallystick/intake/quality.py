"""What a bank statement's own figures say about it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from tallystick.intake.statement import Entry, Statement


@dataclass(frozen=True, slots=True)
class Quality:
    """The report on one statement. Rows are those of the file, None where nothing is wrong.

    `document` is the file's SHA-256 in hexadecimal digits, days count since 1970-01-01.
    `checked_balances` could be compared with the one before plus the amounts between, and
    `wrong_balances` of them differ. `repeats` are entries that equal an earlier one in day, amount,
    text and balance; `longest_gap` is days without entry, which end at `gap_row`; `out_of_order`
    entries are older than one before them.
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


def quality(statement: Statement) -> Quality:
    """The report on a statement."""
    entries = statement.entries
    days = [entry.day for entry in entries]
    checked, wrong = _balances(statement)
    repeats = _repeats(entries)
    back = [two.row for one, two in pairwise(entries) if two.day < one.day]
    gap, gap_row = max(
        ((two.day - one.day - 1, two.row) for one, two in pairwise(entries)),
        key=lambda found: found[0],
        default=(0, 0),
    )
    return Quality(
        document=statement.document,
        entries=len(entries),
        first_day=min(days),
        last_day=max(days),
        currencies=tuple(sorted({entry.currency for entry in entries})),
        checked_balances=checked,
        wrong_balances=len(wrong),
        wrong_row=wrong[0] if wrong else None,
        repeats=len(repeats),
        repeat_row=repeats[0] if repeats else None,
        longest_gap=max(0, gap),
        gap_row=gap_row if gap > 0 else None,
        out_of_order=len(back),
        order_row=back[0] if back else None,
    )


def _balances(statement: Statement) -> tuple[int, list[int]]:
    """How many balances could be compared, and the rows of those that differ."""
    checked, wrong = 0, []
    last = statement.opening
    for entry in statement.entries:
        expected = None if last is None else last + entry.amount
        last = expected
        if entry.balance is not None:
            if expected is not None:
                checked += 1
                if entry.balance != expected:
                    wrong.append(entry.row)
            last = entry.balance
    if statement.closing is not None and last is not None:
        checked += 1
        if last != statement.closing:
            wrong.append(statement.entries[-1].row)
    return checked, wrong


def _repeats(entries: tuple[Entry, ...]) -> list[int]:
    """Rows of entries that an earlier one equals.

    Without balances and text two coffees of one day are alike and honest, so both are needed.
    """
    seen = set[tuple[object, ...]]()
    rows = []
    for entry in entries:
        if entry.balance is None and not entry.text:
            continue
        key = entry.day, entry.amount, entry.currency, entry.text, entry.balance
        if key in seen:
            rows.append(entry.row)
        seen.add(key)
    return rows
