"""Closing business dates, each once: pages of loans, one short transaction each.

Killed at any moment and run again, the close goes on after the last page that was committed. What
the chain changed meanwhile is put right afterwards (`restate`).
"""

from __future__ import annotations

import json
from collections.abc import Callable

from tallystick.db import Database, snapshot, write
from tallystick.indexer import repository
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import date_of
from tallystick.loans.debt import State
from tallystick.loans.fold import LoanState
from tallystick.loans.position import Position
from tallystick.servicing.close import store
from tallystick.servicing.close.ledger import (
    End,
    Found,
    end_in,
    exposure_of,
    find_ledger,
    ledgers,
    page,
    state_at,
)
from tallystick.servicing.close.line import OVER, Classes, Line
from tallystick.servicing.close.notices import DUE_SOON, DUE_TODAY, Call, Row, calls, put
from tallystick.servicing.close.store import Close, Known, Sums
from tallystick.servicing.dates import business_date, end_of
from tallystick.servicing.policy import ServicingPolicy

PAGE = 1_000
"""Loans of a transaction."""
_REFOLD = b""
"""Hash of a mark that no block has: whatever was closed so is looked at again."""


class Closer:
    """Closes the books of an index. `index` is read, `db` is the file of closes; `now` gives Unix
    seconds for records, never for what is owed."""

    def __init__(
        self, index: Database, db: Database, policy: ServicingPolicy, now: Callable[[], int]
    ) -> None:
        self.index = index
        self.db = db
        self.policy = policy
        self.now = now

    def books(self) -> list[tuple[int, str]]:
        """Chain id and address of every book that can be closed."""
        with snapshot(self.index) as db:
            return [(one.chain_id, one.address) for one in ledgers(db)]

    def next_day(self, chain_id: int, book: str, first: int | None = None) -> int | None:
        """The oldest date that has ended and was not closed; None when there is none.

        A book that was never closed begins with `first`, or else with the last date that ended.
        A date is over when the index has a block of a later one.
        """
        zone = self.policy.zone_of(chain_id, book)
        last = store.closes(self.db, chain_id, book, 1)
        with snapshot(self.index) as db:
            ledger = find_ledger(db, chain_id, book)
        running = business_date(ledger.head.timestamp, zone)
        begin = last[0].day + 1 if last else running - 1 if first is None else first
        return begin if begin < running else None

    def begin(self, chain_id: int, book: str, day: int) -> Close | None:
        """The close of a date; None when the chain has changed what was closed before it, which
        must be put right first."""
        zone = self.policy.zone_of(chain_id, book)
        ended_at = end_of(day, zone)
        last = store.closes(self.db, chain_id, book, 1)
        with snapshot(self.index) as db:
            ledger = find_ledger(db, chain_id, book)
            if last and end_in(db, ledger, last[0].ended_at) != last[0].end:
                return None
            end = end_in(db, ledger, ended_at)
        row = {
            "day": day,
            "zone": zone.key,
            "ended_at": ended_at,
            **end._asdict(),
            "policy": json.dumps(self.policy.classes.to_json(), sort_keys=True),
            "now": self.now(),
        }
        return store.begin(self.db, chain_id, book, row)

    def finish(self, close: Close) -> Close:
        """Does all loans of a close that are left."""
        classes = Classes(close.policy)
        before = store.closes(self.db, close.chain_id, close.book, 1, close.day)
        while self._page(close, classes, before[0].end.mark if before else close.end.mark):
            found = store.close_of(self.db, close.chain_id, close.book, close.day)
            assert found is not None  # noqa: S101 - it was begun
            close = found
        return store.finish(self.db, close, self.now())

    def _page(self, close: Close, classes: Classes, before: int) -> bool:
        """Does the next loans; False when none is left."""
        with snapshot(self.index) as index:
            ledger = find_ledger(index, close.chain_id, close.book)
            end = end_in(index, ledger, close.ended_at)
            loans = page(index, ledger, end, before, close.after, PAGE)
            known = store.current(self.db, (loan.loan_id for loan in loans))
            done = _Page(index, close, classes, self.policy, self.now())
            for loan in loans:
                done.add(loan, known.get(loan.loan_id))
        with write(self.db) as conn:
            if end != close.end:
                store.set_end(conn, close.id, End(close.end.mark, _REFOLD))
            if loans:
                store.advance(conn, close, loans[-1].id, done.running, len(done.new))
                book = store.book_key(conn, close.chain_id, close.book)
                store.add_lines(conn, book, close.day, done.new)
                store.add_sums(conn, close.id, done.sums)
                put(conn, done.notices)
        return len(loans) == PAGE


class _Page:
    """What a page of loans comes to."""

    def __init__(
        self, index: Database, close: Close, classes: Classes, policy: ServicingPolicy, now: int
    ) -> None:
        self._index, self._close, self._classes = index, close, classes
        self._policy, self._now = policy, now
        self.running = 0
        self.new: list[tuple[bytes, str, Line]] = []
        self.sums: Sums = {}
        self.notices: list[Row] = []

    def add(self, loan: Found, known: Known | None) -> None:
        """Takes a loan in."""
        state: LoanState | None = None
        if loan.changed:
            state = state_at(self._index, loan.loan_id, self._close.ended_at)
        line = self._line(loan, state)
        before = known.line if known else None
        if line != before and (line.runs or before is not None):
            self.new.append((loan.loan_id, loan.token, line))
        if line.runs:
            self.running += 1
            count(self.sums, loan.token, line, 1)
        for call in calls(before, line, self._close.day, self._policy.notices):
            state = state or repository.get_loan_bare(self._index, loan.loan_id)
            assert state is not None  # noqa: S101 - the page has just read it
            self.notices.append(notice_row(call, state, line, self._close, self._now))

    def _line(self, loan: Found, state: LoanState | None) -> Line:
        day, classes = self._close.day, self._classes
        if state is not None:
            grace = state.agreement.grace_days
            return classes.of(exposure_of(state), day, grace_days=grace)
        if loan.due_day is None or loan.changed:
            return OVER
        grace = 0
        if classes.policy.after_grace and loan.due_day < day:
            stored = repository.get_loan_bare(self._index, loan.loan_id)
            assert stored is not None  # noqa: S101 - the page has just read it
            grace = stored.agreement.grace_days
        return classes.line(loan.due_day, loan.outstanding, day, grace_days=grace)


def count(sums: Sums, token: str, line: Line, sign: int) -> None:
    """Adds a line that is owed to sums, or takes it away."""
    cell = sums.setdefault((token, line.asset_class, line.bucket), [0, 0, 0])
    cell[0] += sign
    cell[1] += sign * int(line.outstanding)
    cell[2] += sign * int(line.provision)


def notice_row(call: Call, loan: LoanState, line: Line, close: Close, now: int) -> Row:
    """A notice with the figures it needs: what is due on the day that it speaks of."""
    day = call.due_day if call.kind in (DUE_SOON, DUE_TODAY) else close.day
    facts = {
        "chain_id": close.chain_id,
        "book": close.book,
        "token": loan.agreement.token,
        "due_date": str(date_of(call.due_day)),
        "days": call.number,
        **_due(loan.agreement, loan.stored, day),
        "outstanding": str(int(line.outstanding)),
        "days_past_due": line.days,
        "bucket": close.policy.bucket_labels[line.bucket],
    }
    borrower = loan.agreement.borrower
    key = call.key(loan.loan_id)
    return key, loan.loan_id, borrower, call.kind, close.day, facts, now


def _due(agreement: Agreement, state: State, day: int) -> dict[str, str]:
    due = Position(agreement, state).owed(day).due
    return {
        "amount": str(due.total),
        "principal": str(due.principal),
        "interest": str(due.interest),
        "penalty": str(due.penalty),
    }
