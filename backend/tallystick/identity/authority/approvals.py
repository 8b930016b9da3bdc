"""Four eyes: one asks, another one checks, and what was approved is done once.

A request never changes. Its digest is over what exactly was asked, and it is what the one who
checks signs. Every step is in the trail, in the same transaction. What is to follow in the same
file is done with the approval (`effects`); anything else uses the approval up when it is done.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from tallystick.db import write
from tallystick.identity.authority import grants
from tallystick.identity.authority.errors import (
    ApprovalClosed,
    ApprovalUnknown,
    MatterInvalid,
    RoleMissing,
    SameEyes,
)
from tallystick.identity.authority.grants import Grants
from tallystick.identity.authority.matters import RULES, Matter, check_matter
from tallystick.identity.authority.roles import Role
from tallystick.identity.vault import SubjectErased, SubjectUnknown, Vault
from tallystick.identity.vault.files import PrivateFile
from tallystick.identity.vault.vault import new_id
from tallystick.trail.entry import Fact
from tallystick.trail.store import append

VALID_SECONDS = 3 * 86_400
"""How long a request waits for its check, and an approval for its use."""
_SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Approval:
    """One request and what became of it. Times are Unix seconds; `maker`, `checker` subjects."""

    approval_id: str
    matter: Matter
    object: str
    content: dict[str, str]
    digest: bytes
    maker: str
    made_at: int
    expires_at: int
    state: str
    checker: str | None
    decided_at: int | None
    done_at: int | None

    @property
    def about(self) -> str:
        """How a signed message names it."""
        return f"{self.matter} of {self.object}, {self.approval_id}, SHA-256 {self.digest.hex()}"


Effect = Callable[[sqlite3.Connection, Approval, int], None]
_COLUMNS = (
    "approval_id, matter, object, content, digest, maker, made_at, expires_at, state, checker,"
    " decided_at, done_at"
)


def _granted(conn: sqlite3.Connection, approval: Approval, now: int) -> None:
    grants.grant(conn, approval.object, Role(approval.content["role"]), now)


def _revoked(conn: sqlite3.Connection, approval: Approval, _: int) -> None:
    grants.revoke(conn, approval.object, Role(approval.content["role"]))


@dataclass
class Approvals:
    """Requests in the table `approvals`. Safe to share between threads."""

    file: PrivateFile
    vault: Vault
    grants: Grants
    effects: dict[Matter, Effect] = field(
        default_factory=lambda: {Matter.GRANT_ROLE: _granted, Matter.REVOKE_ROLE: _revoked}
    )

    def request(
        self, maker: str, matter: Matter, object_: str, content: Mapping[str, str]
    ) -> Approval:
        """Asks for an act. An equal request that still waits is answered instead.

        Raises `RoleMissing`, `MatterInvalid`.
        """
        self._require(maker, RULES[matter].makers)
        check_matter(matter, object_, content)
        if matter is Matter.GRANT_ROLE:
            self._require_subject(object_)
        now = self.vault.now()
        members = json.dumps(dict(content), sort_keys=True)
        digest = hashlib.sha256("\n".join((matter, object_, members)).encode()).digest()
        with self.file.open() as db, write(db) as conn:
            _expire(conn, now)
            row = conn.execute(
                f"SELECT {_COLUMNS} FROM approvals"  # noqa: S608
                " WHERE state = 'pending' AND maker = ? AND digest = ?",
                (maker, digest),
            ).fetchone()
            if row is not None:
                return _approval(row)
            made = (new_id("approval"), matter, object_, members, digest, maker, now)
            row = (*made, now + VALID_SECONDS, "pending", None, None, None)
            conn.execute(
                f"INSERT INTO approvals ({_COLUMNS})"  # noqa: S608
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                row,
            )
            append(conn, Fact(maker, "request_approval", made[0], matter), now)
        return _approval(row)

    def approve(self, checker: str, approval_id: str) -> Approval:
        """Agrees, and does what follows in this file.

        The maker must still have the role that the request needed. Raises `ApprovalUnknown`,
        `ApprovalClosed`, `SameEyes`, `RoleMissing`.
        """
        return self._decide(checker, approval_id, "approved")

    def refuse(self, checker: str, approval_id: str) -> Approval:
        """Disagrees. Raises as `approve`."""
        return self._decide(checker, approval_id, "refused")

    def withdraw(self, maker: str, approval_id: str) -> Approval:
        """Takes one's own request back. Raises `ApprovalUnknown`, `ApprovalClosed`."""
        now = self.vault.now()
        with self.file.open() as db, write(db) as conn:
            found = _open(conn, approval_id, "pending", now)
            if found.maker != maker:
                raise ApprovalUnknown
            _move(conn, approval_id, "withdrawn", now)
            append(conn, Fact(maker, "withdraw_request", approval_id, found.matter), now)
        return self.get(approval_id)

    def use(self, actor: str, approval_id: str, matter: Matter, object_: str) -> Approval:
        """Uses an approval up, which is what permits the act that was asked for, once.

        Call it before the act: one that fails needs a new approval. Raises `ApprovalUnknown` also
        when the approval is of something else, `ApprovalClosed`, `RoleMissing`.
        """
        self._require(actor, RULES[matter].makers | RULES[matter].checkers)
        now = self.vault.now()
        with self.file.open() as db, write(db) as conn:
            found = _open(conn, approval_id, "approved", now)
            if (found.matter, found.object) != (matter, object_):
                raise ApprovalUnknown
            _move(conn, approval_id, "done", now)
            append(conn, Fact(actor, "use_approval", approval_id, matter), now)
        return self.get(approval_id)

    def carry_out(self, approval_id: str, matter: Matter, object_: str) -> Approval:
        """Uses an approval up where no session is, as on the command line of the service.

        Who has that command line is not asked for a role: two others agreed. An approval that was
        used already permits the same again until its time is over, so that what was interrupted
        can be finished; the act must not do harm twice. Raises as `use`.
        """
        now = self.vault.now()
        with self.file.open() as db, write(db) as conn:
            found = _find(conn, approval_id)
            if (found.matter, found.object) != (matter, object_):
                raise ApprovalUnknown
            again = found.state == "done" and now < found.expires_at
            if not again:
                _open(conn, approval_id, "approved", now)
                _move(conn, approval_id, "done", now)
            append(conn, Fact(_SERVICE, "use_approval", approval_id, matter), now)
        return self.get(approval_id)

    def get(self, approval_id: str) -> Approval:
        """Raises `ApprovalUnknown`."""
        with self.file.open() as db, write(db) as conn:
            _expire(conn, self.vault.now())
            return _find(conn, approval_id)

    def page(self, state: str | None, after: Approval | None, limit: int) -> list[Approval]:
        """Requests in one state or all, newest first, those after `after`."""
        with self.file.open() as db:
            with write(db) as conn:
                _expire(conn, self.vault.now())
            rows = db.execute(
                f"SELECT {_COLUMNS} FROM approvals"  # noqa: S608
                " WHERE state = coalesce(:state, state)"
                " AND (:at IS NULL OR (made_at, approval_id) < (:at, :id))"
                " ORDER BY made_at DESC, approval_id DESC LIMIT :limit",
                {
                    "state": state,
                    "at": after and after.made_at,
                    "id": after and after.approval_id,
                    "limit": limit,
                },
            ).fetchall()
        return [_approval(row) for row in rows]

    def _decide(self, checker: str, approval_id: str, state: str) -> Approval:
        now = self.vault.now()
        asked = self.get(approval_id)
        rule = RULES[asked.matter]
        self._require(checker, rule.checkers)
        if checker in (asked.maker, asked.object):
            raise SameEyes
        if state == "approved":
            self._require(asked.maker, rule.makers)
        with self.file.open() as db, write(db) as conn:
            found = _open(conn, approval_id, "pending", now)
            effect = self.effects.get(found.matter) if state == "approved" else None
            conn.execute(
                "UPDATE approvals SET state = ?, checker = ?, decided_at = ?, expires_at = ?"
                " WHERE approval_id = ?",
                (state, checker, now, now + VALID_SECONDS, approval_id),
            )
            act = "approve" if state == "approved" else "refuse"
            append(conn, Fact(checker, act, approval_id, found.matter), now)
            if effect is not None:
                effect(conn, replace(found, checker=checker), now)
                _move(conn, approval_id, "done", now)
                append(conn, Fact(_SERVICE, found.matter, found.object, approval_id), now)
        return self.get(approval_id)

    def _require_subject(self, subject: str) -> None:
        try:
            self.vault.require(subject)
        except (SubjectErased, SubjectUnknown):
            raise MatterInvalid("there is no such subject") from None

    def _require(self, subject: str, roles: frozenset[Role]) -> None:
        if not self.grants.roles_of(subject) & roles:
            raise RoleMissing(frozenset(roles))


def _find(conn: sqlite3.Connection, approval_id: str) -> Approval:
    row = conn.execute(
        f"SELECT {_COLUMNS} FROM approvals WHERE approval_id = ?",  # noqa: S608
        (approval_id,),
    ).fetchone()
    if row is None:
        raise ApprovalUnknown
    return _approval(row)


def _open(conn: sqlite3.Connection, approval_id: str, state: str, now: int) -> Approval:
    """The request, if it is in `state` and not too old."""
    found = _find(conn, approval_id)
    if found.state != state:
        raise ApprovalClosed(found.state)
    if found.expires_at <= now:
        raise ApprovalClosed("expired")
    return found


def _move(conn: sqlite3.Connection, approval_id: str, state: str, now: int) -> None:
    conn.execute(
        "UPDATE approvals SET state = ?, done_at = ? WHERE approval_id = ?",
        (state, now if state == "done" else None, approval_id),
    )


def _expire(conn: sqlite3.Connection, now: int) -> None:
    """Closes what waited too long, each with its entry in the trail."""
    gone = conn.execute(
        "UPDATE approvals SET state = 'expired'"
        " WHERE state IN ('pending', 'approved') AND expires_at <= ?"
        " RETURNING approval_id, matter",
        (now,),
    ).fetchall()
    for approval_id, matter in gone:
        append(conn, Fact(_SERVICE, "expire_request", approval_id, matter), now)


def _approval(row: tuple[object, ...]) -> Approval:
    approval_id, matter, object_, content, *rest = row
    return Approval(approval_id, Matter(matter), object_, json.loads(content), *rest)  # type: ignore[arg-type]
