"""Closed dates after the chain changed its mind, or told something late.

A date stands while its mark does. Where it does not, the loans that may differ are folded again and
compared, date by date; what differs becomes a further version of the line, with the reason, and
who was told something wrong is told so.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Final, Literal

from tallystick.db import Database, snapshot, write
from tallystick.loans.fold import LoanState
from tallystick.servicing.close import corrections, store
from tallystick.servicing.close.ledger import (
    End,
    Ledger,
    end_in,
    exposure_of,
    find_ledger,
    state_at,
    touched_since,
)
from tallystick.servicing.close.line import OVER, Classes, Line
from tallystick.servicing.close.notices import CORRECTED, Row, calls, notices_of, put
from tallystick.servicing.close.run import Closer, count, notice_row
from tallystick.servicing.close.store import Close, Sums
from tallystick.servicing.policy import Notices

Reason = Literal["reorg", "late_event"]
REORG: Final = "reorg"
LATE: Final = "late_event"
_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class _Suspect:
    """A close whose mark no longer stands, and where its date ends now."""

    close: Close
    end: End
    classes: Classes


def restate(closer: Closer, chain_id: int, book: str) -> int:
    """Puts right what is closed of a book; how many lines were corrected.

    Killed and run again, it does what is left: marks are renewed at the very end.
    """
    with snapshot(closer.index) as index:
        ledger = find_ledger(index, chain_id, book)
        suspects, good = _suspects(closer, index, ledger)
        if not suspects:
            return 0
        reason: Reason = REORG if _replaced(index, suspects[0].close) else LATE
        loans = touched_since(index, ledger, min(good, suspects[0].end.mark))
        loans |= _changed_lines(closer.db, ledger, suspects[0].close.day)
        corrected = 0
        waiting = iter(sorted(loans))
        while some := list(islice(waiting, _AT_ONCE)):
            corrected += _restate_some(closer, index, suspects, some, reason)
    with write(closer.db) as conn:
        for suspect in suspects:
            store.set_end(conn, suspect.close.id, suspect.end)
    return corrected


def _suspects(closer: Closer, index: Database, ledger: Ledger) -> tuple[list[_Suspect], int]:
    """Closes whose marks do not stand, oldest first, and the mark of the last one that does."""
    found: list[_Suspect] = []
    before: int | None = None
    while True:
        page = store.closes(closer.db, ledger.chain_id, ledger.address, 30, before)
        for close in page:
            if close.done_at is None:
                continue
            end = end_in(index, ledger, close.ended_at)
            if end == close.end:
                return found[::-1], close.end.mark
            found.append(_Suspect(close, end, Classes(close.policy)))
        if not page:
            return found[::-1], 0
        before = page[-1].day


def _replaced(index: Database, close: Close) -> bool:
    row = index.execute("SELECT hash FROM blocks WHERE id = ? >> 20", (close.end.mark,)).fetchone()
    return row is None or row[0] != close.end.mark_hash


def _changed_lines(db: Database, ledger: Ledger, day: int) -> set[bytes]:
    """Loans whose due day or outstanding changed in lines from a day on."""
    last = (
        "SELECT {} FROM close_lines p WHERE p.loan = n.loan AND p.day < :day"
        " ORDER BY p.day DESC, p.version DESC LIMIT 1"
    )
    rows = db.execute(
        "SELECT DISTINCT l.loan_id"  # noqa: S608 - our text
        " FROM close_lines n JOIN close_loans l ON l.key = n.loan"
        " JOIN close_books b ON b.id = l.book AND b.chain_id = :chain AND b.address = :book"
        f" WHERE n.day >= :day AND (n.due_day IS NOT ({last.format('p.due_day')})"
        f" OR n.outstanding IS NOT ({last.format('p.outstanding')}))",
        {"day": day, "chain": ledger.chain_id, "book": ledger.address},
    )
    return {loan_id for (loan_id,) in rows}


def _restate_some(
    closer: Closer,
    index: Database,
    suspects: list[_Suspect],
    loans: Iterable[bytes],
    reason: Reason,
) -> int:
    corrected = 0
    for loan_id in loans:
        states = [state_at(index, loan_id, one.close.ended_at) for one in suspects]
        with write(closer.db):
            corrected += _Restating(closer, loan_id, reason).through(suspects, states)
    return corrected


class _Restating:
    """One loan's lines against what its events say, within the caller's transaction."""

    def __init__(self, closer: Closer, loan_id: bytes, reason: Reason) -> None:
        self._db, self._policy, self._now = closer.db, closer.policy.notices, closer.now()
        self._loan_id, self._reason = loan_id, reason

    def through(self, suspects: list[_Suspect], states: list[LoanState | None]) -> int:
        """How many dates were corrected."""
        known = store.current(self._db, [self._loan_id]).get(self._loan_id)
        if known is None:
            state = next((one for one in states if one is not None), None)
            if state is None:
                return 0
            key = self._introduce(suspects[0].close, state)
        else:
            key = known.key
        token = known.token if known else _token(states)
        before = said_before = store.line_at(self._db, key, suspects[0].close.day - 1)
        told = [store.line_at(self._db, key, one.close.day) for one in suspects]
        corrected = 0
        for suspect, state, said in zip(suspects, states, told, strict=True):
            close, line = suspect.close, _truth(suspect, state)
            if line != said and (said is not None or line.runs):
                self._correct(close, key, token, said, line)
                corrected += 1
            elif line != store.line_at(self._db, key, close.day) and said is not None:
                # it would now follow from the corrected date before, and it did not change
                corrections.add_version(self._db.conn, key, close.day, line)
            if (before, line) != (said_before, said):
                self._notices(close, before, line, state)
            before, said_before = line, said
        if before is not None:
            store.set_current(self._db.conn, key, suspects[-1].close.day, before)
        return corrected

    def _introduce(self, close: Close, state: LoanState) -> int:
        conn = self._db.conn
        book = store.book_key(conn, close.chain_id, close.book)
        return store.add_loan(conn, book, self._loan_id, state.agreement.token, close.day, OVER)

    def _correct(self, close: Close, key: int, token: str, said: Line | None, line: Line) -> None:
        conn, moved = self._db.conn, Sums()
        if said is not None and said.runs:
            count(moved, token, said, -1)
        if line.runs:
            count(moved, token, line, 1)
        store.add_sums(conn, close.id, moved)
        running = int(line.runs) - int(said is not None and said.runs)
        corrections.add_version(conn, key, close.day, line)
        corrections.add_running(conn, close.id, running)
        corrections.add_correction(
            conn,
            (close.id, key, self._reason, self._now),
            json.dumps((said or OVER).to_json(), sort_keys=True),
            json.dumps(line.to_json(), sort_keys=True),
        )

    def _notices(
        self, close: Close, before: Line | None, line: Line, state: LoanState | None
    ) -> None:
        wanted = {} if state is None else _rows(close, before, line, state, self._policy, self._now)
        told = {one.key: one for one in notices_of(self._db, self._loan_id) if one.day == close.day}
        rows = [row for key, row in wanted.items() if key not in told]
        for key, notice in told.items():
            if key in wanted or notice.kind == CORRECTED:
                continue
            facts = {
                **notice.facts,
                "corrects": key,
                "kind": notice.kind,
                "reason": self._reason,
                "days_past_due": line.days,
                "outstanding": str(int(line.outstanding)),
            }
            row = (self._loan_id, notice.borrower, CORRECTED, close.day, facts, self._now)
            rows.append((f"{key}:{CORRECTED}", *row))
        put(self._db.conn, rows)


def _rows(
    close: Close,
    before: Line | None,
    line: Line,
    state: LoanState,
    policy: Notices,
    now: int,
) -> dict[str, Row]:
    made = (
        notice_row(call, state, line, close, now) for call in calls(before, line, close.day, policy)
    )
    return {row[0]: row for row in made}


def _truth(suspect: _Suspect, state: LoanState | None) -> Line:
    if state is None:
        return OVER
    grace = state.agreement.grace_days
    return suspect.classes.of(exposure_of(state), suspect.close.day, grace_days=grace)


def _token(states: list[LoanState | None]) -> str:
    return next(one.agreement.token for one in states if one is not None)
