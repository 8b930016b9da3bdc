"""Promises to pay: whether they were kept is what the chain says."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tallystick.db import Database, pack_amount, unpack_amount
from tallystick.identity.vault.vault import new_id
from tallystick.loans.events import LoanEvent, Paid
from tallystick.loans.kinds import Source
from tallystick.servicing.cases.collections import SERVICE, Subject
from tallystick.servicing.errors import CaseExists, CaseOver, CaseUnknown, PromiseRefused
from tallystick.servicing.policy import ServicingPolicy
from tallystick.trail.entry import Fact
from tallystick.trail.store import append

AGAIN_DAYS = 30
"""For so long a reorg can still change what was said of a promise."""
_OWN = (Source.PAID, Source.COLLECTED)
_COLUMNS = (
    "promise_id, loan_id, chain_id, book, subject, made_by, made_at, amount, due_day, state, paid,"
    " decided_day"
)


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise to pay `amount` base units until the end of `due_day`. `paid` since it was made;
    `decided_day` is the business date whose close said kept or broken."""

    promise_id: str
    loan_id: bytes
    chain_id: int
    book: str
    subject: str | None
    made_by: str
    made_at: int
    amount: int
    due_day: int
    state: str
    paid: int
    decided_day: int | None


def promise(
    conn: sqlite3.Connection,
    made_by: str,
    loan: Subject,
    terms: tuple[int, int],
    policy: ServicingPolicy,
    now: int,
    today: int,
) -> Promise:
    """Takes a promise of (amount, due day) that is made now. Raises `PromiseRefused`,
    `CaseExists` while the loan has an open one."""
    amount, due_day = terms
    if amount <= 0:
        raise PromiseRefused("the amount must be above zero")
    if not today <= due_day <= today + policy.promises.most_days:
        raise PromiseRefused(f"the day must lie within {policy.promises.most_days} days from today")
    made = Promise(
        promise_id=new_id("promise"),
        loan_id=loan.loan_id,
        chain_id=loan.chain_id,
        book=loan.book,
        subject=loan.subject,
        made_by=made_by,
        made_at=now,
        amount=amount,
        due_day=due_day,
        state="open",
        paid=0,
        decided_day=None,
    )
    try:
        conn.execute(
            f"INSERT INTO promises ({_COLUMNS})"  # noqa: S608
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?, NULL)",
            (
                made.promise_id,
                loan.loan_id,
                loan.chain_id,
                loan.book,
                loan.subject,
                made_by,
                now,
                pack_amount(amount),
                due_day,
                pack_amount(0),
            ),
        )
    except sqlite3.IntegrityError:
        raise CaseExists("the loan has an open promise") from None
    append(conn, Fact(made_by, "promise", made.promise_id, "0x" + loan.loan_id.hex()), now)
    return made


def withdraw(conn: sqlite3.Connection, actor: str, promise_id: str, now: int) -> None:
    """Takes an open promise back. Raises `CaseUnknown`, `CaseOver`."""
    found = get(conn, promise_id)
    if found.state != "open":
        raise CaseOver(found.state)
    conn.execute("UPDATE promises SET state = 'withdrawn' WHERE promise_id = ?", (promise_id,))
    append(conn, Fact(actor, "withdraw_promise", promise_id), now)


def paid_for(found: Promise, events: Iterable[LoanEvent], until: int) -> int:
    """What the borrower paid after the promise and before a Unix second; what guarantor or
    collateral paid is none of it."""
    return sum(
        event.penalty + event.interest + event.fee + event.principal
        for event in events
        if isinstance(event, Paid)
        and event.source in _OWN
        and found.made_at <= event.ref.timestamp < until
    )


def decide(
    conn: sqlite3.Connection, found: Promise, paid: int, day: int, grace: int, now: int
) -> str:
    """Writes what is so at the end of a business date, given what was paid in time; the state.

    Said before and changed since, it is said again: the chain decides.
    """
    state = "open"
    if paid >= found.amount:
        state = "kept"
    elif day >= found.due_day + grace:
        state = "broken"
    if (state, paid) == (found.state, found.paid):
        return state
    conn.execute(
        "UPDATE promises SET state = ?, paid = ?, decided_day = ? WHERE promise_id = ?",
        (state, pack_amount(paid), None if state == "open" else day, found.promise_id),
    )
    if state != found.state:
        append(conn, Fact(SERVICE, f"promise_{state}", found.promise_id), now)
    return state


def undecided(db: Database, since: int) -> list[Promise]:
    """Open promises, and those decided from a day on."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM promises WHERE state = 'open'"  # noqa: S608
        " OR (state IN ('kept', 'broken') AND decided_day >= ?) ORDER BY made_at, promise_id",
        (since,),
    )
    return [_promise(row) for row in rows]


def get(conn: sqlite3.Connection, promise_id: str) -> Promise:
    """Raises `CaseUnknown`."""
    row = conn.execute(
        f"SELECT {_COLUMNS} FROM promises WHERE promise_id = ?",  # noqa: S608
        (promise_id,),
    ).fetchone()
    if row is None:
        raise CaseUnknown(f"there is no promise {promise_id}")
    return _promise(row)


def of_loan(db: Database, loan_id: bytes) -> list[Promise]:
    """Every promise about a loan, the newest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM promises WHERE loan_id = ? ORDER BY made_at DESC",  # noqa: S608
        (loan_id,),
    )
    return [_promise(row) for row in rows]


def of_subject(db: Database, subject: str, limit: int, after: Promise | None) -> list[Promise]:
    """A subject's promises, the newest first, those after `after`."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM promises WHERE subject = :subject"  # noqa: S608
        " AND (:at IS NULL OR (made_at, promise_id) < (:at, :id))"
        " ORDER BY made_at DESC, promise_id DESC LIMIT :limit",
        {
            "subject": subject,
            "at": after and after.made_at,
            "id": after and after.promise_id,
            "limit": limit,
        },
    )
    return [_promise(row) for row in rows]


def _promise(row: tuple[Any, ...]) -> Promise:
    one = dict(zip(_COLUMNS.split(", "), row, strict=True))
    amounts = {name: unpack_amount(one[name]) for name in ("amount", "paid")}
    return Promise(**(one | amounts))
