"""The one door to personal data: every read states who and why, is checked, and is in the trail
before anything is decrypted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tallystick.db import write
from tallystick.identity.rights.consents import Consent, Consents, in_force
from tallystick.identity.rights.errors import ReadRefused
from tallystick.identity.rights.objections import Objections
from tallystick.identity.rights.purposes import Basis, Purpose, purpose_named
from tallystick.identity.rights.records import clean, fields_of
from tallystick.identity.vault import Record, RecordHead, Vault
from tallystick.identity.vault.erasure import Erasure, erase, receipt
from tallystick.identity.vault.files import PrivateFile
from tallystick.trail.entry import Entry, Fact
from tallystick.trail.store import append, entries_about


@dataclass(frozen=True, slots=True)
class Export:
    """Everything that is kept of one subject."""

    records: list[Record]
    consents: list[Consent]
    restricted_since: int | None
    trail: list[Entry]


@dataclass(frozen=True, slots=True)
class Standing:
    """What a read depends on: `own`, the subject asks; it restricted reads; it consents."""

    own: bool
    restricted: bool
    consents: bool


class Rights:
    """Reads and requests about personal data. `actor` is whoever asks: an id, never a name."""

    def __init__(self, file: PrivateFile, vault: Vault) -> None:
        self._file = file
        self._vault = vault
        self.consents = Consents(file, vault)
        self.objections = Objections(file, vault)

    def read(
        self, actor: str, subject: str, record: str, purpose: str, version: int | None = None
    ) -> Record:
        """A record, if `purpose` permits `actor` to see it; the newest version if none is named.

        Raises `ReadRefused`, `PurposeUnknown`, `RecordUnknown`, `SubjectUnknown`, `SubjectErased`.
        """
        fields_of(record)
        self.admit(actor, subject, record, purpose)
        return self._vault.get(subject, record, version)

    def admit(self, actor: str, subject: str, record: str, purpose: str) -> None:
        """Checks a read and writes it, or its refusal, into the trail. Raises as `read`."""
        self.admit_each(actor, subject, [(record, purpose)])

    def admit_each(self, actor: str, subject: str, reads: Iterable[tuple[str, str]]) -> None:
        """The same for several reads (record, purpose) at once; none is permitted unless all are.

        Raises as `read`, for the first that is refused.
        """
        asked = [(record, purpose_named(purpose)) for record, purpose in reads]
        refused = None
        with self._file.open() as db, write(db) as conn:
            since = conn.execute(
                "SELECT since FROM restrictions WHERE subject = ?", (subject,)
            ).fetchone()
            for record, purpose in asked:
                consented = in_force(db, subject, purpose.name)
                standing = Standing(actor == subject, since is not None, consented)
                reason = _refusal(purpose, record, standing)
                refused = refused or reason
                act = "read" if reason is None else "read_refused"
                fact = Fact(actor, act, f"{subject}/{record}", purpose.name)
                append(conn, fact, self._vault.now())
        if refused is not None:
            raise ReadRefused(refused)

    def correct(self, subject: str, record: str, fields: Mapping[str, str], after: int) -> int:
        """Writes what the subject says of itself as the version next to `after`, and returns it.

        What was said before stays readable as an earlier version. Raises `FieldRefused`,
        `PurposeUnknown`, `RecordChanged`, `SubjectErased`.
        """
        stored = clean(record, fields)
        self._note(subject, "correct", f"{subject}/{record}")
        return self._vault.put(subject, record, stored, after=after)

    def versions(self, subject: str, record: str) -> list[RecordHead]:
        """Versions of a record without content, oldest first."""
        return [head for head in self._vault.records(subject) if head.record == record]

    def restrict(self, subject: str, *, restricted: bool) -> int | None:
        """Stops every read but the subject's own and those that the law demands, or allows them.

        Returns since when reads are restricted, in Unix seconds.
        """
        now = self._vault.now()
        with self._file.open() as db, write(db) as conn:
            if restricted:
                conn.execute(
                    "INSERT INTO restrictions (subject, since) VALUES (?, ?)"
                    " ON CONFLICT (subject) DO NOTHING",
                    (subject, now),
                )
            else:
                conn.execute("DELETE FROM restrictions WHERE subject = ?", (subject,))
            act = "restrict" if restricted else "unrestrict"
            append(conn, Fact(subject, act, subject, "own_request"), now)
        return self.restricted_since(subject)

    def restricted_since(self, subject: str) -> int | None:
        """Since when reads are restricted; None when they are not."""
        with self._file.open() as db:
            row = db.execute(
                "SELECT since FROM restrictions WHERE subject = ?", (subject,)
            ).fetchone()
        return None if row is None else int(row[0])

    def export(self, subject: str) -> Export:
        """Everything, every version, in one answer. Raises `SubjectErased`."""
        self._note(subject, "export", subject)
        with self._file.open() as db:
            trail = entries_about(db, subject)
        records = [
            self._vault.get(subject, head.record, head.version)
            for head in self._vault.records(subject)
        ]
        consents, since = self.consents.of_subject(subject), self.restricted_since(subject)
        return Export(records, consents, since, trail)

    def erase(self, subject: str) -> Erasure:
        """Erases the subject: sessions, roles and keys here, everything else in the vault.

        Asked again after an interruption, it goes on. Raises `OnHold`, `ScrubBlocked`.
        """
        self._note(subject, "ask_erasure", subject)
        done = erase(self._vault, subject)
        with self._file.open() as db, write(db) as conn:
            append(conn, Fact(subject, "erase", done.erasure_id, "own_request"), self._vault.now())
            for table in (
                "sessions",
                "restrictions",
                "roles",
                "api_keys",
                "kyc_cases",
                "kyc_levels",
                "objections",
            ):
                conn.execute(f"DELETE FROM {table} WHERE subject = ?", (subject,))  # noqa: S608
            conn.execute(
                "UPDATE attestations SET state = 'to_revoke' WHERE subject = ? AND state = 'valid'",
                (subject,),
            )
        return done

    def receipt(self, erasure_id: str) -> Erasure:
        """The receipt of an erasure, for whoever knows its id. Raises `SubjectUnknown`."""
        return receipt(self._vault, erasure_id)

    def _note(self, subject: str, act: str, object_: str) -> None:
        with self._file.open() as db, write(db) as conn:
            append(conn, Fact(subject, act, object_, "own_request"), self._vault.now())


def _refusal(purpose: Purpose, record: str, standing: Standing) -> str | None:
    """Why a read is not permitted; None when it is."""
    if record not in purpose.records:
        return "record"
    match purpose.basis:
        case Basis.OWN_REQUEST:
            return None if standing.own else "record"
        case Basis.LEGAL_DUTY:
            return None
        case Basis.CONSENT if not standing.consents:
            return "consent"
        case _:
            return "restricted" if standing.restricted else None
