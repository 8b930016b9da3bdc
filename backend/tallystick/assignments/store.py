"""Transfers of claims in the database."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass, field

from tallystick.db import Database, write
from tallystick.loans.agreement import Agreement
from tallystick.loans.consents import Assignment
from tallystick.loans.errors import AgreementInvalid
from tallystick.loans.kinds import Transfer
from tallystick.loans.members import from_json, to_json
from tallystick.offers.store import Role, StoredSignature


@dataclass(frozen=True, slots=True)
class Sale:
    """A transfer of a claim, for a price or none, that may not be on chain yet.

    `agreement` has the terms in force, `least` is the principal (base units) that must be left of
    the claim, `proof` the way from the buyer to the root of the agreed list. `signatures` by role;
    the lender's is that of whoever holds the claim.
    """

    assignment_id: str
    chain_id: int
    book: str
    loan_id: bytes
    digest: bytes
    agreement: Agreement
    body: Assignment
    least: int
    proof: tuple[bytes, ...]
    created_at: int
    signatures: dict[Role, StoredSignature] = field(default_factory=dict)

    @property
    def deadline(self) -> int:
        """Last second at which it can take effect."""
        return self.body.deadline

    @property
    def parties(self) -> dict[Role, str]:
        """Who has to sign, in which role."""
        parties: dict[Role, str] = {"lender": self.body.from_}
        if self.agreement.conditions.transfer is Transfer.CONSENT:
            parties["borrower"] = self.agreement.borrower
        return parties

    @property
    def missing(self) -> tuple[Role, ...]:
        """Roles that have not signed."""
        return tuple(role for role in self.parties if role not in self.signatures)


def new_id() -> str:
    """An id that nobody can guess, 128 random bits: knowing it is the permission to read."""
    return "sale_" + base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()


def insert(db: Database, sale: Sale) -> None:
    """Stores a new transfer without signatures."""
    with write(db) as conn:
        conn.execute(
            "INSERT INTO assignments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                sale.assignment_id,
                sale.chain_id,
                sale.book,
                sale.loan_id,
                sale.digest,
                json.dumps(sale.agreement.to_json()),
                json.dumps(to_json(sale.body)),
                str(sale.least),
                json.dumps([one.hex() for one in sale.proof]),
                sale.created_at,
            ),
        )


def get(db: Database, assignment_id: str) -> Sale | None:
    """The transfer with its signatures."""
    row = db.execute(
        "SELECT * FROM assignments WHERE assignment_id = ?", [assignment_id]
    ).fetchone()
    if row is None:
        return None
    id_, chain_id, book, loan_id, digest, agreement, body, least, proof, created_at = row
    found = db.execute(
        "SELECT role, signature, signed_at FROM assignment_signatures WHERE assignment_id = ?",
        [assignment_id],
    )
    return Sale(
        assignment_id=id_,
        chain_id=chain_id,
        book=book,
        loan_id=loan_id,
        digest=digest,
        agreement=Agreement.from_json(json.loads(agreement)),
        body=from_json(Assignment, json.loads(body), AgreementInvalid),
        least=int(least),
        proof=tuple(bytes.fromhex(one) for one in json.loads(proof)),
        created_at=created_at,
        signatures={role: StoredSignature(signature, at) for role, signature, at in found},
    )


def put_signature(db: Database, assignment_id: str, role: Role, signature: StoredSignature) -> None:
    """Stores a checked signature; a later one of the same party takes its place."""
    with write(db) as conn:
        conn.execute(
            "INSERT OR REPLACE INTO assignment_signatures VALUES (?, ?, ?, ?)",
            (assignment_id, role, signature.signature, signature.signed_at),
        )
