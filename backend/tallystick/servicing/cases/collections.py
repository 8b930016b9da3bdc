"""Cases of loans that fall behind, from opening to closing, and the queue of them."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import astuple, dataclass
from typing import Any, Final

from tallystick.db import Database, pack_amount, unpack_amount
from tallystick.identity.vault.vault import new_id
from tallystick.servicing.errors import CaseExists, CaseOver, CaseUnknown
from tallystick.trail.entry import Fact
from tallystick.trail.store import append

SERVICE: Final = "service"
"""Who acts when nobody does."""
_COLUMNS = (
    "collection_id, loan_id, chain_id, book, token, borrower, subject, state, cause, triggers,"
    " urgency, action, assignee, agency, opened_at, opened_day, opened_days, closed_at, closure,"
    " standing_day, days, due, outstanding, cure_ppm, expected"
)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a loan stood at the end of `day`. Amounts in base units: what was due, principal
    outstanding; `cure_ppm` is the probability that it is current again soon."""

    day: int
    days: int
    due: int
    outstanding: int
    cure_ppm: int

    @property
    def expected(self) -> int:
        """Of what is due, how much is expected to come in: the order of the queue."""
        return self.due * self.cure_ppm // 1_000_000


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose loan it is, and where. `subject` None: the wallet is nobody's here."""

    loan_id: bytes
    chain_id: int
    book: str
    token: str
    borrower: str
    subject: str | None


@dataclass(frozen=True, slots=True)
class Warned:
    """Why a case is opened: codes of triggers, the most urgent one's urgency (1 is most) and the
    action that it suggests. A person who opens one has no triggers."""

    triggers: tuple[str, ...] = ()
    urgency: int = 1
    action: str | None = None


@dataclass(frozen=True, slots=True)
class Collection:
    """A case. `closure` says why it was closed; `opened_days` past due when it was opened."""

    collection_id: str
    loan: Subject
    state: str
    cause: str
    warned: Warned
    assignee: str | None
    agency: str | None
    opened_at: int
    opened_day: int
    opened_days: int
    closed_at: int | None
    closure: str | None
    standing: Standing


@dataclass(frozen=True, slots=True)
class Action:
    """Something that was done in a case, beside contacts."""

    action_id: str
    actor: str
    action: str
    at: int


def open_case(
    conn: sqlite3.Connection,
    actor: str,
    loan: Subject,
    warned: Warned,
    standing: Standing,
    now: int,
) -> str:
    """A new case, and its id. Raises `CaseExists` while the loan has one."""
    made = new_id("collection")
    cause = "trigger" if actor == SERVICE else "person"
    try:
        conn.execute(
            f"INSERT INTO collections ({_COLUMNS}) VALUES"  # noqa: S608
            " (?, ?, ?, ?, ?, ?, ?, 'open', ?, ?, ?, ?, NULL, NULL, ?, ?, ?, NULL, NULL,"
            " ?, ?, ?, ?, ?, ?)",
            (
                made,
                *astuple(loan),
                cause,
                json.dumps(warned.triggers),
                warned.urgency,
                warned.action,
                now,
                standing.day,
                standing.days,
                *_standing_values(standing),
            ),
        )
    except sqlite3.IntegrityError:
        raise CaseExists("the loan has an open case") from None
    append(conn, Fact(actor, "open_collection", made, _hex(loan.loan_id)), now)
    return made


def assign(
    conn: sqlite3.Connection, actor: str, collection_id: str, assignee: str | None, now: int
) -> None:
    """Gives a case to somebody, or back to all. Raises `CaseUnknown`, `CaseOver`."""
    _running(conn, collection_id)
    conn.execute(
        "UPDATE collections SET assignee = ? WHERE collection_id = ?", (assignee, collection_id)
    )
    append(conn, Fact(actor, "assign_collection", collection_id, assignee or "nobody"), now)


def act(conn: sqlite3.Connection, actor: str, collection_id: str, action: str, now: int) -> None:
    """Records that something was done. Raises `CaseUnknown`, `CaseOver`."""
    _running(conn, collection_id)
    made = new_id("action")
    conn.execute(
        "INSERT INTO collection_actions (action_id, collection_id, actor, action, at)"
        " VALUES (?, ?, ?, ?, ?)",
        (made, collection_id, actor, action, now),
    )
    append(conn, Fact(actor, "act_in_collection", f"{collection_id}/{made}", action), now)


def warn(conn: sqlite3.Connection, collection: Collection, warned: Warned, now: int) -> None:
    """What early warning says of a case now."""
    if warned == collection.warned:
        return
    conn.execute(
        "UPDATE collections SET triggers = ?, urgency = ?, action = ? WHERE collection_id = ?",
        (json.dumps(warned.triggers), warned.urgency, warned.action, collection.collection_id),
    )
    codes = ".".join(warned.triggers)[:120] or "none"
    append(conn, Fact(SERVICE, "warn_collection", collection.collection_id, codes), now)


def stand(conn: sqlite3.Connection, collection_id: str, standing: Standing) -> None:
    """How the loan stands after a close; computed, so it is not in the trail."""
    conn.execute(
        "UPDATE collections SET (standing_day, days, due, outstanding, cure_ppm, expected) ="
        " (?, ?, ?, ?, ?, ?) WHERE collection_id = ?",
        (*_standing_values(standing), collection_id),
    )


def hand_over(
    conn: sqlite3.Connection, actor: str, collection_id: str, agency: str, now: int
) -> None:
    """An agency works on the case; the claim stays where it is. Raises `CaseUnknown`, `CaseOver`.

    To be called where two have agreed on it.
    """
    if _running(conn, collection_id).state != "open":
        raise CaseOver("agency")
    conn.execute(
        "UPDATE collections SET state = 'agency', agency = ? WHERE collection_id = ?",
        (agency, collection_id),
    )
    append(conn, Fact(actor, "hand_over_collection", collection_id, agency), now)


def recall(conn: sqlite3.Connection, actor: str, collection_id: str, now: int) -> None:
    """Takes a case back from its agency. Raises `CaseUnknown`, `CaseOver`."""
    found = _running(conn, collection_id)
    if found.state != "agency":
        raise CaseOver(found.state)
    conn.execute(
        "UPDATE collections SET state = 'open', agency = NULL WHERE collection_id = ?",
        (collection_id,),
    )
    append(conn, Fact(actor, "recall_collection", collection_id, found.agency or ""), now)


def close_case(
    conn: sqlite3.Connection, actor: str, collection_id: str, closure: str, now: int
) -> None:
    """Ends a case. Raises `CaseUnknown`, `CaseOver`."""
    _running(conn, collection_id)
    conn.execute(
        "UPDATE collections SET state = 'closed', closed_at = ?, closure = ?"
        " WHERE collection_id = ?",
        (now, closure, collection_id),
    )
    append(conn, Fact(actor, "close_collection", collection_id, closure), now)


def get(conn: sqlite3.Connection, collection_id: str) -> Collection:
    """Raises `CaseUnknown`."""
    row = conn.execute(
        f"SELECT {_COLUMNS} FROM collections WHERE collection_id = ?",  # noqa: S608
        (collection_id,),
    ).fetchone()
    if row is None:
        raise CaseUnknown(f"there is no case {collection_id}")
    return _collection(row)


def of_loan(db: Database, loan_id: bytes) -> list[Collection]:
    """Every case of a loan, the newest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM collections WHERE loan_id = ? ORDER BY opened_at DESC",  # noqa: S608
        (loan_id,),
    )
    return [_collection(row) for row in rows]


def queue(
    db: Database,
    token: str,
    limit: int,
    after: Collection | None = None,
    *,
    assignee: str | None = None,
    state: str | None = None,
) -> list[Collection]:
    """Cases that run in one token, the one that promises most at the head, those after `after`;
    of one assignee, in one state, or all."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM collections WHERE token = :token AND state <> 'closed'"  # noqa: S608
        " AND state = coalesce(:state, state)"
        " AND (:assignee IS NULL OR assignee = :assignee)"
        " AND (:id IS NULL OR expected < :expected"
        "  OR (expected = :expected AND collection_id > :id))"
        " ORDER BY expected DESC, collection_id LIMIT :limit",
        {
            "token": token,
            "state": state,
            "assignee": assignee,
            "id": after and after.collection_id,
            "expected": after and pack_amount(after.standing.expected),
            "limit": limit,
        },
    )
    return [_collection(row) for row in rows]


def tokens(db: Database) -> list[tuple[str, int, int]]:
    """Tokens in which cases run: address, how many, and when the oldest was opened; most first."""
    rows = db.execute(
        "SELECT token, count(*), min(opened_at) FROM collections WHERE state <> 'closed'"
        " GROUP BY token ORDER BY count(*) DESC, token"
    )
    return [(token, count, at) for token, count, at in rows]


def running(db: Database, after: str, limit: int) -> list[Collection]:
    """Up to `limit` cases that run, by id, after one."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM collections WHERE state <> 'closed'"  # noqa: S608
        " AND collection_id > ? ORDER BY collection_id LIMIT ?",
        (after, limit),
    )
    return [_collection(row) for row in rows]


def actions_of(db: Database, collection_id: str) -> list[Action]:
    """What was done in a case, oldest first."""
    rows = db.execute(
        "SELECT action_id, actor, action, at FROM collection_actions WHERE collection_id = ?"
        " ORDER BY at, action_id",
        (collection_id,),
    )
    return [Action(*row) for row in rows]


def _running(conn: sqlite3.Connection, collection_id: str) -> Collection:
    found = get(conn, collection_id)
    if found.state == "closed":
        raise CaseOver("closed")
    return found


def _standing_values(standing: Standing) -> tuple[object, ...]:
    return (
        standing.day,
        standing.days,
        pack_amount(standing.due),
        pack_amount(standing.outstanding),
        standing.cure_ppm,
        pack_amount(standing.expected),
    )


def _collection(row: tuple[Any, ...]) -> Collection:
    one = dict(zip(_COLUMNS.split(", "), row, strict=True))
    loan = (one[name] for name in Subject.__slots__)
    triggers = tuple(json.loads(one["triggers"]))
    due, outstanding = unpack_amount(one["due"]), unpack_amount(one["outstanding"])
    return Collection(
        collection_id=one["collection_id"],
        loan=Subject(*loan),
        state=one["state"],
        cause=one["cause"],
        warned=Warned(triggers, one["urgency"], one["action"]),
        assignee=one["assignee"],
        agency=one["agency"],
        opened_at=one["opened_at"],
        opened_day=one["opened_day"],
        opened_days=one["opened_days"],
        closed_at=one["closed_at"],
        closure=one["closure"],
        standing=Standing(one["standing_day"], one["days"], due, outstanding, one["cure_ppm"]),
    )


def _hex(loan_id: bytes) -> str:
    return "0x" + loan_id.hex()
