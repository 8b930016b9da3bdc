"""Traces of applications: blind indexes of what another application may share, and what they show.

A trace counts for an application if it was written before that application's own: screening the
same application again finds the same.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from tallystick.screening.application import Application
from tallystick.screening.hits import Fact, Hit, Severity, found
from tallystick.screening.rules import Rules

_HOUR = 3600
_FRAUDS = """
    SELECT DISTINCT h.subject FROM json_each(?) s
    JOIN hits h ON h.subject = s.value JOIN reviews r ON r.hit = h.id
    WHERE r.outcome = 'confirmed' AND r.id = (SELECT max(id) FROM reviews WHERE hit = h.id)
"""


class Blinds(Protocol):
    """The vault's blind indexes."""

    def blind(self, name: str, value: str) -> bytes:
        """A keyed hash of the value's normal form."""

    def find(self, name: str, value: str) -> str | None:
        """The subject that was given `value` under the index `name`."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One blinded value of an application, and the vault's owner of it if there is one."""

    kind: str
    digest: bytes
    owner: str | None


@dataclass(frozen=True, slots=True)
class Tracks:
    """An application with its traces; only those before the id `before` are older."""

    application: Application
    traces: tuple[Trace, ...]
    before: int


@dataclass(frozen=True, slots=True)
class Blinded:
    """What of an application is kept: its traces, and pairs of wallets between which money went."""

    traces: tuple[Trace, ...]
    transfers: tuple[tuple[bytes, bytes], ...]


def blinded(application: Application, blinds: Blinds) -> Blinded:
    """What is kept of an application, to be written with `record`."""
    own = Trace("applicant", blinds.blind("applicant", application.subject), None)
    traces = (
        Trace(kind, blinds.blind(kind, value), blinds.find(kind, value))
        for kind, value in application.traces()
    )
    transfers = (
        (blinds.blind("wallet", wallet), blinds.blind("wallet", sender))
        for wallet, senders in application.funders.items()
        for sender in senders
    )
    return Blinded((own, *traces), tuple(transfers))


def record(conn: sqlite3.Connection, application: Application, kept: Blinded) -> Tracks:
    """Writes the traces, once for every application."""
    mine = "SELECT min(id) FROM traces WHERE application = ?"
    (first,) = conn.execute(mine, (application.application_id,)).fetchone()
    if first is None:
        conn.executemany(
            "INSERT INTO traces (application, subject, kind, digest, at) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            [
                (application.application_id, application.subject, t.kind, t.digest, application.at)
                for t in kept.traces
            ],
        )
        (first,) = conn.execute(mine, (application.application_id,)).fetchone()
        conn.executemany(
            "INSERT INTO transfers (one, other, trace, at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            [(*pair, first, application.at) for pair in kept.transfers],
        )
    return Tracks(application, kept.traces, first)


def velocity(conn: sqlite3.Connection, tracks: Tracks, rules: Rules) -> Iterable[Hit]:
    """More applications or applicants with one value than is usual."""
    application = tracks.application
    for rule in rules.velocity:
        since = application.at - rule.hours * _HOUR
        for trace in tracks.traces:
            if trace.kind != rule.of:
                continue
            others = _since(conn, tracks, trace, since)
            own = application.application_id, application.subject
            which = 0 if rule.count == "applications" else 1
            names = {row[which] for row in others} | {own[which]}
            if len(names) > rule.most:
                facts: dict[str, Fact] = {
                    "of": rule.of,
                    "counted": rule.count,
                    "count": len(names),
                    "hours": rule.hours,
                    "most": rule.most,
                }
                compared = [trace.digest.hex(), sorted(names)]
                yield found("velocity", rule.severity, facts, compared, rules.digest)


def duplicates(conn: sqlite3.Connection, tracks: Tracks, rules: Rules) -> Iterable[Hit]:
    """Values that belong to somebody else, and values of those whose fraud was confirmed."""
    for trace in tracks.traces:
        others = _others(conn, tracks, trace)
        if not others:
            continue
        compared = [trace.digest.hex(), sorted(others)]
        if trace.kind in rules.duplicates:
            facts: dict[str, Fact] = {"of": trace.kind, "others": len(others)}
            severity = rules.duplicates[trace.kind]
            yield found("duplicate", severity, facts, compared, rules.digest)
        frauds = frauds_among(conn, others) if trace.kind in rules.known_fraud else ()
        if frauds:
            known = [trace.digest.hex(), sorted(frauds)]
            severity = rules.known_fraud[trace.kind]
            yield found("known_fraud", severity, {"of": trace.kind}, known, rules.digest)


def own_fraud(conn: sqlite3.Connection, tracks: Tracks, rules: Rules) -> Iterable[Hit]:
    """The applicant's own confirmed fraud."""
    subject = tracks.application.subject
    if frauds_among(conn, {subject}):
        facts = {"of": "applicant"}
        yield found("known_fraud", Severity.DECLINE, facts, [subject], rules.digest)


def frauds_among(conn: sqlite3.Connection, subjects: Collection[str]) -> set[str]:
    """Those of the subjects whose fraud the newest review of one of their hits confirmed."""
    rows = conn.execute(_FRAUDS, (json.dumps(sorted(subjects)),))
    return {subject for (subject,) in rows}


def _since(
    conn: sqlite3.Connection, tracks: Tracks, trace: Trace, since: int
) -> list[tuple[str, str]]:
    return conn.execute(
        "SELECT application, subject FROM traces"
        " WHERE digest = ? AND kind = ? AND at > ? AND id < ?",
        (trace.digest, trace.kind, since, tracks.before),
    ).fetchall()


def _others(conn: sqlite3.Connection, tracks: Tracks, trace: Trace) -> set[str]:
    """Subjects other than the applicant with the same value."""
    subject = tracks.application.subject
    rows = conn.execute(
        "SELECT DISTINCT subject FROM traces WHERE digest = ? AND kind = ? AND id < ?",
        (trace.digest, trace.kind, tracks.before),
    )
    return {*(name for (name,) in rows), *([trace.owner] if trace.owner else [])} - {subject}
