"""Keeps an account's sums level with the index.

Only what changed since it was last asked is computed again: loans of which there are new events,
and after a reorganisation those that were counted with events of blocks that are gone. The first
time, claims are counted a part at a time, so that nobody waits for all of a great many.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.claims import store
from tallystick.claims.store import Counted, Progress
from tallystick.db import Database, snapshot, write
from tallystick.indexer import repository
from tallystick.indexer.repository import Chain
from tallystick.indexer.schema import event_id
from tallystick.loans.returns import flows_of

AT_ONCE = 400
"""Loans that are counted while somebody waits: a quarter of a second's work."""
BLOCKS_AT_ONCE = 256
MOST_CHANGED = 10 * AT_ONCE
"""Of more it is quicker to count all anew, a part at a time."""


@dataclass(frozen=True, slots=True)
class _Work:
    """What is to be counted again, and how far the account then is."""

    before: Progress | None
    after: Progress
    loans: list[int]
    counted: list[Counted]
    anew: bool

    @property
    def matters(self) -> bool:
        """Whether it is worth a transaction: blocks without anything new are not, one by one."""
        if self.before is None or self.loans:
            return True
        told = self.before._replace(number=self.after.number, hash=self.after.hash)
        return told != self.after or self.after.number - self.before.number >= BLOCKS_AT_ONCE


def follow(db: Database, account: str, chain_id: int, at_once: int = AT_ONCE) -> bool:
    """Counts what is new; whether every claim is counted now."""
    with snapshot(db):
        chain = repository.chain(db, chain_id)
        if chain is None:
            return False
        work = _work(db, account, chain, at_once)
    if work.matters:
        with write(db) as conn:
            if store.progress(db, account, chain.key) != work.before:
                return False  # somebody else was quicker
            if work.anew:
                store.forget(conn, account, chain.key)
            store.put(conn, account, chain.key, work.loans, work.counted)
            store.put_progress(conn, account, chain.key, work.after)
    return work.after.filled is None


def _work(db: Database, account: str, chain: Chain, at_once: int) -> _Work:
    before = store.progress(db, account, chain.key)
    shown = ",".join(str(one.id) for one in repository.books(db, chain.chain_id) if one.at is None)
    changed: list[int] | None = None
    if before is not None and before.books == shown:
        changed = _changed(db, account, chain, before)
    filled = before.filled if before and changed is not None else 0
    loans = list(changed or ())
    if filled is not None:
        more = _next_loans(db, account, chain.key, filled, at_once)
        loans += [loan for loan in more if loan not in loans]
        filled = more[-1] if len(more) == at_once else None
    after = Progress(shown, chain.cursor.number, chain.cursor.hash, filled)
    counted = _count(db, account, chain.key, loans)
    return _Work(before, after, loans, counted, anew=changed is None)


def _changed(db: Database, account: str, chain: Chain, before: Progress) -> list[int] | None:
    """Loans to count again; None for so many that all are counted anew."""
    since = before.number
    found: set[int] = set()
    gone = repository.survivor(db, before.hash, chain.key)
    if gone is not None:
        since = gone[0]
        found.update(store.later_than(db, account, chain.key, since))
    rows = db.execute(
        "SELECT DISTINCT e.loan FROM events e NOT INDEXED CROSS JOIN loans l ON l.id = e.loan "
        "LEFT JOIN claim_flows f ON f.account = ? AND f.loan = e.loan "
        "WHERE e.id BETWEEN ? AND ? AND (l.holder = ? OR l.lender = ? OR f.loan IS NOT NULL) "
        "LIMIT ?",
        [
            account,
            event_id(since + 1, 0, chain.key),
            store.ids_of(chain.key)[1],
            account,
            account,
            MOST_CHANGED + 1,
        ],
    )
    found.update(loan for (loan,) in rows)
    return sorted(found) if len(found) <= MOST_CHANGED else None


def _next_loans(db: Database, account: str, chain: int, after: int, limit: int) -> list[int]:
    """The next loans that the account holds or lent first."""
    low, high = store.ids_of(chain)
    found: set[int] = set()
    for column in ("holder", "lender"):
        rows = db.execute(
            f"SELECT id FROM loans WHERE {column} = ? AND id BETWEEN ? AND ? ORDER BY id LIMIT ?",  # noqa: S608
            [account, max(low, after + 1), high, limit],
        )
        found.update(id_ for (id_,) in rows)
    return sorted(found)[:limit]


def _count(db: Database, account: str, chain: int, loans: Sequence[int]) -> list[Counted]:
    counted = []
    for state in repository.loans_of(db, loans):
        loan = repository.get_loan(db, state.loan_id)
        if loan is None:
            continue
        flows = flows_of(loan, account)
        if not flows.days and not flows.received and not flows.coming and not flows.moved:
            continue
        refs = [loan.originated, *(one.ref for one in (*loan.payments, *loan.changes))]
        last = max(event_id(ref.block_number, ref.log_index, chain) for ref in refs)
        row = event_id(loan.originated.block_number, loan.originated.log_index, chain)
        counted.append(Counted(row, last, loan.original.token, flows))
    return counted
