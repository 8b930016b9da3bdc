"""Flows of claims and their sums in the database."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import NamedTuple

from tallystick.db import Database
from tallystick.indexer.schema import event_id
from tallystick.loans.returns import Amounts, Flows, Owing


class Progress(NamedTuple):
    """How far an account's claims on a chain are counted: see `claim_books`."""

    books: str
    number: int
    hash: bytes
    filled: int | None


class Counted(NamedTuple):
    """One loan as counted: row and last event in the index, token, the account's flows."""

    loan: int
    last: int
    token: str
    flows: Flows


@dataclass(slots=True)
class Total:
    """Sums over the claims of one token that were counted."""

    claims: int = 0
    flows: Flows = field(default_factory=Flows)


def progress(db: Database, account: str, chain: int) -> Progress | None:
    """How far the claims of an account are counted; None before the first."""
    found = db.execute(
        "SELECT books, number, hash, filled FROM claim_books WHERE account = ? AND chain = ?",
        [account, chain],
    ).fetchone()
    return found and Progress(*found)


def put_progress(conn: sqlite3.Connection, account: str, chain: int, now: Progress) -> None:
    """Stores how far they are."""
    conn.execute(
        "INSERT OR REPLACE INTO claim_books VALUES (?, ?, ?, ?, ?, ?)", (account, chain, *now)
    )


def forget(conn: sqlite3.Connection, account: str, chain: int) -> None:
    """Takes an account's claims on a chain away, to be counted anew."""
    conn.execute("DELETE FROM claim_books WHERE account = ? AND chain = ?", (account, chain))
    conn.execute("DELETE FROM claim_totals WHERE account = ? AND chain = ?", (account, chain))
    conn.execute(
        "DELETE FROM claim_flows WHERE account = ? AND loan BETWEEN ? AND ?",
        (account, *ids_of(chain)),
    )


def ids_of(chain: int) -> tuple[int, int]:
    """The least and the greatest id of a chain's events."""
    return event_id(0, 0, chain), event_id(0, 0, chain + 1) - 1


def later_than(db: Database, account: str, chain: int, number: int) -> list[int]:
    """Loans that were counted with an event above a block."""
    found = db.execute(
        "SELECT loan FROM claim_flows WHERE account = ? AND last BETWEEN ? AND ?",
        [account, event_id(number + 1, 0, chain), ids_of(chain)[1]],
    )
    return [loan for (loan,) in found]


def put(
    conn: sqlite3.Connection,
    account: str,
    chain: int,
    loans: Sequence[int],
    counted: Iterable[Counted],
) -> None:
    """Counts `loans` as they are now, and no longer as they were; one of which nothing is counted
    is taken out."""
    totals: dict[str, Total] = {}

    def total(token: str) -> Total:
        if token not in totals:
            totals[token] = _total(conn, account, chain, token)
        return totals[token]

    for loan in loans:
        before = conn.execute(
            "DELETE FROM claim_flows WHERE account = ? AND loan = ? RETURNING token, flows",
            (account, loan),
        ).fetchone()
        if before is not None:
            total(before[0]).claims -= 1
            total(before[0]).flows.add(_read(before[1]), -1)
    for one in counted:
        conn.execute(
            "INSERT INTO claim_flows VALUES (?, ?, ?, ?, ?)",
            (account, one.loan, one.last, one.token, _write(one.flows)),
        )
        total(one.token).claims += 1
        total(one.token).flows.add(one.flows)
    for token, sums in totals.items():
        conn.execute(
            "INSERT OR REPLACE INTO claim_totals VALUES (?, ?, ?, ?, ?)",
            (account, chain, token, sums.claims, _write(sums.flows)),
        )


def totals(db: Database, accounts: Iterable[str], chain: int) -> dict[str, Total]:
    """By token, over several accounts."""
    found: dict[str, Total] = {}
    for account in accounts:
        rows = db.execute(
            "SELECT token, claims, flows FROM claim_totals WHERE account = ? AND chain = ? "
            "AND claims > 0 ORDER BY token",
            [account, chain],
        )
        for token, claims, flows in rows:
            sums = found.setdefault(token, Total())
            sums.claims += claims
            sums.flows.add(_read(flows))
    return found


def loans_before(
    db: Database, account: str, chain: int, token: str, before: int, limit: int
) -> list[int]:
    """Rows of the index of counted loans in a token that come before one, the newest first."""
    found = db.execute(
        "SELECT loan FROM claim_flows WHERE account = ? AND loan >= ? AND loan < ? AND token = ? "
        "ORDER BY loan DESC LIMIT ?",
        [account, ids_of(chain)[0], before, token, limit],
    )
    return [loan for (loan,) in found]


def flows_in(db: Database, account: str, loans: Sequence[int]) -> dict[int, Flows]:
    """Of those of the loans that are counted, by row of the index."""
    holes = ", ".join("?" * len(loans))
    rows = db.execute(
        f"SELECT loan, flows FROM claim_flows WHERE account = ? AND loan IN ({holes})",  # noqa: S608
        [account, *loans],
    )
    return {loan: _read(flows) for loan, flows in rows}


def _total(conn: sqlite3.Connection, account: str, chain: int, token: str) -> Total:
    found = conn.execute(
        "SELECT claims, flows FROM claim_totals WHERE account = ? AND chain = ? AND token = ?",
        (account, chain, token),
    ).fetchone()
    return Total() if found is None else Total(found[0], _read(found[1]))


def _write(flows: Flows) -> str:
    return json.dumps(asdict(flows), separators=(",", ":"))


def _read(text: str) -> Flows:
    given = json.loads(text)

    def by_month(name: str) -> dict[int, Amounts]:
        return {
            int(month): (penalty, interest, fee, principal)
            for month, (penalty, interest, fee, principal) in given[name].items()
        }

    def by_day(name: str) -> dict[int, Owing]:
        return {int(day): (claims, left) for day, (claims, left) in given[name].items()}

    return Flows(
        days={int(day): amount for day, amount in given["days"].items()},
        agreed=by_month("agreed"),
        received=by_month("received"),
        coming=by_month("coming"),
        running=by_day("running"),
        defaulted=by_day("defaulted"),
        written_off=by_day("written_off"),
        outlay=given["outlay"],
        proceeds=given["proceeds"],
        moved=given["moved"],
    )
