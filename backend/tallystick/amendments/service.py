"""The life of a change: create, sign, hand out the transaction, see that it took effect."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from tallystick.amendments import store
from tallystick.amendments.store import Change
from tallystick.amendments.terms import NewTerms, build_amendment, build_settlement
from tallystick.chain.calls import Consents, amend_call, settle_call
from tallystick.chain.rpc import Rpc
from tallystick.chain.typed_data import amendment_digest, digest, settlement_digest
from tallystick.db import Database, write
from tallystick.loans.agreement import Agreement
from tallystick.loans.consents import Amendment, Settlement
from tallystick.loans.events import Amended, Settled
from tallystick.loans.fold import LoanState
from tallystick.offers.signing import checked, given
from tallystick.offers.terms import hash_document


@dataclass(frozen=True, slots=True)
class Plan:
    """The repayment plan behind a change: its salted hash is signed, the text may be kept."""

    salt: bytes
    hash: bytes
    text: str | None = None

    @classmethod
    def of(cls, salt: bytes, text: str) -> Plan:
        """A plan whose text is kept."""
        return cls(salt, hash_document(salt, text), text)


def create_amendment(
    db: Database,
    loan: LoanState,
    wanted: NewTerms,
    plan: Plan,
    valid_until: int,
    now: int,
    external_id: str | None = None,
    start: date | None = None,
) -> Change:
    """Stores an unsigned amendment, see `build_amendment`. Raises `TermsInvalid`, `LoanClosed`."""
    after, amendment = build_amendment(loan, wanted, plan.hash, valid_until, now, start)
    return _create(db, loan, after, amendment, plan, now, external_id)


def create_settlement(
    db: Database,
    loan: LoanState,
    amount: int,
    reason: int,
    plan: Plan,
    valid_until: int,
    now: int,
    external_id: str | None = None,
) -> Change:
    """Stores an unsigned settlement. Raises `TermsInvalid`, `LoanClosed`."""
    body = build_settlement(loan, amount, reason, plan.hash, valid_until, now)
    return _create(db, loan, None, body, plan, now, external_id)


def add_signature(
    db: Database, rpc: Rpc, change: Change, signer: str, signature: bytes, now: int
) -> Change:
    """Checks the signature as the book will, and stores it.

    Raises `OfferExpired`, `SignerNotParty`, `SignatureInvalid`, `RpcUnavailable`.
    """
    role, stored = checked(rpc, change, signer, signature, now)
    store.put_signature(db, change.change_id, role, stored)
    return replace(change, signatures=change.signatures | {role: stored})


def call_of(change: Change, sender: str | None, now: int) -> bytes:
    """Calldata that makes the change; a party that sends it needs no signature of its own.

    A settlement takes its amount from whoever sends it. Raises `OfferExpired`, `SignatureMissing`.
    """
    signatures = given(change, sender, now)
    if isinstance(change.body, Settlement):
        borrower, lender = signatures.get("borrower", b""), signatures.get("lender", b"")
        return settle_call(change.before, change.body, borrower, lender)
    if change.after is None:
        raise ValueError("an amendment has terms")
    return amend_call(change.before, change.after, change.body, Consents(**signatures))


def effect_of(change: Change, loan: LoanState) -> Amended | Settled | None:
    """The event by which the change took effect, from a loan with its changes; None before."""
    if change.after is None:
        kept = isinstance(change.body, Settlement) and change.body.plan_hash
        found = [event for event in loan.changes if isinstance(event, Settled)]
        return next((event for event in found if event.plan_hash == kept), None)
    terms = digest(change.after, change.chain_id, change.book)
    for event in loan.changes:
        if isinstance(event, Amended) and event.terms_after == terms:
            return event
    return None


def is_current(change: Change, loan: LoanState) -> bool:
    """Whether the book would still take it: the same terms in force and the same holder."""
    body = change.body
    before = body.terms if isinstance(body, Settlement) else body.terms_before
    return loan.closed is None and loan.terms == before and loan.holder == change.holder


def _create(
    db: Database,
    loan: LoanState,
    after: Agreement | None,
    body: Amendment | Settlement,
    plan: Plan,
    now: int,
    external_id: str | None,
) -> Change:
    place = loan.originated
    if isinstance(body, Settlement):
        signed = settlement_digest(body, place.chain_id, place.book)
    elif after is not None:
        signed = amendment_digest(after, body, place.chain_id, place.book)
    else:
        raise ValueError("an amendment has terms")
    change = Change(
        store.new_change_id(),
        external_id,
        place.chain_id,
        place.book,
        loan.loan_id,
        signed,
        loan.holder,
        loan.agreement,
        after,
        body,
        plan.text,
        plan.salt,
        now,
    )
    with write(db) as conn:
        store.insert(conn, change)
    return change
