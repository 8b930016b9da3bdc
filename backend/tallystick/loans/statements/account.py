"""The account statement of a loan over a period: opening balance, bookings, closing balance."""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.loans.calendar import date_of, day_at
from tallystick.loans.debt import NOTHING, Split
from tallystick.loans.errors import InputInvalid
from tallystick.loans.fold import LoanState
from tallystick.loans.replay import replay
from tallystick.loans.statements.booking import Book, Entry
from tallystick.loans.statements.sheet import Cell, Currency, Money, Sheet, Word


@dataclass(frozen=True, slots=True)
class AccountStatement:
    """Both days included. `opening` and the entries' changes sum to `closing`, per component."""

    loan_id: bytes
    first_day: int
    last_day: int
    opening: Split
    entries: tuple[Entry, ...]
    closing: Split

    def to_json(self) -> dict[str, object]:
        """Amounts as integer strings of base units; payments are negative."""
        return {
            "loan_id": "0x" + self.loan_id.hex(),
            "from": date_of(self.first_day).isoformat(),
            "to": date_of(self.last_day).isoformat(),
            "opening": _amounts(self.opening),
            "entries": [
                {
                    "date": date_of(entry.day).isoformat(),
                    "kind": entry.kind,
                    "item": entry.item,
                    "change": _amounts(entry.change),
                    "balance": _amounts(entry.balance),
                }
                for entry in self.entries
            ],
            "closing": _amounts(self.closing),
        }

    def sheet(self, currency: Currency) -> Sheet:
        """One line per entry between opening and closing balance; fees only where there are any."""
        opening = Entry(self.first_day, "opening", NOTHING, self.opening)
        closing = Entry(self.last_day, "closing", NOTHING, self.closing)
        parts = ["penalty", "interest", "fee", "principal"]
        if not any(entry.change.fee for entry in self.entries):
            parts.remove("fee")
        return Sheet(
            title="account_statement",
            currency=currency,
            facts=(
                ("loan", "0x" + self.loan_id.hex()),
                ("from", date_of(self.first_day)),
                ("to", date_of(self.last_day)),
                ("opening", Money(self.opening.total)),
                ("closing", Money(self.closing.total)),
            ),
            columns=("date", "entry", "item", *parts, "balance"),
            rows=tuple(_line(entry, parts) for entry in (opening, *self.entries, closing)),
        )


def account_statement(state: LoanState, first_day: int, last_day: int) -> AccountStatement:
    """The account from `first_day` to `last_day`, days since 1970-01-01.

    A last day in the future shows what will be due if nothing is paid. Raises `InputInvalid`.
    """
    if last_day < first_day:
        raise InputInvalid("/to", "must not lie before from")
    begin = day_at(state.originated.timestamp)
    if last_day < begin:
        return AccountStatement(state.loan_id, first_day, last_day, NOTHING, (), NOTHING)
    book = Book(state)
    opening, before = NOTHING, 0
    if first_day > begin:
        _play(book, state, begin, first_day - 1)
        opening, before = book.balance, len(book.entries)
    _play(book, state, max(first_day, begin), last_day)
    entries = tuple(book.entries[before:])
    return AccountStatement(state.loan_id, first_day, last_day, opening, entries, book.balance)


def _play(book: Book, state: LoanState, first_day: int, last_day: int) -> None:
    for step in replay(state):
        if first_day <= step.day <= last_day:
            book.follow(step)
    book.settle(last_day)


def _line(entry: Entry, parts: list[str]) -> tuple[Cell, ...]:
    return (
        date_of(entry.day),
        Word(entry.kind),
        entry.item,
        *(Money(getattr(entry.change, part)) for part in parts),
        Money(entry.balance.total),
    )


def _amounts(split: Split) -> dict[str, str]:
    return {
        "penalty": str(split.penalty),
        "interest": str(split.interest),
        "fee": str(split.fee),
        "principal": str(split.principal),
        "total": str(split.total),
    }
