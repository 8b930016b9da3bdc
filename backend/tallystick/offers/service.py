"""The life of an offer: create, sign, hand out the transaction that originates the loan."""

from __future__ import annotations

from dataclasses import replace

from tallystick.chain.calls import Consents, originate_call
from tallystick.chain.rpc import Rpc
from tallystick.chain.typed_data import digest
from tallystick.db import Database, write
from tallystick.loans.agreement import Agreement
from tallystick.offers.signing import checked, given
from tallystick.offers.store import (
    Offer,
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


def add_signature(
    db: Database, rpc: Rpc, offer: Offer, signer: str, signature: bytes, now: int
) -> Offer:
    """Checks the signature as the book will, and stores it.

    Raises `OfferExpired`, `SignerNotParty`, `SignatureInvalid`, `RpcUnavailable`.
    """
    role, stored = checked(rpc, offer, signer, signature, now)
    put_signature(db, offer.offer_id, role, stored)
    return replace(offer, signatures=offer.signatures | {role: stored})


def origination(offer: Offer, sender: str | None, now: int) -> bytes:
    """Calldata that originates the loan; a party that sends it needs no signature of its own.

    Raises `OfferExpired`, `SignatureMissing`.
    """
    return originate_call(offer.agreement, Consents(**given(offer, sender, now)))
