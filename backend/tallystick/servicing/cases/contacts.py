"""The contact log, and how often and when a borrower may be contacted."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from tallystick.db import Database
from tallystick.identity.vault.vault import new_id
from tallystick.servicing.cases.collections import Collection
from tallystick.servicing.errors import CaseOver, ContactRefused
from tallystick.servicing.policy import ServicingPolicy
from tallystick.trail.entry import Fact
from tallystick.trail.store import append

Direction = Literal["out", "in"]
CHANNELS: Final = ("call", "message", "email", "letter", "visit")
OUTCOMES: Final = ("reached", "not_reached", "refused", "wrong_person", "promised", "left_message")
DAY, WEEK = 86_400, 7 * 86_400


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact. `out` is by us; `noted`: words about it are in the vault."""

    contact_id: str
    collector: str
    direction: str
    channel: str
    outcome: str
    noted: bool
    at: int


@dataclass(frozen=True, slots=True)
class Said:
    """What is to be recorded."""

    direction: Direction
    channel: str
    outcome: str


def check(
    conn: sqlite3.Connection, collection: Collection, policy: ServicingPolicy, now: int
) -> None:
    """Raises `ContactRefused` unless the borrower may be contacted now."""
    rules, loan = policy.contacts, collection.loan
    if rules.pause_on_dispute:
        disputed = conn.execute(
            "SELECT 1 FROM disputes WHERE loan_id = ? AND kind = 'dispute' AND state = 'open'",
            (loan.loan_id,),
        ).fetchone()
        if disputed:
            raise ContactRefused("disputed", None)
    local = datetime.fromtimestamp(now, policy.zone_of(loan.chain_id, loan.book))
    if rules.quiet(local.time()):
        raise ContactRefused("quiet_hours", _quiet_ends(local, policy))
    for reason, most, seconds in (
        ("per_day", rules.per_day, DAY),
        ("per_week", rules.per_week, WEEK),
    ):
        times = [
            at
            for (at,) in conn.execute(
                "SELECT at FROM collection_contacts WHERE borrower = ? AND direction = 'out'"
                " AND at > ? ORDER BY at DESC LIMIT ?",
                (loan.borrower, now - seconds, max(1, most)),
            )
        ]
        if len(times) >= most:
            raise ContactRefused(reason, times[-1] + seconds if most else None)


def record(
    conn: sqlite3.Connection,
    collector: str,
    collection: Collection,
    said: Said,
    now: int,
    *,
    noted: bool,
) -> str:
    """Enters a contact that `check` allows, or that the borrower made. Raises `CaseOver`."""
    if collection.state == "closed":
        raise CaseOver("closed")
    made = new_id("contact")
    conn.execute(
        "INSERT INTO collection_contacts (contact_id, collection_id, borrower, collector,"
        " direction, channel, outcome, noted, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            made,
            collection.collection_id,
            collection.loan.borrower,
            collector,
            said.direction,
            said.channel,
            said.outcome,
            int(noted),
            now,
        ),
    )
    what = f"{said.direction}:{said.channel}:{said.outcome}"
    object_ = f"{collection.collection_id}/{made}"
    append(conn, Fact(collector, "record_contact", object_, what), now)
    return made


def contacts_of(db: Database, collection_id: str) -> list[Contact]:
    """The contacts of a case, oldest first."""
    rows = db.execute(
        "SELECT contact_id, collector, direction, channel, outcome, noted, at"
        " FROM collection_contacts WHERE collection_id = ? ORDER BY at, contact_id",
        (collection_id,),
    )
    return [
        Contact(id_, collector, direction, channel, outcome, bool(noted), at)
        for id_, collector, direction, channel, outcome, noted, at in rows
    ]


def _quiet_ends(local: datetime, policy: ServicingPolicy) -> int:
    end = local.replace(
        hour=policy.contacts.quiet_until.hour,
        minute=policy.contacts.quiet_until.minute,
        second=0,
        microsecond=0,
    )
    return int((end if end > local else end + timedelta(days=1)).timestamp())
