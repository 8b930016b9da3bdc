"""The offline schedule input; docs/maths.md defines every field."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.api.schemas.types import Date, Frequency, Schema

Decimal = Annotated[
    str, Field(max_length=50, description="Decimal as string", examples=["1200.00"])
]
Percentage = Annotated[str, Field(max_length=50, description="Per cent", examples=["12.5"])]
Periods = Annotated[int | None, Field(ge=0, le=600, description="0 if left out", examples=[0])]
Rounding = Literal["half_even", "half_up", "up", "down"]


class CustomRow(Schema):
    """One row of a custom plan: its principal or its total; neither: what is left."""

    due_date: Date | None = None
    principal: Decimal | None = None
    total: Decimal | None = None


class Charge(Schema):
    """A fee, an amount or a percentage."""

    name: Annotated[str | None, Field(max_length=100, examples=["Handling"])] = None
    when: Annotated[
        Literal["disbursement", "installment", "date"], Field(examples=["disbursement"])
    ]
    amount: Decimal | None = None
    percent: Percentage | None = None
    of: Annotated[
        Literal["principal", "interest", "principal_and_interest"] | None,
        Field(description="What the percentage is of", examples=["principal"]),
    ] = None
    due_date: Date | None = None


class ScheduleQuote(Schema):
    """Terms of any loan, on chain or not. What is left out takes the default of docs/maths.md."""

    principal: Decimal
    annual_rate_pct: Percentage
    number_of_repayments: Annotated[
        int | None, Field(ge=1, le=600, description="Number of rows", examples=[12])
    ] = None
    repay_every: Annotated[int | None, Field(ge=1, le=3650, examples=[1])] = None
    frequency: Annotated[Frequency | None, Field(examples=["months"])] = None
    disbursement_date: Date
    first_repayment_date: Date | None = None
    amortization: Annotated[
        Literal[
            "equal_installments",
            "equal_principal",
            "interest_only",
            "bullet",
            "fixed_principal_percent_with_balloon",
            "custom",
        ]
        | None,
        Field(examples=["equal_installments"]),
    ] = None
    interest_method: Annotated[
        Literal["declining", "flat"] | None, Field(examples=["declining"])
    ] = None
    rate_type: Annotated[
        Literal["nominal", "effective_annual", "nominal_semiannual"] | None,
        Field(description="What the yearly rate says", examples=["nominal"]),
    ] = None
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
    rounding: Annotated[Rounding | None, Field(examples=["half_even"])] = None
    installment_rounding: Annotated[
        Rounding | None, Field(description="`rounding` if left out", examples=["up"])
    ] = None
    grace_on_principal: Periods = None
    grace_on_interest_payment: Periods = None
    interest_free_periods: Periods = None
    down_payment_pct: Percentage | None = None
    fixed_principal_pct: Percentage | None = None
    custom_rows: Annotated[list[CustomRow] | None, Field(max_length=600, examples=[[]])] = None
    charges: Annotated[list[Charge] | None, Field(max_length=50, examples=[[]])] = None


class QuoteRow(Schema):
    """One row; decimals as strings with `money_scale` places."""

    n: Annotated[int, Field(ge=1, examples=[1])]
    due_date: Date
    principal: Decimal
    interest: Decimal
    fee: Decimal
    total: Decimal
    balance: Annotated[str, Field(description="Principal left after it", examples=["1105.38"])]


class QuoteTotals(Schema):
    principal: Decimal
    interest: Decimal
    fee: Decimal
    total: Decimal


class QuoteDisbursement(Schema):
    """What is paid out: the principal less the fee kept back."""

    date: Date
    principal: Decimal
    fee: Decimal
    net: Decimal


class QuoteAnswer(Schema):
    """The whole schedule."""

    disbursement: QuoteDisbursement
    installment: Annotated[
        str | None, Field(description="The level payment, where there is one", examples=["106.62"])
    ]
    rows: list[QuoteRow]
    totals: QuoteTotals


class ReturnRates(Schema):
    """The plain internal rate of return, per repayment period and per year."""

    per_period_pct: Annotated[str, Field(examples=["1.000000"])]
    nominal_pct: Annotated[str, Field(examples=["12.00"])]
    effective_pct: Annotated[str, Field(examples=["12.68"])]


class CostAnswer(Schema):
    """The whole cost of a loan. `apr_pct` is that of Directive (EU) 2023/2225,
    Annex III, `apr_reg_z_pct` that of Regulation Z, Appendix J."""

    installment: Annotated[
        str | None, Field(description="The level payment, where there is one", examples=["106.62"])
    ]
    disbursement: QuoteDisbursement
    number_of_rows: Annotated[int, Field(ge=1, examples=[12])]
    first_due_date: Date
    last_due_date: Date
    totals: QuoteTotals
    cost: Annotated[str, Field(description="Interest and all fees", examples=["79.42"])]
    apr_pct: Annotated[str, Field(description="Annual percentage rate, EU", examples=["12.68"])]
    apr_reg_z_pct: Annotated[
        str | None,
        Field(description="Annual percentage rate, US; null if irregular", examples=["12.00"]),
    ]
    irr: ReturnRates
    rows: list[QuoteRow]
