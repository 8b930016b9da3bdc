"""A loan with its events, and questions about it; docs/maths.md, "Events", defines every field."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.api.schemas.quotes import Decimal, Percentage, ScheduleQuote
from tallystick.api.schemas.types import Date, Frequency, Schema

Component = Literal["penalty", "fee", "interest", "principal"]
InAdvance = Literal["next_installment", "reduce_term", "reduce_installment"]
Money = Annotated[str, Field(description="Decimal as string", examples=["106.62"])]
OptionalDate = Annotated[str | None, Field(description="ISO 8601", examples=["2026-12-31"])]
Installment = Annotated[
    str | None, Field(description="The level payment, where there is one", examples=["106.62"])
]
RowsToPay = Annotated[int, Field(description="Rows that still ask for money", examples=[11])]
MOST_EVENTS = 600


class PenaltyTerms(Schema):
    """Penalty interest a year on what is overdue."""

    annual_rate_pct: Percentage
    grace_days: Annotated[int | None, Field(ge=0, le=365, examples=[3])] = None
    cap_days: Annotated[int | None, Field(ge=0, le=3650, examples=[180])] = None


class PaymentRules(Schema):
    """How payments are applied."""

    order: Annotated[
        list[Component] | None,
        Field(min_length=4, max_length=4, examples=[["penalty", "fee", "interest", "principal"]]),
    ] = None
    across: Annotated[
        Literal["installment", "component"] | None, Field(examples=["installment"])
    ] = None
    in_advance: Annotated[InAdvance | None, Field(examples=["reduce_term"])] = None
    prepay_interest: Annotated[
        Literal["to_date", "to_period_end", "at_due"] | None, Field(examples=["to_date"])
    ] = None


class LifeEvent(Schema):
    """Something that happened to the loan; which members it has depends on its type."""

    date: Date
    type: Annotated[
        Literal[
            "payment",
            "disbursement",
            "fee",
            "rate_change",
            "reschedule",
            "extra_terms",
            "holiday",
            "re_amortize",
            "re_age",
            "waiver",
            "write_off",
            "recovery",
            "refund",
        ],
        Field(examples=["payment"]),
    ]
    note: Annotated[str | None, Field(max_length=500, examples=["In cash"])] = None
    amount: Decimal | None = None
    annual_rate_pct: Percentage | None = None
    keep_installment: Annotated[bool | None, Field(examples=[False])] = None
    due_date: Date | None = None
    count: Annotated[int | None, Field(ge=1, le=600, examples=[3])] = None
    extend: Annotated[bool | None, Field(examples=[True])] = None
    repay_every: Annotated[int | None, Field(ge=1, le=3650, examples=[1])] = None
    frequency: Annotated[Frequency | None, Field(examples=["months"])] = None
    component: Annotated[Component | None, Field(examples=["penalty"])] = None


class LifeTerms(ScheduleQuote):
    """Terms, what has happened since, and the day of the answer (that of the last event)."""

    penalty: PenaltyTerms | None = None
    rules: PaymentRules | None = None
    events: Annotated[
        list[LifeEvent] | None,
        Field(
            max_length=MOST_EVENTS,
            examples=[[{"date": "2026-02-28", "type": "payment", "amount": "106.62"}]],
        ),
    ] = None
    as_of: Date | None = None


class PrepaymentQuestion(LifeTerms):
    """A loan, and what is to be paid ahead on `as_of`."""

    prepay: Decimal


class RestructuringQuestion(LifeTerms):
    """A loan, and further events that are proposed for it."""

    proposal: Annotated[
        list[LifeEvent],
        Field(
            max_length=MOST_EVENTS,
            examples=[[{"date": "2026-05-10", "type": "holiday", "count": 2, "extend": True}]],
        ),
    ]


class DueByComponent(Schema):
    penalty: Money
    fee: Money
    interest: Money
    principal: Money


class PayoffAnswer(Schema):
    """What closes the loan at the end of `date`, and the interest that this saves."""

    date: Date
    payoff: Money
    due: DueByComponent
    not_yet_due: Money
    outstanding: Annotated[str, Field(description="Principal not yet repaid", examples=["900.00"])]
    interest_saved: Money


class PrepaymentChoice(Schema):
    """What one way of paying ahead leads to."""

    in_advance: Annotated[InAdvance, Field(examples=["reduce_term"])]
    installment: Installment
    rows_to_pay: RowsToPay
    last_due_date: OptionalDate
    interest_total: Money
    interest_saved: Annotated[
        str, Field(description="Against not paying ahead", examples=["31.44"])
    ]


class PrepaymentAnswer(Schema):
    """Every way of paying the amount ahead on `date`."""

    date: Date
    choices: list[PrepaymentChoice]


class LoanSide(Schema):
    """The loan on one side of the comparison."""

    status: Annotated[
        Literal["active", "overdue", "closed", "written_off"], Field(examples=["overdue"])
    ]
    due: Money
    days_past_due: Annotated[int, Field(ge=0, examples=[12])]
    outstanding: Money
    installment: Installment
    rows_to_pay: RowsToPay
    next_due_date: OptionalDate
    next_total: Annotated[str | None, Field(examples=["106.62"])]
    last_due_date: OptionalDate
    interest_total: Money
    to_pay: Annotated[str, Field(description="All that is left to pay", examples=["1066.20"])]


class RestructuringAnswer(Schema):
    """Both sides as of the proposal's last day."""

    as_of: Date
    before: LoanSide
    after: LoanSide
    interest_change: Annotated[str, Field(description="After less before", examples=["-12.30"])]
