"""Events of the loan book as facts, decoded. Amounts in base units, ids and hashes 32 bytes."""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.loans.agreement import Agreement


@dataclass(frozen=True, slots=True)
class EventRef:
    """Where an event stands on chain; `timestamp` is its block's, Unix seconds."""

    chain_id: int
    book: str
    block_number: int
    block_hash: bytes
    timestamp: int
    tx_hash: bytes
    log_index: int


@dataclass(frozen=True, slots=True)
class Originated:
    """The loan was recorded and the principal moved from lender to borrower."""

    ref: EventRef
    loan_id: bytes
    borrower: str
    lender: str
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment was applied; `collected` when pulled from the borrower's allowance."""

    ref: EventRef
    loan_id: bytes
    payer: str
    penalty: int
    interest: int
    principal: int
    outstanding: int
    collected: bool


@dataclass(frozen=True, slots=True)
class Closed:
    """Nothing is owed any more."""

    ref: EventRef
    loan_id: bytes


@dataclass(frozen=True, slots=True)
class Credited:
    """`account` could not receive `amount`; it waits in the book."""

    ref: EventRef
    loan_id: bytes
    token: str
    account: str
    amount: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """`account` took its credit out to `to`."""

    ref: EventRef
    token: str
    account: str
    to: str
    amount: int


@dataclass(frozen=True, slots=True)
class CollectFailed:
    """A loan of a batch could not be collected; `reason` is the error's 4-byte selector."""

    ref: EventRef
    loan_id: bytes
    reason: bytes


@dataclass(frozen=True, slots=True)
class NonceRevoked:
    """`nonce` of `owner` can no longer be used."""

    ref: EventRef
    owner: str
    nonce: int


LoanEvent = Originated | Paid | Closed | Credited | CollectFailed
"""Events that belong to one loan."""

BookEvent = LoanEvent | Claimed | NonceRevoked
"""Every event of the book."""
