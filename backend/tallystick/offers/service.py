"""The life of an offer: create, sign, hand out the transaction that originates the loan."""

from __future__ import annotations

from dataclasses import replace

from tallystick.chain.codec import originate_call
from tallystick.chain.rpc import Rpc
from tallystick.chain.typed_data import digest, signed_by
from tallystick.db import Database
from tallystick.loans.agreement import Agreement
from tallystick.offers.errors import (
    OfferExpired,
    SignatureInvalid,
    SignatureMissing,
    SignerNotParty,
)
from tallystick.offers.store import (
    ROLES,
    Offer,
    Role,
    StoredSignature,
    insert_offer,
    new_offer_id,
    put_signature,
)


def create_offer(
    db: Database,
    agreement: Agreement,
    chain_id: int,
    book: str,
    salt: bytes,
    external_id: str | None,
    now: int,
) -> Offer:
    """Stores an unsigned offer for `agreement` in the book at `book`."""
    loan_id = digest(agreement, chain_id, book)
    offer = Offer(new_offer_id(), external_id, chain_id, book, loan_id, agreement, salt, now)
    insert_offer(db, offer)
    return offer


def role_of(agreement: Agreement, account: str) -> Role:
    """`borrower` or `lender`. Raises `SignerNotParty`."""
    for role in ROLES:
        if getattr(agreement, role).lower() == account.lower():
            return role
    raise SignerNotParty(account)


def add_signature(
    db: Database, rpc: Rpc, offer: Offer, signer: str, signature: bytes, now: int
) -> Offer:
    """Checks the signature as the book will, and stores it.

    Raises `OfferExpired`, `SignerNotParty`, `SignatureInvalid`, `RpcUnavailable`.
    """
    check_open(offer, now)
    role = role_of(offer.agreement, signer)
    if not signed_by(rpc, signer, offer.loan_id, signature):
        raise SignatureInvalid(signer)
    stored = StoredSignature(signature, now)
    put_signature(db, offer.offer_id, role, stored)
    return replace(offer, signatures=offer.signatures | {role: stored})


def origination(offer: Offer, sender: str | None, now: int) -> bytes:
    """Calldata that originates the loan; a party that sends it needs no signature of its own.

    Raises `OfferExpired`, `SignatureMissing`.
    """
    check_open(offer, now)
    needed = [
        role
        for role in offer.missing
        if sender is None or getattr(offer.agreement, role).lower() != sender.lower()
    ]
    if needed:
        raise SignatureMissing(tuple(needed))
    empty = StoredSignature(b"", 0)
    borrower, lender = (offer.signatures.get(role, empty).signature for role in ROLES)
    return originate_call(offer.agreement, borrower, lender)


def check_open(offer: Offer, now: int) -> None:
    """Raises `OfferExpired` once the deadline has passed."""
    if now > offer.agreement.deadline:
        raise OfferExpired(offer.agreement.deadline)
