"""The life of an offer: create, sign, hand out the transaction that originates the loan."""

from __future__ import annotations

from dataclasses import replace

from tallystick.chain.calls import Consents, originate_call
from tallystick.chain.rpc import Rpc
from tallystick.chain.typed_data import digest, signed_by
from tallystick.db import Database, write
from tallystick.loans.agreement import Agreement
from tallystick.offers.errors import (
    OfferExpired,
    SignatureInvalid,
    SignatureMissing,
    SignerNotParty,
)
from tallystick.offers.store import (
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
    with write(db) as conn:
        insert_offer(conn, offer)
    return offer


def role_of(offer: Offer, account: str) -> Role:
    """In which role `account` signs. Raises `SignerNotParty`."""
    for role, party in offer.parties.items():
        if party.lower() == account.lower():
            return role
    raise SignerNotParty(account)


def add_signature(
    db: Database, rpc: Rpc, offer: Offer, signer: str, signature: bytes, now: int
) -> Offer:
    """Checks the signature as the book will, and stores it.

    Raises `OfferExpired`, `SignerNotParty`, `SignatureInvalid`, `RpcUnavailable`.
    """
    check_open(offer, now)
    role = role_of(offer, signer)
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
        if sender is None or offer.parties[role].lower() != sender.lower()
    ]
    if needed:
        raise SignatureMissing(tuple(needed))
    given = {role: stored.signature for role, stored in offer.signatures.items()}
    return originate_call(offer.agreement, Consents(**given))


def check_open(offer: Offer, now: int) -> None:
    """Raises `OfferExpired` once the deadline has passed."""
    deadline = offer.agreement.conditions.deadline
    if now > deadline:
        raise OfferExpired(deadline)
