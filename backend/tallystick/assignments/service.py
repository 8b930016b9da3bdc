"""The life of a transfer: build, sign, hand out the transaction, see that it took effect."""

from __future__ import annotations

import secrets
from dataclasses import replace

from tallystick.assignments import store
from tallystick.assignments.store import Sale
from tallystick.chain.calls import assign_call, revoke_nonce_call
from tallystick.chain.rpc import Rpc
from tallystick.chain.typed_data import assignment_digest
from tallystick.db import Database
from tallystick.loans.consents import Assignment
from tallystick.loans.events import Assigned
from tallystick.loans.fold import LoanState
from tallystick.loans.kinds import Transfer
from tallystick.loans.members import NO_ADDRESS
from tallystick.offers.errors import TermsInvalid
from tallystick.offers.signing import checked, given

_NONCE_BITS = 256
_DEADLINE_END = 2**40


def create(
    db: Database,
    loan: LoanState,
    to: str,
    price: int,
    least: int,
    proof: tuple[bytes, ...],
    valid_until: int,
    now: int,
) -> Sale:
    """Stores an unsigned transfer from whoever holds the claim. Raises `TermsInvalid`."""
    if loan.closed is not None:
        raise TermsInvalid("loan_id", "is of a closed loan, which leaves no claim")
    if to in (NO_ADDRESS, loan.holder):
        raise TermsInvalid("to", "must be another account than the holder")
    if price >= 2**96:
        raise TermsInvalid("price", "must fit 96 bits")
    if not now < valid_until < _DEADLINE_END:
        raise TermsInvalid("valid_until", "must lie in the future")
    listed = loan.agreement.conditions.transfer is Transfer.LISTED
    if bool(proof) and not listed:
        raise TermsInvalid("proof", "is only needed where the claim may go to listed accounts")
    place = loan.originated
    body = Assignment(
        loan_id=loan.loan_id,
        from_=loan.holder,
        to=to,
        token=loan.agreement.token,
        price=price,
        nonce=secrets.randbits(_NONCE_BITS),
        deadline=valid_until,
    )
    sale = Sale(
        assignment_id=store.new_id(),
        chain_id=place.chain_id,
        book=place.book,
        loan_id=loan.loan_id,
        digest=assignment_digest(body, place.chain_id, place.book),
        agreement=loan.agreement,
        body=body,
        least=least,
        proof=proof,
        created_at=now,
    )
    store.insert(db, sale)
    return sale


def add_signature(
    db: Database, rpc: Rpc, sale: Sale, signer: str, signature: bytes, now: int
) -> Sale:
    """Checks the signature as the book will, and stores it.

    Raises `OfferExpired`, `SignerNotParty`, `SignatureInvalid`, `RpcUnavailable`.
    """
    role, stored = checked(rpc, sale, signer, signature, now)
    store.put_signature(db, sale.assignment_id, role, stored)
    return replace(sale, signatures=sale.signatures | {role: stored})


def call_of(sale: Sale, sender: str, attestation: bytes, now: int) -> bytes:
    """Calldata that moves the claim; a holder that sends it needs no signature of its own. A price
    is taken from the buyer, who then has to be the sender.

    Raises `OfferExpired`, `SignatureMissing`.
    """
    signatures = given(sale, sender if sender == sale.body.from_ else None, now)
    consent = signatures.get("borrower", b"")
    if sale.agreement.conditions.transfer is Transfer.LISTED:
        from eth_abi.abi import encode

        consent = encode(["bytes32[]"], [list(sale.proof)])
    holder = b"" if sender == sale.body.from_ else signatures.get("lender", b"")
    return assign_call(sale.agreement, sale.body, holder, consent, attestation, sale.least)


def revocation_of(sale: Sale) -> bytes:
    """Calldata by which the holder makes its signature worthless."""
    return revoke_nonce_call(sale.body.nonce)


def effect_of(sale: Sale, loan: LoanState) -> Assigned | None:
    """The event by which the claim moved, from a loan with its changes; None before."""
    body = sale.body
    for event in loan.changes:
        if (
            isinstance(event, Assigned)
            and event.ref.timestamp >= sale.created_at
            and (event.from_, event.to) == (body.from_, body.to)
            and (event.token, event.price) == (body.token, body.price)
        ):
            return event
    return None


def is_current(sale: Sale, loan: LoanState) -> bool:
    """Whether the book would still take it: the same terms in force and the same holder."""
    same = loan.agreement == sale.agreement and loan.holder == sale.body.from_
    return same and loan.closed is None
