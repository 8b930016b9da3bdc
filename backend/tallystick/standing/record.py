"""The entries of a credit record, from what the index knows of the loans.

Nothing is stored: the same loans, day and rules give the same entries under the same ids. Days are
counted since 1970-01-01.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tallystick.loans.calendar import day_at
from tallystick.loans.delinquency.exposure import history
from tallystick.loans.events import (
    Amended,
    Cured,
    Defaulted,
    RecourseRecorded,
    Restored,
    Settled,
    WrittenOff,
)
from tallystick.loans.fold import LoanState
from tallystick.standing.rules import Category, Code, StandingRules


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `worst` are the days of a late row; `cured` is the day on which what
    was bad had ended, `expires` the first day on which it is told no more."""

    entry_id: str
    loan_id: bytes
    wallet: str
    code: Code
    category: Category
    day: int
    worst: int | None = None
    cured: int | None = None
    expires: int | None = None

    def is_told(self, day: int) -> bool:
        """Whether it is told on `day`."""
        return self.expires is None or day < self.expires


@dataclass(frozen=True, slots=True)
class _Found:
    code: Code
    day: int
    worst: int | None = None
    cured: int | None = None


def entries_of(loans: Iterable[LoanState], day: int, rules: StandingRules) -> list[Entry]:
    """The record that loans of one borrower come to on `day`, newest entry first."""
    found = [entry for loan in loans for entry in _of_loan(loan, day, rules)]
    return sorted(found, key=lambda entry: (-entry.day, entry.entry_id))


def _of_loan(loan: LoanState, day: int, rules: StandingRules) -> Iterator[Entry]:
    restored = [day_at(one.ref.timestamp) for one in loan.changes if isinstance(one, Restored)]
    for one in _events(loan, day, rules):
        kind = rules.entries[one.code]
        expires = None
        if kind.expires_days is not None and one.cured is not None:
            expires = one.cured + kind.expires_days
            healed = [back for back in restored if back >= one.day]
            if healed:
                expires = min(expires, max(healed[0], one.cured) + rules.restored_days)
        yield Entry(
            entry_id=_id(loan.loan_id, one),
            loan_id=loan.loan_id,
            wallet=loan.agreement.borrower,
            code=one.code,
            category=kind.category,
            day=one.day,
            worst=one.worst,
            cured=one.cured,
            expires=expires,
        )


def _events(loan: LoanState, day: int, rules: StandingRules) -> Iterator[_Found]:
    closed = None if loan.closed is None else day_at(loan.closed.timestamp)
    settled = any(isinstance(change, Settled) for change in loan.changes)
    yield _Found(Code.BORROWED, day_at(loan.originated.timestamp))
    if closed is not None and not settled:
        yield _Found(Code.REPAID, closed)
    yield from _lateness(loan, day, rules.late_days)
    for change in loan.changes:
        when = day_at(change.ref.timestamp)
        if isinstance(change, Amended):
            yield _Found(Code.AMENDED, when)
        elif isinstance(change, Restored):
            yield _Found(Code.RESTORED, when)
        elif isinstance(change, Settled):
            yield _Found(Code.SETTLED, when, cured=when)
        elif isinstance(change, Defaulted):
            yield _Found(Code.DEFAULTED, when, cured=_ended(loan, when, closed))
        elif isinstance(change, WrittenOff):
            yield _Found(Code.WRITTEN_OFF, when, cured=_ended(loan, when, closed))
        elif isinstance(change, RecourseRecorded):
            yield _Found(Code.GUARANTOR_CALLED, when, cured=_ended(loan, when, closed))


def _ended(loan: LoanState, since: int, closed: int | None) -> int | None:
    """The day on which a default was over: cured, replaced by new terms, or closed."""
    ends = [
        day_at(change.ref.timestamp)
        for change in loan.changes
        if isinstance(change, (Cured, Amended)) and day_at(change.ref.timestamp) >= since
    ]
    return min([*ends, *([] if closed is None else [closed])], default=None)


def _lateness(loan: LoanState, day: int, least: int) -> Iterator[_Found]:
    """Each time that something was overdue without pause for `least` days or more."""
    past = history(loan)
    ends = (*past.days[1:], day)
    begun: int | None = None
    worst = 0
    for begin, end, exposure in zip(past.days, ends, past.exposures, strict=True):
        if begun is not None and (exposure is None or begin <= exposure.due_day):
            if worst >= least:
                yield _Found(Code.LATE, begun + least, worst, cured=begin)
            begun, worst = None, 0
        if exposure is not None and end > exposure.due_day:
            begun = exposure.due_day if begun is None else begun
            worst = max(worst, end - exposure.due_day)
    if begun is not None and worst >= least:
        yield _Found(Code.LATE, begun + least, worst)


def _id(loan_id: bytes, one: _Found) -> str:
    """The same for the same event however often the record is made."""
    made = hashlib.sha256(b"\n".join((loan_id, one.code.encode(), str(one.day).encode()))).digest()
    return "entry_" + base64.b32encode(made[:16]).decode().rstrip("=").lower()
