"""Offers in the database."""

from __future__ import annotations

import base64
import json
import secrets
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from tallystick.db import Database, write
from tallystick.loans.agreement import Agreement
from tallystick.loans.members import NO_ADDRESS

Role = Literal["borrower", "lender", "guarantor"]


@dataclass(frozen=True, slots=True)
class StoredSignature:
    """A checked signature and when it arrived, Unix seconds."""

    signature: bytes
    signed_at: int


@dataclass(frozen=True, slots=True)
class Offer:
    """An agreement that is not on chain yet. `signatures` by role."""

    offer_id: str
    external_id: str | None
    chain_id: int
    book: str
    loan_id: bytes
    agreement: Agreement
    salt: bytes
    created_at: int
    signatures: dict[Role, StoredSignature] = field(default_factory=dict)

    @property
    def digest(self) -> bytes:
        """What is signed: the loan's id."""
        return self.loan_id

    @property
    def deadline(self) -> int:
        """Last second at which the loan can be originated, Unix seconds."""
        return self.agreement.conditions.deadline

    @property
    def parties(self) -> dict[Role, str]:
        """Who has to sign, in which role."""
        agreement = self.agreement
        parties: dict[Role, str] = {"borrower": agreement.borrower, "lender": agreement.lender}
        if agreement.conditions.guarantor != NO_ADDRESS:
            parties["guarantor"] = agreement.conditions.guarantor
        return parties

    @property
    def missing(self) -> tuple[Role, ...]:
        """Roles that have not signed."""
        return tuple(role for role in self.parties if role not in self.signatures)


def new_offer_id() -> str:
    """An id that nobody can guess, 128 random bits: knowing it is the permission to read."""
    return "offer_" + base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()


def insert_offer(conn: sqlite3.Connection, offer: Offer) -> None:
    """Stores a new offer with its signatures, within the caller's transaction."""
    conn.execute(
        "INSERT INTO offers (offer_id, external_id, chain_id, book, loan_id, agreement, salt,"
        " created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            offer.offer_id,
            offer.external_id,
            offer.chain_id,
            offer.book,
            offer.loan_id,
            json.dumps(offer.agreement.to_json()),
            offer.salt,
            offer.created_at,
        ),
    )
    for role, signature in offer.signatures.items():
        conn.execute(
            "INSERT INTO offer_signatures (offer_id, role, signature, signed_at)"
            " VALUES (?, ?, ?, ?)",
            (offer.offer_id, role, signature.signature, signature.signed_at),
        )


def get_offer(db: Database, offer_id: str) -> Offer | None:
    """The offer with its signatures."""
    row = db.conn.execute(
        "SELECT offer_id, external_id, chain_id, book, loan_id, agreement, salt, created_at"
        " FROM offers WHERE offer_id = ?",
        (offer_id,),
    ).fetchone()
    if row is None:
        return None
    signatures = {
        role: StoredSignature(signature, signed_at)
        for role, signature, signed_at in db.conn.execute(
            "SELECT role, signature, signed_at FROM offer_signatures WHERE offer_id = ?",
            (offer_id,),
        )
    }
    id_, external_id, chain_id, book, loan_id, agreement, salt, created_at = row
    terms = Agreement.from_json(json.loads(agreement))
    return Offer(id_, external_id, chain_id, book, loan_id, terms, salt, created_at, signatures)


def signed_by_lenders(
    db: Database, lenders: Sequence[str], after: Offer | None, limit: int
) -> list[Offer]:
    """Up to `limit` offers that one of these accounts (EIP-55) signed as the lender, the newest
    first, that are older than `after`."""
    holes = ", ".join("?" * len(lenders))
    at = (2**62, "") if after is None else (after.created_at, after.offer_id)
    rows = db.execute(
        "SELECT o.offer_id FROM offers o JOIN offer_signatures s "  # noqa: S608 - our holes
        "ON s.offer_id = o.offer_id AND s.role = 'lender' "
        f"WHERE json_extract(o.agreement, '$.lender') IN ({holes}) "
        "AND (o.created_at, o.offer_id) < (?, ?) "
        "ORDER BY o.created_at DESC, o.offer_id DESC LIMIT ?",
        [*lenders, *at, limit],
    ).fetchall()
    found = (get_offer(db, offer_id) for (offer_id,) in rows)
    return [offer for offer in found if offer is not None]


def put_signature(db: Database, offer_id: str, role: Role, signature: StoredSignature) -> None:
    """Stores a checked signature; a later one of the same party takes its place."""
    with write(db) as conn:
        conn.execute(
            "INSERT INTO offer_signatures (offer_id, role, signature, signed_at)"
            " VALUES (?, ?, ?, ?) ON CONFLICT (offer_id, role) DO UPDATE SET"
            " signature = excluded.signature, signed_at = excluded.signed_at",
            (offer_id, role, signature.signature, signature.signed_at),
        )
