"""Loans as the API shows them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.api.schemas.agreement import AgreementTerms
from tallystick.api.schemas.types import (
    Address,
    Amortization,
    Amount,
    AsOf,
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

LoanStatus = Literal["active", "overdue", "closed"]

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


class Loan(Schema):
    """A loan in brief. Amounts are base units of `token`."""

    loan_id: Annotated[
        str,
        Field(description="EIP-712 digest that both parties signed", examples=["0x" + "9c" * 32]),
    ]
    status: Annotated[
        LoanStatus, Field(description="Overdue loans are active too", examples=["active"])
    ]
    borrower: Address
    lender: Address
    token: Token
    principal: Amount
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
    last_pull: Annotated[
        LastPull | None, Field(description="Null when nothing was tried yet", examples=[None])
    ]
    originated: ChainRef
    closed: Annotated[ChainRef | None, Field(description="Null while active", examples=[None])]


class LoanAnswer(Loan):
    """A loan with the full terms both parties signed."""

    agreement: AgreementTerms
    as_of: AsOf


class LoanPage(Schema):
    """Loans, newest first. Go on with `starting_after` = the last `loan_id`."""

    data: Annotated[list[Loan], Field(description="At most `limit` loans")]
    has_more: Annotated[bool, Field(description="Whether older ones exist", examples=[False])]
    as_of: AsOf


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
    collected: Annotated[
        bool, Field(description="Pulled from the borrower's allowance when due", examples=[True])
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
    payoff: Annotated[str, Field(description="Closes the loan", examples=["11057200000"])]
    outstanding: Annotated[
        str, Field(description="Principal not yet repaid", examples=["11054000000"])
    ]
    days_past_due: DaysPastDue
    next_due: Annotated[NextDue | None, Field(examples=[None])]
    as_of: AsOf
