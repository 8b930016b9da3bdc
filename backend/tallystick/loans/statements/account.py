"""The account statement of a loan over a period: opening balance, bookings, closing balance."""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.loans.calendar import date_of, day_at
from tallystick.loans.debt import NOTHING, Split
from tallystick.loans.errors import InputInvalid
from tallystick.loans.fold import LoanState
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
        """One line per entry between the opening and the closing balance."""
        opening = _line(self.first_day, Word("opening"), None, NOTHING, self.opening)
        closing = _line(self.last_day, Word("closing"), None, NOTHING, self.closing)
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
            columns=("date", "entry", "item", "penalty", "interest", "principal", "balance"),
            rows=(
                opening,
                *(
                    _line(entry.day, Word(entry.kind), entry.item, entry.change, entry.balance)
                    for entry in self.entries
                ),
                closing,
            ),
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
    for number, payment in enumerate(state.payments, start=1):
        if first_day <= payment.day <= last_day:
            book.pay(payment, number)
    book.settle(last_day)


def _line(
    day: int, what: Word, item: int | None, change: Split, balance: Split
) -> tuple[Cell, ...]:
    return (
        date_of(day),
        what,
        item,
        Money(change.penalty),
        Money(change.interest),
        Money(change.principal),
        Money(balance.total),
    )


def _amounts(split: Split) -> dict[str, str]:
    return {
        "penalty": str(split.penalty),
        "interest": str(split.interest),
        "principal": str(split.principal),
        "total": str(split.total),
    }
