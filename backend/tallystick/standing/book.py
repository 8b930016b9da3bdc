"""Credit records with what people say about them: disputes, corrections, attested standing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from tallystick.db import Database, migrate, write
from tallystick.identity.access.access import Access
from tallystick.identity.attestations import Attestation, Gate
from tallystick.identity.vault.vault import new_id
from tallystick.indexer.repository import LoanFilter, get_loan, list_loans
from tallystick.loans.calendar import SECONDS_PER_DAY, day_at
from tallystick.loans.fold import LoanState
from tallystick.standing.errors import DisputeClosed, DisputeUnknown, EntryUnknown
from tallystick.standing.record import Entry, entries_of
from tallystick.standing.rules import StandingRules
from tallystick.standing.schema import schema
from tallystick.trail.entry import Fact
from tallystick.trail.store import append

PUBLISH = "publish_standing"
"""The purpose to which a subject consents for its record to be public."""
RESTORED = "restored_standing"
"""Name of the attestation's kind."""
FUND, FUND_DAYS = "repair_fund", 30
"""That the repair fund may help, and for how long; it ends with the standing."""
Outcome = Literal["corrected", "stands"]
_PAGE = 200
_COLUMNS = "dispute_id, subject, entry_id, filed_at, due_at, outcome, reason, actor, answered_at"


@dataclass(frozen=True, slots=True)
class Dispute:
    """One dispute. `outcome` None while it waits."""

    dispute_id: str
    subject: str
    entry_id: str
    filed_at: int
    due_at: int
    outcome: Outcome | None
    reason: str | None
    actor: str | None
    answered_at: int | None


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as it is told: `expired`, `corrected` with the `reason`, `disputed`, or
    `suspended`, because nobody answered its dispute in time."""

    entry: Entry
    state: Literal["told", "expired", "corrected", "disputed", "suspended"]
    reason: str | None = None

    @property
    def is_told(self) -> bool:
        """Whether others see it."""
        return self.state in ("told", "disputed")


class CreditBook:
    """Records by subject. Safe to share between threads."""

    def __init__(self, access: Access, rules: StandingRules) -> None:
        self.access = access
        self.rules = rules
        with access.file.open() as db:
            migrate(db, schema)

    def record(self, index: Database, subject: str, now: int) -> list[Line]:
        """The record over all wallets of a subject at Unix second `now`, newest entry first."""
        wallets = [wallet.address for wallet in self.access.wallets.of_subject(subject)]
        found = entries_of(_loans_of(index, wallets), day_at(now), self.rules)
        with self.access.file.open() as db:
            corrected = dict(
                db.execute(
                    "SELECT entry_id, reason FROM standing_corrections WHERE subject = ?",
                    (subject,),
                ).fetchall()
            )
            disputed = dict(
                db.execute(
                    "SELECT entry_id, due_at FROM standing_disputes"
                    " WHERE subject = ? AND outcome IS NULL",
                    (subject,),
                ).fetchall()
            )
        return [_line(entry, corrected, disputed, now) for entry in found]

    def public(self, index: Database, wallet: str, now: int) -> list[Line] | None:
        """What others see of the one who owns a wallet; None unless there is such a subject and it
        consents to publicity."""
        subject = self.access.vault.find("wallet", wallet)
        if subject is None or not self._consents(subject):
            return None
        return [line for line in self.record(index, subject, now) if line.is_told]

    def dispute(self, index: Database, subject: str, entry_id: str, text: str, now: int) -> Dispute:
        """The subject says that an entry is wrong; what it writes is sealed.

        Raises `EntryUnknown`, `DisputeClosed`.
        """
        self._entry(index, subject, entry_id, now)
        dispute_id = new_id("dispute")
        due = now + self.rules.dispute_days * SECONDS_PER_DAY
        self.access.vault.put(subject, f"dispute:{dispute_id}", {"text": text.encode()})
        with self.access.file.open() as db, write(db) as conn:
            try:
                conn.execute(
                    f"INSERT INTO standing_disputes ({_COLUMNS})"  # noqa: S608
                    " VALUES (?, ?, ?, ?, ?, NULL, NULL, NULL, NULL)",
                    (dispute_id, subject, entry_id, now, due),
                )
            except sqlite3.IntegrityError:
                raise DisputeClosed("the entry is disputed already") from None
            self._note(conn, subject, "dispute", dispute_id, entry_id)
        return self.get(dispute_id)

    def answer(
        self, actor: str, dispute_id: str, outcome: Outcome, reason: str, now: int
    ) -> Dispute:
        """A person answers a dispute, with a word as reason. Raises `DisputeUnknown`,
        `DisputeClosed`."""
        found = self.get(dispute_id)
        with self.access.file.open() as db, write(db) as conn:
            changed = conn.execute(
                "UPDATE standing_disputes SET outcome = ?, reason = ?, actor = ?, answered_at = ?"
                " WHERE dispute_id = ? AND outcome IS NULL",
                (outcome, reason, actor, now, dispute_id),
            )
            if not changed.rowcount:
                raise DisputeClosed("the dispute is answered")
            if outcome == "corrected":
                _correct(conn, found, reason, actor, now)
            self._note(conn, actor, f"dispute_{outcome}", dispute_id, reason)
        return self.get(dispute_id)

    def words(self, actor: str, dispute: Dispute) -> str:
        """What the subject wrote; the read is in the trail. Raises `ReadRefused`."""
        purpose = "own_request" if actor == dispute.subject else "repair_review"
        self.access.rights.admit(actor, dispute.subject, "repair", purpose)
        kept = self.access.vault.get(dispute.subject, f"dispute:{dispute.dispute_id}")
        return kept.fields["text"].decode()

    def get(self, dispute_id: str) -> Dispute:
        """Raises `DisputeUnknown`."""
        found = self._select("dispute_id = ?", dispute_id)
        if not found:
            raise DisputeUnknown(dispute_id)
        return found[0]

    def waiting(self, limit: int) -> list[Dispute]:
        """Disputes without answer, the one that is due first before the others."""
        return self._select("outcome IS NULL ORDER BY due_at, dispute_id LIMIT ?", limit)

    def attest(
        self, subject: str, wallet: str, name: str, key: str, gate: Gate, now: int
    ) -> Attestation:
        """The issuer's word, `RESTORED` or `FUND`, for one of the subject's wallets.

        The caller has checked that it holds. Raises ValueError for a key that is none.
        """
        days = FUND_DAYS if name == FUND else self.rules.attestation_days
        until = now + days * SECONDS_PER_DAY - 1
        made = Attestation.issue(key, gate, wallet, name, (now, until))
        with self.access.file.open() as db, write(db) as conn:
            conn.execute(
                "INSERT INTO attestations (digest, subject, kind, expires_at, state)"
                " VALUES (?, ?, ?, ?, 'valid')",
                (made.digest(gate), subject, name, made.expires_at),
            )
            self._note(conn, "service", "attest", subject, name)
        return made

    def attested(self) -> list[str]:
        """Subjects whose restored standing is attested."""
        with self.access.file.open() as db:
            rows = db.execute(
                "SELECT DISTINCT subject FROM attestations WHERE kind = ? AND state = 'valid'",
                (RESTORED,),
            ).fetchall()
        return [subject for (subject,) in rows]

    def lose(self, subject: str, reason: str) -> bool:
        """Marks what was attested of a subject's standing to be revoked on chain; whether there
        was anything."""
        with self.access.file.open() as db, write(db) as conn:
            changed = conn.execute(
                "UPDATE attestations SET state = 'to_revoke'"
                " WHERE subject = ? AND kind IN (?, ?) AND state = 'valid'",
                (subject, RESTORED, FUND),
            )
            if changed.rowcount:
                self._note(conn, "service", "lose_standing", subject, reason)
        return bool(changed.rowcount)

    def _consents(self, subject: str) -> bool:
        given = self.access.rights.consents.of_subject(subject)
        return any(one.purpose == PUBLISH and one.withdrawn_at is None for one in given)

    def _entry(self, index: Database, subject: str, entry_id: str, now: int) -> Line:
        for line in self.record(index, subject, now):
            if line.entry.entry_id == entry_id:
                if line.state == "corrected":
                    raise DisputeClosed("the entry is corrected already")
                return line
        raise EntryUnknown(entry_id)

    def _note(
        self, conn: sqlite3.Connection, actor: str, act: str, object_: str, purpose: str
    ) -> None:
        append(conn, Fact(actor, act, object_, purpose), self.access.vault.now())

    def _select(self, where: str, *parameters: object) -> list[Dispute]:
        with self.access.file.open() as db:
            rows: list[Any] = db.execute(
                f"SELECT {_COLUMNS} FROM standing_disputes WHERE {where}",  # noqa: S608
                parameters,
            ).fetchall()
        return [Dispute(*row) for row in rows]


def _line(entry: Entry, corrected: dict[str, str], disputed: dict[str, int], now: int) -> Line:
    id_ = entry.entry_id
    if id_ in corrected:
        return Line(entry, "corrected", corrected[id_])
    if not entry.is_told(day_at(now)):
        return Line(entry, "expired")
    if id_ in disputed:
        return Line(entry, "disputed" if now <= disputed[id_] else "suspended")
    return Line(entry, "told")


def _correct(conn: sqlite3.Connection, dispute: Dispute, reason: str, actor: str, now: int) -> None:
    conn.execute(
        "INSERT INTO standing_corrections (entry_id, subject, reason, actor, at)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (entry_id) DO NOTHING",
        (dispute.entry_id, dispute.subject, reason, actor, now),
    )


def _loans_of(index: Database, wallets: Iterable[str]) -> list[LoanState]:
    """Every loan of these borrowers, with its payments."""
    found = []
    for wallet in wallets:
        after = None
        while page := list_loans(index, LoanFilter(borrower=wallet), after, _PAGE):
            after = page[-1].loan_id
            found += [get_loan(index, bare.loan_id) for bare in page]
    return [loan for loan in found if loan is not None]
