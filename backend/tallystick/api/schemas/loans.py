"""Loans as the API shows them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.api.schemas.agreement import AgreementTerms
from tallystick.api.schemas.events import LedgerEvent
from tallystick.api.schemas.types import (
    BOOK,
    LENDER,
    Address,
    Amortization,
    Amount,
    AsOf,
    ChainId,
    ChainRef,
    Date,
    Frequency,
    Hash,
    Schema,
    SplitAmounts,
    Time,
    Token,
)
from tallystick.loans.allocation import RowStatus
from tallystick.settlement.attempts import Reason

LoanStatus = Literal["active", "overdue", "defaulted", "written_off", "closed"]
PaymentSource = Literal["paid", "collected", "guarantor", "collateral", "settlement"]

DaysPastDue = Annotated[
    int, Field(ge=0, description="Days since the oldest unpaid due date; 0 on it", examples=[0])
]


class NextDue(Schema):
    """The oldest row that is not fully paid."""

    row: Annotated[int, Field(ge=1, description="Number of the row, from 1", examples=[4])]
    due_date: Date
    amount: Amount


class LastPull(Schema):
    """The latest try of this server's keeper to collect what was due. Amounts in base units."""

    at: Time
    outcome: Annotated[
        Literal["collected", "failed"],
        Field(description="The payments are the chain's word on it", examples=["failed"]),
    ]
    amount: Annotated[
        str, Field(description="Pulled, or due when it failed", examples=["214810000"])
    ]
    reason: Annotated[
        Reason | None, Field(description="Null when collected", examples=["allowance_too_small"])
    ]
    available: Annotated[
        str | None,
        Field(
            description="Allowance or balance of the borrower that was too small",
            examples=["111140000"],
        ),
    ]
    required: Annotated[
        str | None, Field(description="What it had to be at least", examples=["214810000"])
    ]
    failures: Annotated[int, Field(ge=0, description="Failed tries in a row", examples=[1])]
    next_try: Annotated[
        str | None,
        Field(
            description="Not before, RFC 3339; null when collected",
            examples=["2026-08-11T09:01:00Z"],
        ),
    ]


class Watch(Schema):
    """Rows to be paid on time, in an unbroken run, until the loan's standing is restored."""

    rows_left: Annotated[int, Field(ge=1, examples=[4])]
    rows: Annotated[int, Field(ge=1, description="With which it begins again", examples=[6])]


class Loan(Schema):
    """A loan in brief. Amounts are base units of `token`, terms those in force."""

    loan_id: Annotated[
        str,
        Field(description="EIP-712 digest that both parties signed", examples=["0x" + "9c" * 32]),
    ]
    chain_id: ChainId
    book: Annotated[str, Field(description="Contract that keeps the loan, EIP-55", examples=[BOOK])]
    status: Annotated[
        LoanStatus, Field(description="Overdue loans are active too", examples=["active"])
    ]
    accelerated: Annotated[bool, Field(description="The whole debt is due", examples=[False])]
    borrower: Address
    lender: Annotated[str, Field(description="Who lent, EIP-55", examples=[LENDER])]
    holder: Annotated[
        str,
        Field(
            description="Who holds the claim and is paid, EIP-55",
            examples=[LENDER],
        ),
    ]
    token: Token
    principal: Annotated[
        str, Field(description="Lent, base units, an integer as string", examples=["12000000000"])
    ]
    outstanding: Amount
    annual_rate: Annotated[
        str,
        Field(description="Nominal, 1e-9 per year, an integer as string", examples=["120000000"]),
    ]
    amortization: Annotated[Amortization, Field(examples=["level"])]
    frequency: Annotated[Frequency, Field(examples=["months"])]
    every: Annotated[int, Field(description="Units of `frequency` between due dates", examples=[1])]
    count: Annotated[int, Field(description="Rows of the schedule", examples=[12])]
    days_past_due: DaysPastDue
    next_due: Annotated[NextDue | None, Field(description="Null when closed", examples=[None])]
    paid: Annotated[SplitAmounts, Field(description="All payments so far")]
    autopay: Annotated[
        bool, Field(description="Whether the borrower lets it be collected", examples=[True])
    ]
    restructurings: Annotated[
        int, Field(ge=0, description="How often its terms were amended", examples=[0])
    ]
    watch: Annotated[
        Watch | None, Field(description="Null when nothing is watched", examples=[None])
    ]
    last_pull: Annotated[
        LastPull | None, Field(description="Null when nothing was tried yet", examples=[None])
    ]
    originated: ChainRef
    closed: Annotated[ChainRef | None, Field(description="Null while active", examples=[None])]


class Guaranty(Schema):
    """What a guarantor has paid, base units of the loan's token."""

    guarantor: Address
    guaranteed: Annotated[
        str, Field(description="Most it pays under the terms in force", examples=["400000000"])
    ]
    drawn: Amount
    recourse: Annotated[str, Field(description="Owed to it by the borrower", examples=["0"])]


class Escrow(Schema):
    """Collateral in the book, base units of its own token."""

    token: Token
    amount: Amount


class LoanAnswer(Loan):
    """A loan with the full terms that are in force."""

    agreement: AgreementTerms
    terms: Annotated[
        str,
        Field(description="Their digest; the loan id until amended", examples=["0x" + "9c" * 32]),
    ]
    guarantees: list[Guaranty]
    escrow: Annotated[Escrow | None, Field(description="Null without collateral", examples=[None])]
    as_of: AsOf


class AmendmentEntry(Schema):
    """One restructuring: what was forgiven, what is owed since, and the new terms."""

    terms_before: Hash
    terms_after: Hash
    status_before: Annotated[LoanStatus, Field(examples=["active"])]
    reason: Annotated[
        int, Field(ge=0, le=255, description='docs/ledger.md, "Reasons"', examples=[2])
    ]
    plan_hash: Hash
    waived: SplitAmounts
    capitalised: Annotated[
        bool, Field(description="Whether unpaid interest became principal", examples=[False])
    ]
    balance: Annotated[str, Field(description="Principal owed since", examples=["9500000000"])]
    deferred: Annotated[
        str, Field(description="Interest owed since that bears none", examples=["0"])
    ]
    watch_rows: Annotated[int, Field(ge=0, description="0: nothing is watched", examples=[6])]
    agreement: AgreementTerms
    chain: ChainRef


class AmendmentsAnswer(Schema):
    """Every restructuring of a loan, oldest first, after the terms it began with."""

    loan_id: Hash
    token: Token
    original: AgreementTerms
    data: list[AmendmentEntry]
    as_of: AsOf


class EventsAnswer(Schema):
    """Every event of a loan, oldest first."""

    loan_id: Hash
    token: Token
    data: list[LedgerEvent]
    as_of: AsOf


class LoanPage(Schema):
    """Loans, newest first. Go on with `starting_after` = the last `loan_id`."""

    data: Annotated[list[Loan], Field(description="At most `limit` loans")]
    has_more: Annotated[bool, Field(description="Whether older ones exist", examples=[False])]
    as_of: AsOf
    chains: Annotated[
        list[AsOf], Field(description="The block of each chain whose loans are listed")
    ]


class RowAmounts(Schema):
    interest: Amount
    principal: Amount
    total: Amount


class ScheduleRow(Schema):
    """One row: as agreed, as it stands after what was paid, and what was paid into it."""

    n: Annotated[int, Field(ge=1, description="From 1", examples=[1])]
    due_date: Date
    agreed: RowAmounts
    agreed_balance: Annotated[
        str, Field(description="Principal left after the row", examples=["11054000000"])
    ]
    actual: Annotated[RowAmounts, Field(description="Differs from agreed after a prepayment")]
    paid: RowAmounts
    prepaid: Annotated[
        str, Field(description="Principal paid ahead inside this row", examples=["0"])
    ]
    paid_on: Annotated[
        str | None, Field(description="Day on which the row was completed", examples=["2026-03-31"])
    ]
    status: Annotated[RowStatus, Field(examples=["paid"])]
    days_late: Annotated[
        int, Field(ge=0, description="Days from the due date to payment, or to now", examples=[0])
    ]


class ScheduleAnswer(Schema):
    """The whole schedule of a loan."""

    loan_id: Hash
    token: Token
    data: list[ScheduleRow]
    agreed_totals: RowAmounts
    as_of: AsOf


class Payment(Schema):
    """One payment and how it was applied."""

    paid_at: Time
    payer: Address
    source: Annotated[
        PaymentSource, Field(description="Where the money came from", examples=["collected"])
    ]
    split: SplitAmounts
    outstanding: Annotated[
        str, Field(description="Principal left afterwards", examples=["11054000000"])
    ]
    row: Annotated[int, Field(ge=1, description="Row that was open before it", examples=[1])]
    chain: ChainRef


class PaymentsAnswer(Schema):
    """All payments of a loan, oldest first."""

    loan_id: Hash
    token: Token
    data: list[Payment]
    totals: SplitAmounts
    credited: Annotated[
        str, Field(description="Of these, what waits for the lender in the book", examples=["0"])
    ]
    as_of: AsOf


class DueAnswer(Schema):
    """What a loan owes at a time if nothing is paid until then."""

    loan_id: Hash
    token: Token
    at: Time
    due: Annotated[SplitAmounts, Field(description="Due and unpaid; what `collect` takes")]
    accrued: Annotated[
        str, Field(description="Interest of the open row, not yet due", examples=["3200000"])
    ]
    fee: Annotated[
        str, Field(description="On principal that the payoff pays ahead", examples=["0"])
    ]
    payoff: Annotated[str, Field(description="Closes the loan", examples=["11057200000"])]
    outstanding: Annotated[
        str, Field(description="Principal not yet repaid", examples=["11054000000"])
    ]
    days_past_due: DaysPastDue
    next_due: Annotated[NextDue | None, Field(examples=[None])]
    as_of: AsOf
