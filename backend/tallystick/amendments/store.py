"""Changes in the database."""

from __future__ import annotations

import base64
import json
import secrets
import sqlite3
from dataclasses import dataclass, field
from typing import Any

from tallystick.db import Database, write
from tallystick.loans.agreement import Agreement
from tallystick.loans.consents import Amendment, Settlement
from tallystick.loans.errors import AgreementInvalid
from tallystick.loans.members import NO_ADDRESS, from_json, to_json
from tallystick.offers.store import Role, StoredSignature

_COLUMNS = (
    "change_id, external_id, chain_id, book, loan_id, digest, holder, before, after, body, plan,"
    " salt, created_at"
)


@dataclass(frozen=True, slots=True)
class Change:
    """An amendment or a settlement that may not be on chain yet. `signatures` by role.

    `after` are the terms of an amendment. The signed plan hash is keccak-256 of `salt` and `plan`,
    or of a text that is kept elsewhere.
    """

    change_id: str
    external_id: str | None
    chain_id: int
    book: str
    loan_id: bytes
    digest: bytes
    holder: str
    before: Agreement
    after: Agreement | None
    body: Amendment | Settlement
    plan: str | None
    salt: bytes
    created_at: int
    signatures: dict[Role, StoredSignature] = field(default_factory=dict)

    @property
    def deadline(self) -> int:
        """Last second at which it can take effect."""
        if isinstance(self.body, Settlement):
            return self.body.deadline
        if self.after is None:
            raise ValueError("an amendment has terms")
        return self.after.conditions.deadline

    @property
    def parties(self) -> dict[Role, str]:
        """Who has to sign, in which role."""
        parties: dict[Role, str] = {"borrower": self.before.borrower, "lender": self.holder}
        if self.after is not None and self.after.conditions.guarantor != NO_ADDRESS:
            parties["guarantor"] = self.after.conditions.guarantor
        return parties

    @property
    def missing(self) -> tuple[Role, ...]:
        """Roles that have not signed."""
        return tuple(role for role in self.parties if role not in self.signatures)


def new_change_id() -> str:
    """An id that nobody can guess, 128 random bits: knowing it is the permission to read."""
    return "change_" + base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()


def insert(conn: sqlite3.Connection, change: Change) -> None:
    """Stores a new change without signatures, within the caller's transaction."""
    conn.execute(
        f"INSERT INTO loan_changes ({_COLUMNS})"  # noqa: S608
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            change.change_id,
            change.external_id,
            change.chain_id,
            change.book,
            change.loan_id,
            change.digest,
            change.holder,
            json.dumps(change.before.to_json()),
            None if change.after is None else json.dumps(change.after.to_json()),
            json.dumps(to_json(change.body)),
            change.plan,
            change.salt,
            change.created_at,
        ),
    )


def get(db: Database, change_id: str) -> Change | None:
    """The change with its signatures."""
    row = db.conn.execute(
        f"SELECT {_COLUMNS} FROM loan_changes WHERE change_id = ?",  # noqa: S608
        (change_id,),
    ).fetchone()
    if row is None:
        return None
    signatures = {
        role: StoredSignature(signature, signed_at)
        for role, signature, signed_at in db.conn.execute(
            "SELECT role, signature, signed_at FROM change_signatures WHERE change_id = ?",
            (change_id,),
        )
    }
    return _change(row, signatures)


def put_signature(db: Database, change_id: str, role: Role, signature: StoredSignature) -> None:
    """Stores a checked signature; a later one of the same party takes its place."""
    with write(db) as conn:
        conn.execute(
            "INSERT INTO change_signatures (change_id, role, signature, signed_at)"
            " VALUES (?, ?, ?, ?) ON CONFLICT (change_id, role) DO UPDATE SET"
            " signature = excluded.signature, signed_at = excluded.signed_at",
            (change_id, role, signature.signature, signature.signed_at),
        )


def _change(row: Any, signatures: dict[Role, StoredSignature]) -> Change:
    members = dict(zip(_COLUMNS.split(", "), row, strict=True))
    after = members["after"] and Agreement.from_json(json.loads(members["after"]))
    kind = Settlement if after is None else Amendment
    return Change(
        **members
        | {
            "before": Agreement.from_json(json.loads(members["before"])),
            "after": after,
            "body": from_json(kind, json.loads(members["body"]), AgreementInvalid),
            "signatures": signatures,
        }
    )
