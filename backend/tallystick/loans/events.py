"""Events of the loan book as facts, decoded. Amounts in base units, ids and hashes 32 bytes."""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.loans.agreement import Agreement
from tallystick.loans.consents import Amendment
from tallystick.loans.debt import Split
from tallystick.loans.kinds import Source


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
    """A payment was applied to the loan; `payer` is whose tokens were taken."""

    ref: EventRef
    loan_id: bytes
    payer: str
    source: Source
    penalty: int
    interest: int
    fee: int
    principal: int
    outstanding: int


@dataclass(frozen=True, slots=True)
class PaidThrough:
    """The payment before this event in its transaction came through `channel`; both are tags of
    32 bytes."""

    ref: EventRef
    loan_id: bytes
    channel: bytes
    reference: bytes
    amount: int


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


@dataclass(frozen=True, slots=True)
class AutopaySet:
    """The borrower switched autopay on or off."""

    ref: EventRef
    loan_id: bytes
    on: bool


@dataclass(frozen=True, slots=True)
class Amended:
    """New terms, whose digest is `terms_after`, took the place of `amendment.terms_before`.

    `waived` was forgiven; `balance` principal and `deferred` interest are owed from then on.
    """

    ref: EventRef
    loan_id: bytes
    terms_after: bytes
    agreement: Agreement
    amendment: Amendment
    waived: Split
    balance: int
    deferred: int


@dataclass(frozen=True, slots=True)
class Settled:
    """The rest of the debt, `waived`, was forgiven after the payment before this event."""

    ref: EventRef
    loan_id: bytes
    waived: Split
    reason: int
    plan_hash: bytes


@dataclass(frozen=True, slots=True)
class Restored:
    """As many rows in a row as agreed were paid on time after an amendment."""

    ref: EventRef
    loan_id: bytes


@dataclass(frozen=True, slots=True)
class Defaulted:
    """The holder declared default."""

    ref: EventRef
    loan_id: bytes
    days_past_due: int


@dataclass(frozen=True, slots=True)
class Cured:
    """Everything overdue was paid; the loan is no longer in default."""

    ref: EventRef
    loan_id: bytes


@dataclass(frozen=True, slots=True)
class Accelerated:
    """The whole debt fell due: `principal` and `interest`, beside any penalty."""

    ref: EventRef
    loan_id: bytes
    principal: int
    interest: int


@dataclass(frozen=True, slots=True)
class WrittenOff:
    """The holder no longer expects `outstanding` principal; payments are still accepted."""

    ref: EventRef
    loan_id: bytes
    outstanding: int


@dataclass(frozen=True, slots=True)
class RecourseRecorded:
    """The guarantor's latest payment made the borrower's debt to it `recourse`."""

    ref: EventRef
    loan_id: bytes
    guarantor: str
    recourse: int


@dataclass(frozen=True, slots=True)
class RecourseRepaid:
    """`payer` paid `amount` of the borrower's debt to the guarantor."""

    ref: EventRef
    loan_id: bytes
    guarantor: str
    payer: str
    amount: int


@dataclass(frozen=True, slots=True)
class CollateralAdded:
    """`amount` of `token` came into escrow."""

    ref: EventRef
    loan_id: bytes
    from_: str
    token: str
    amount: int


@dataclass(frozen=True, slots=True)
class CollateralSold:
    """`buyer` got `amount` of `token` for `price`, which the payment before this event applies."""

    ref: EventRef
    loan_id: bytes
    buyer: str
    token: str
    amount: int
    price: int


@dataclass(frozen=True, slots=True)
class CollateralReleased:
    """Collateral that is no longer needed went back to the borrower."""

    ref: EventRef
    loan_id: bytes
    to: str
    token: str
    amount: int


@dataclass(frozen=True, slots=True)
class Assigned:
    """The claim moved for `price` base units of `token`; every later payment goes to `to`."""

    ref: EventRef
    loan_id: bytes
    from_: str
    to: str
    token: str
    price: int


Change = (
    AutopaySet
    | Amended
    | Settled
    | Restored
    | Defaulted
    | Cured
    | Accelerated
    | WrittenOff
    | RecourseRecorded
    | RecourseRepaid
    | CollateralAdded
    | CollateralSold
    | CollateralReleased
    | Assigned
)
"""What happens to a loan beside its payments."""

LoanEvent = Originated | Paid | PaidThrough | Closed | Credited | CollectFailed | Change
"""Events that belong to one loan."""

BookEvent = LoanEvent | Claimed | NonceRevoked
"""Every event of the book."""
