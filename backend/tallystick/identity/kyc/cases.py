"""Identity cases: a subject hands in, a provider checks, one reviewer proposes, another approves.

States: open → in_review → approved or refused; its subject may withdraw it before that. The data
is in the vault: `case:<id>` what the document says, `file:<id>:<part>` an image.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import UTC, date, datetime

from tallystick.db import write
from tallystick.identity.authority.approvals import Approval, Approvals
from tallystick.identity.authority.errors import SameEyes
from tallystick.identity.authority.matters import Matter
from tallystick.identity.kyc import standing, store
from tallystick.identity.kyc.documents import DocumentType, Facts, read_document
from tallystick.identity.kyc.errors import (
    CaseClosed,
    CaseOpen,
    CaseUnknown,
    CheckFailed,
    PartMissing,
)
from tallystick.identity.kyc.images import clean_image
from tallystick.identity.kyc.levels import (
    ABANDONED_DAYS,
    CHECKS,
    DAY,
    KEEP_DAYS,
    PARTS,
    Check,
    Kind,
    Level,
    Outcome,
    Part,
)
from tallystick.identity.kyc.provider import Finding, Provider, Submission
from tallystick.identity.kyc.store import Case
from tallystick.identity.rights.rights import Rights
from tallystick.identity.vault import IndexTaken, RecordUnknown, Vault
from tallystick.identity.vault.files import PrivateFile
from tallystick.identity.vault.vault import new_id
from tallystick.trail.entry import Fact
from tallystick.trail.store import append

INDEX = "document"
_PURPOSE = "identity_check"
_SERVICE = "service"


class Cases:
    """Cases in the table `kyc_cases`. Safe to share between threads."""

    def __init__(
        self,
        file: PrivateFile,
        vault: Vault,
        rights: Rights,
        approvals: Approvals,
        provider: Provider,
    ) -> None:
        self._file = file
        self._vault = vault
        self._rights = rights
        self._approvals = approvals
        self.provider = provider
        approvals.effects[Matter.IDENTITY_LEVEL] = self._approved

    def open(self, subject: str, kind: Kind, level: Level) -> Case:
        """A new case. Raises `CaseOpen` while another one is undecided."""
        now = self._vault.now()
        case = Case(new_id("case"), subject, kind, level, "open", now, now, None, None)
        with self._file.open() as db, write(db) as conn:
            try:
                conn.execute(
                    "INSERT INTO kyc_cases"
                    " (case_id, subject, kind, level, state, opened_at, changed_at)"
                    " VALUES (?, ?, ?, ?, 'open', ?, ?)",
                    (case.case_id, subject, kind, level, now, now),
                )
            except sqlite3.IntegrityError:
                raise CaseOpen from None
            append(conn, Fact(subject, "open_case", case.case_id, _PURPOSE), now)
        return case

    def add_file(self, subject: str, case_id: str, part: Part, content: bytes) -> Case:
        """Keeps an image, sealed; the newest one of a part counts.

        Raises `ImageRefused`, `CaseUnknown`, `CaseClosed`.
        """
        self._own(subject, case_id, "open")
        image = clean_image(content)
        now = self._vault.now()
        self._vault.forget(subject, _file(case_id, part))
        self._vault.put(
            subject, _file(case_id, part), {"image": image}, keep_until=now + KEEP_DAYS * DAY
        )
        with self._file.open() as db, write(db) as conn:
            conn.execute(
                "INSERT INTO kyc_files (case_id, part, size, uploaded_at) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (case_id, part) DO UPDATE"
                " SET size = excluded.size, uploaded_at = excluded.uploaded_at",
                (case_id, part, len(image), now),
            )
            append(conn, Fact(subject, "upload", f"{case_id}/{part}", _PURPOSE), now)
        return self.get(case_id)

    def submit(self, subject: str, case_id: str, kind: DocumentType, data: str) -> Case:
        """Hands the case in, and lets the provider check it.

        A check that failed leaves it open, to be corrected. Raises `DocumentRefused`,
        `PartMissing`, `RecordUnknown` when the subject has not said who it is, `CaseUnknown`,
        `CaseClosed`.
        """
        case = self._own(subject, case_id, "open")
        missing = [part.value for part in PARTS[case.level] if part not in case.parts]
        if missing:
            raise PartMissing(missing)
        now = self._vault.now()
        today = datetime.fromtimestamp(now, UTC).date()
        facts = read_document(kind, data, today)
        findings = self._check(case, facts, today)
        sealed = {"type": kind.encode(), "data": data.encode(), "number": facts.number.encode()}
        self._vault.put(subject, f"case:{case_id}", sealed, keep_until=now + KEEP_DAYS * DAY)
        failed = any(found.outcome is Outcome.FAILED for found in findings.values())
        with self._file.open() as db, write(db) as conn:
            store.judge(conn, case_id, findings, self.provider.name, now)
            store.move(conn, case_id, "open" if failed else "in_review", now)
            conn.execute(
                "UPDATE kyc_cases SET document_expires = ? WHERE case_id = ?",
                (_midnight(facts.expires), case_id),
            )
            append(conn, Fact(subject, "submit_case", case_id, _PURPOSE), now)
        return self.get(case_id)

    def withdraw(self, subject: str, case_id: str) -> Case:
        """Ends one's own undecided case and deletes what was handed in for it."""
        case = self._own(subject, case_id, "open", "in_review")
        now = self._vault.now()
        with self._file.open() as db, write(db) as conn:
            store.move(conn, case_id, "withdrawn", now)
            append(conn, Fact(subject, "withdraw_case", case_id, _PURPOSE), now)
        self._delete_files(case)
        return self.get(case_id)

    def propose(self, reviewer: str, case_id: str, judged: Mapping[Check, Outcome]) -> Approval:
        """Adds a reviewer's own judgement, and asks another one to approve the level.

        Raises `CheckFailed` unless every check of the level is then passed, `SameEyes` for one's
        own case, `CaseUnknown`, `CaseClosed`, `RoleMissing`.
        """
        case = self._for_review(reviewer, case_id)
        now = self._vault.now()
        findings = {check: Finding(outcome, "seen") for check, outcome in judged.items()}
        with self._file.open() as db, write(db) as conn:
            store.judge(conn, case_id, findings, reviewer, now)
        case = self.get(case_id)
        _require_passed(case)
        asked = self._approvals.request(
            reviewer, Matter.IDENTITY_LEVEL, case_id, {"level": case.level}
        )
        with self._file.open() as db, write(db) as conn:
            conn.execute(
                "UPDATE kyc_cases SET approval_id = ? WHERE case_id = ?",
                (asked.approval_id, case_id),
            )
        return asked

    def refuse(self, reviewer: str, case_id: str, reason: str) -> Case:
        """Refuses a case; its subject may open another one. Raises as `propose`."""
        self._for_review(reviewer, case_id)
        now = self._vault.now()
        with self._file.open() as db, write(db) as conn:
            store.move(conn, case_id, "refused", now, reason)
            append(conn, Fact(reviewer, "refuse_case", case_id, reason), now)
        return self.get(case_id)

    def document(self, actor: str, case_id: str) -> dict[str, str]:
        """What the document of a case says; the read is in the trail. Raises `CaseUnknown`."""
        case = self.get(case_id)
        self._rights.admit(actor, case.subject, "documents", _PURPOSE)
        fields = self._vault.get(case.subject, f"case:{case_id}").fields
        return {name: value.decode() for name, value in fields.items()}

    def file(self, actor: str, case_id: str, part: Part) -> bytes:
        """An image of a case, JPEG; the read is in the trail. Raises `CaseUnknown`."""
        case = self.get(case_id)
        self._rights.admit(actor, case.subject, "documents", _PURPOSE)
        try:
            return self._vault.get(case.subject, _file(case_id, part)).fields["image"]
        except RecordUnknown:
            raise CaseUnknown from None

    def get(self, case_id: str) -> Case:
        """Raises `CaseUnknown`."""
        with self._file.open() as db:
            return store.find(db.conn, case_id)

    def page(self, state: str | None, after: Case | None, limit: int) -> list[Case]:
        """The queue: cases in a state or all, oldest first."""
        with self._file.open() as db:
            return store.page(db.conn, state, after, limit)

    def of_subject(self, subject: str) -> list[Case]:
        """The subject's cases, newest first."""
        with self._file.open() as db:
            return store.of_subject(db.conn, subject)

    def close_abandoned(self) -> int:
        """Withdraws cases that nobody went on with, and deletes their files; returns how many."""
        now = self._vault.now()
        with self._file.open() as db:
            rows = db.execute(
                "SELECT case_id, subject FROM kyc_cases WHERE state = 'open' AND changed_at <= ?",
                (now - ABANDONED_DAYS * DAY,),
            ).fetchall()
        for case_id, subject in rows:
            self.withdraw(subject, case_id)
        return len(rows)

    def _check(self, case: Case, facts: Facts, today: date) -> dict[Check, Finding]:
        person = self._rights.read(_SERVICE, case.subject, "person", _PURPOSE)
        owner = self._vault.find(INDEX, facts.number)
        submission = Submission(
            case.kind,
            case.level,
            facts,
            {name: value.decode() for name, value in person.fields.items()},
            owner not in (None, case.subject),
            today,
        )
        return self.provider.check(submission)

    def _approved(self, conn: sqlite3.Connection, approval: Approval, now: int) -> None:
        """What follows from the second reviewer's word, in the same transaction."""
        case = store.find(conn, approval.object)
        if case.state != "in_review" or case.approval_id != approval.approval_id:
            raise CaseClosed(case.state)
        if approval.checker == case.subject:
            raise SameEyes
        _require_passed(case)
        number = self._vault.get(case.subject, f"case:{case.case_id}").fields["number"]
        try:
            self._vault.claim(case.subject, INDEX, number.decode())
        except IndexTaken:  # one document, one subject
            raise CheckFailed([Check.DOCUMENT.value]) from None
        (ends,) = conn.execute(
            "SELECT document_expires FROM kyc_cases WHERE case_id = ?", (case.case_id,)
        ).fetchone()
        standing.grant(conn, case.subject, case.kind, case.level, case.case_id, (now, ends))
        store.move(conn, case.case_id, "approved", now)

    def _for_review(self, reviewer: str, case_id: str) -> Case:
        case = self.get(case_id)
        if case.state != "in_review":
            raise CaseClosed(case.state)
        if case.subject == reviewer:
            raise SameEyes
        return case

    def _own(self, subject: str, case_id: str, *states: str) -> Case:
        case = self.get(case_id)
        if case.subject != subject:
            raise CaseUnknown
        if case.state not in states:
            raise CaseClosed(case.state)
        return case

    def _delete_files(self, case: Case) -> None:
        for part in case.parts:
            self._vault.forget(case.subject, _file(case.case_id, part))
        self._vault.forget(case.subject, f"case:{case.case_id}")


def _require_passed(case: Case) -> None:
    passed = {one.check for one in case.checks if one.finding.outcome is Outcome.PASSED}
    wanting = [check.value for check in CHECKS[case.level] if check not in passed]
    if wanting:
        raise CheckFailed(wanting)


def _file(case_id: str, part: Part) -> str:
    return f"file:{case_id}:{part}"


def _midnight(day: date | None) -> int | None:
    if day is None:
        return None
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
