"""A plan recommendation's question and answer; docs/maths.md defines every field."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from tallystick.api.schemas.quotes import Decimal, Percentage, QuoteAnswer
from tallystick.api.schemas.types import Date, Frequency, Schema

Kind = Annotated[
    Literal[
        "equal_installments",
        "equal_principal",
        "interest_only",
        "bullet",
        "fixed_principal_percent_with_balloon",
        "custom",
    ],
    Field(examples=["equal_installments"]),
]
Month = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}$", examples=["2026-02"])]
ScheduleTerms = Annotated[
    dict[str, Any],
    Field(
        description="The body for /v1/quotes/schedule that gives this plan",
        examples=[{"principal": "1200.00", "amortization": "equal_principal"}],
    ),
]
Grace = Annotated[int, Field(ge=0, le=360, examples=[0])]


class UncertainAmount(Schema):
    """Exactly one of `low` (income), `high` (expense), `deviation` or `quantiles` by percent."""

    expected: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    deviation: Decimal | None = None
    quantiles: Annotated[
        dict[str, Decimal] | None, Field(max_length=100, examples=[{"10": "800", "50": "1000"}])
    ] = None


Estimate = Annotated[
    Decimal | UncertainAmount, Field(description="A certain amount, or an uncertain one")
]


class BudgetMonth(Schema):
    """What comes in and goes out; `debt_service` is what other debts take."""

    month: Month
    income: Estimate
    expense: Estimate
    debt_service: Decimal | None = None


class Budget(Schema):
    """Months without gaps; with `repeats` they start again after the last."""

    months: Annotated[list[BudgetMonth], Field(min_length=1, max_length=600)]
    repeats: Annotated[bool | None, Field(examples=[True])] = None


class TermBounds(Schema):
    """Shortest and longest term, in periods."""

    least: Annotated[int | None, Field(ge=1, le=360, examples=[3])] = None
    most: Annotated[int, Field(ge=1, le=360, examples=[24])]


class Product(Schema):
    """What the lender offers."""

    amortization: Annotated[list[Kind], Field(min_length=1, max_length=6, examples=[["custom"]])]
    number_of_repayments: TermBounds
    grace_on_principal: Annotated[
        list[Grace] | None, Field(max_length=12, description="Graces to choose from")
    ] = None
    fixed_principal_pct: Annotated[
        list[Percentage] | None, Field(max_length=12, description="Balloon shares to choose from")
    ] = None
    may_skip_rows: Annotated[bool | None, Field(examples=[True])] = None
    least_principal: Decimal | None = None


class Caution(Schema):
    """How careful the cautious scenario is."""

    deviations: Percentage | None = None
    quantile_pct: Percentage | None = None


class PlanQuestion(Schema):
    """The loan that is wanted, the lender's product and the borrower's budget."""

    principal: Decimal
    annual_rate_pct: Percentage
    disbursement_date: Date
    first_repayment_date: Date | None = None
    repay_every: Annotated[int | None, Field(ge=1, le=3650, examples=[1])] = None
    frequency: Annotated[Frequency | None, Field(examples=["months"])] = None
    days_in_month: Annotated[Literal["30", "actual"] | None, Field(examples=["30"])] = None
    days_in_year: Annotated[
        Literal["360", "364", "365", "actual"] | None, Field(examples=["360"])
    ] = None
    interest_calculation_period: Annotated[
        Literal["daily", "same_as_repayment"] | None, Field(examples=["daily"])
    ] = None
    money_scale: Annotated[
        int | None, Field(ge=0, le=18, description="Decimals of the currency", examples=[2])
    ] = None
    installment_multiple_of: Decimal | None = None
    max_share_pct: Percentage
    product: Product
    caution: Caution | None = None
    budget: Budget


class ReasonText(Schema):
    """The sentence in both languages."""

    model_config = ConfigDict(populate_by_name=True)

    en: Annotated[str, Field(examples=["No amount fits, however small."])]
    zh_hans: Annotated[str, Field(alias="zh-Hans", examples=["任何金额都不可行。"])]


class PlanReason(Schema):
    """Branch on `code`; `values` are the figures that the sentence names."""

    code: Annotated[str, Field(examples=["least_interest"])]
    values: Annotated[dict[str, str], Field(examples=[{"interest": "20.07"}])]
    text: ReasonText


class MonthLoad(Schema):
    """What falls due in a month, and its limit."""

    month: Month
    due: Decimal
    limit: Decimal


class OtherPlan(Schema):
    """A plan that was looked at; without figures where its kind has no plan to show."""

    amortization: Kind
    fits: Annotated[bool, Field(examples=[True])]
    principal: Decimal | None = None
    interest: Decimal | None = None
    costs_more: Decimal | None = None
    number_of_repayments: Annotated[int | None, Field(examples=[12])] = None
    term_in_periods: Annotated[int | None, Field(examples=[12])] = None
    grace_on_principal: Annotated[int | None, Field(examples=[0])] = None
    last_due_date: Date | None = None
    tightest_month: MonthLoad | None = None
    schedule_input: ScheduleTerms | None = None
    reasons: list[PlanReason]


class ProposedPlan(Schema):
    """A plan that fits; post `schedule_input` to `/v1/quotes/schedule` for the same `schedule`."""

    amortization: Kind
    fits: Annotated[bool, Field(examples=[True])]
    principal: Decimal
    interest: Decimal
    number_of_repayments: Annotated[int, Field(examples=[12])]
    term_in_periods: Annotated[int, Field(description="Rows left out included", examples=[12])]
    grace_on_principal: Annotated[int, Field(examples=[0])]
    last_due_date: Date
    tightest_month: MonthLoad
    schedule_input: ScheduleTerms
    schedule: QuoteAnswer
    by_month: list[MonthLoad]


class MonthLimit(Schema):
    """Free income of a month, and the limit that follows from it."""

    month: Month
    free_income_expected: Decimal
    free_income_cautious: Decimal
    debt_service: Decimal
    limit: Decimal


class PlanAnswer(Schema):
    """`plan` is null when none fits; `largest_amount` is then the largest that would."""

    fits: Annotated[bool, Field(examples=[True])]
    plan: ProposedPlan | None
    reasons: list[PlanReason]
    alternatives: list[OtherPlan]
    largest_amount: ProposedPlan | None
    longest_term: Annotated[int, Field(description="Periods tried", examples=[24])]
    months: list[MonthLimit]
