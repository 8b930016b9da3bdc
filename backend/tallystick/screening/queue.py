"""The queue of hits that people judge, and what they said."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from tallystick.db import Database
from tallystick.screening.application import Application
from tallystick.screening.errors import HitUnknown, ReviewRefused
from tallystick.screening.hits import Hit, Severity

Outcome = Literal["confirmed", "cleared"]

MOST_CHARACTERS = 1000


@dataclass(frozen=True, slots=True)
class Review:
    """What a reviewer said of a hit, and why. `at` in Unix seconds."""

    reviewer: str
    outcome: Outcome
    reason: str
    at: int


@dataclass(frozen=True, slots=True)
class Filed:
    """A hit as it lies in the queue, with its reviews, oldest first."""

    hit_id: int
    application: str
    subject: str
    hit: Hit
    rules: str
    at: int
    reviews: tuple[Review, ...] = ()


def file_hits(
    conn: sqlite3.Connection, application: Application, hits: Iterable[Hit], rules: str
) -> None:
    """Puts hits into the queue, each once."""
    conn.executemany(
        "INSERT INTO hits (application, subject, rule, severity, facts, evidence, rules, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [
            (
                application.application_id,
                application.subject,
                hit.rule,
                hit.severity.value,
                json.dumps(dict(hit.facts), sort_keys=True, ensure_ascii=False),
                hit.evidence,
                rules,
                application.at,
            )
            for hit in hits
        ],
    )


def open_hits(db: Database, limit: int = 50, after: int = 0) -> list[Filed]:
    """Up to `limit` hits that wait for a person, oldest first, after the hit with id `after`."""
    return _filed(
        db,
        "WHERE severity <> 'info' AND id > ? AND NOT EXISTS"
        " (SELECT 1 FROM reviews r WHERE r.hit = hits.id) ORDER BY id LIMIT ?",
        (after, limit),
    )


def hits_of(db: Database, application: str) -> list[Filed]:
    """Every hit of an application."""
    return _filed(db, "WHERE application = ? ORDER BY id", (application,))


def hit_of(db: Database, hit_id: int) -> Filed:
    """Raises `HitUnknown`."""
    found = _filed(db, "WHERE id = ?", (hit_id,))
    if not found:
        raise HitUnknown(f"there is no hit {hit_id}")
    return found[0]


def review(
    conn: sqlite3.Connection, hit_id: int, reviewer: str, outcome: Outcome, reason: str, at: int
) -> None:
    """Adds what a reviewer says; the newest review of a hit stands.

    Raises `HitUnknown`, and `ReviewRefused` for an applicant's own hit or without a reason.
    """
    row = conn.execute("SELECT subject FROM hits WHERE id = ?", (hit_id,)).fetchone()
    if row is None:
        raise HitUnknown(f"there is no hit {hit_id}")
    if row[0] == reviewer:
        raise ReviewRefused("nobody reviews a hit of their own")
    if not 0 < len(reason.strip()) <= MOST_CHARACTERS:
        raise ReviewRefused(f"the reason must have 1 to {MOST_CHARACTERS} characters")
    if outcome not in ("confirmed", "cleared"):
        raise ReviewRefused("the outcome must be confirmed or cleared")
    conn.execute(
        "INSERT INTO reviews (hit, reviewer, outcome, reason, at) VALUES (?, ?, ?, ?, ?)",
        (hit_id, reviewer, outcome, reason.strip(), at),
    )


def _filed(db: Database, where: str, parameters: tuple[object, ...]) -> list[Filed]:
    columns = "id, application, subject, rule, severity, facts, evidence, rules, at"
    rows = db.execute(f"SELECT {columns} FROM hits {where}", parameters).fetchall()  # noqa: S608 - our own text
    filed = []
    for id_, application, subject, rule, severity, facts, evidence, rules, at in rows:
        hit = Hit(rule, Severity(severity), json.loads(facts), evidence)
        said = db.execute(
            "SELECT reviewer, outcome, reason, at FROM reviews WHERE hit = ? ORDER BY id", (id_,)
        )
        reviews = tuple(Review(*row) for row in said)
        filed.append(Filed(id_, application, subject, hit, rules, at, reviews))
    return filed
