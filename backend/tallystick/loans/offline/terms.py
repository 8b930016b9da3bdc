"""The validated terms of a loan to be computed offline.

Amounts are integers in units of 10^-money_scale, rates and percentages exact fractions of one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from tallystick.loans.kinds import Frequency
from tallystick.loans.offline.charges import Charge
from tallystick.loans.rounding import Rounding

MAX_ROWS = 600


class Plan(StrEnum):
    """How principal is repaid."""

    EQUAL_INSTALLMENTS = "equal_installments"
    EQUAL_PRINCIPAL = "equal_principal"
    INTEREST_ONLY = "interest_only"
    BULLET = "bullet"
    BALLOON = "fixed_principal_percent_with_balloon"
    CUSTOM = "custom"


class InterestMethod(StrEnum):
    """What bears interest: the balance, or the whole principal until the end."""

    DECLINING = "declining"
    FLAT = "flat"


class RateType(StrEnum):
    """What the yearly rate says: a share by time, or a rate compounded once or twice a year."""

    NOMINAL = "nominal"
    EFFECTIVE_ANNUAL = "effective_annual"
    NOMINAL_SEMIANNUAL = "nominal_semiannual"


class InterestPeriod(StrEnum):
    """Whether a row bears interest by its days or as one repayment period, however long."""

    DAILY = "daily"
    SAME_AS_REPAYMENT = "same_as_repayment"


class DaysInMonth(StrEnum):
    """Days counted for a month."""

    THIRTY = "30"
    ACTUAL = "actual"


class DaysInYear(StrEnum):
    """Days counted for a year."""

    D360 = "360"
    D364 = "364"
    D365 = "365"
    ACTUAL = "actual"


@dataclass(frozen=True, slots=True)
class CustomRow:
    """One row of a custom plan: its principal or its total; neither: what is left (last row)."""

    due_date: date | None
    principal: int | None
    total: int | None


@dataclass(frozen=True, slots=True)
class ScheduleInput:
    """Every field of the schedule input, checked; see `docs/maths.md` for what each means."""

    principal: int
    annual_rate: Fraction
    number_of_repayments: int
    repay_every: int
    frequency: Frequency
    disbursement_date: date
    first_repayment_date: date | None
    amortization: Plan
    interest_method: InterestMethod
    days_in_month: DaysInMonth
    days_in_year: DaysInYear
    interest_calculation_period: InterestPeriod
    money_scale: int
    installment_multiple_of: int | None
    grace_on_principal: int
    grace_on_interest_payment: int
    interest_free_periods: int
    down_payment: Fraction
    fixed_principal: Fraction | None
    custom_rows: tuple[CustomRow, ...]
    charges: tuple[Charge, ...] = ()
    rate_type: RateType = RateType.NOMINAL
    rounding: Rounding = Rounding.HALF_EVEN
    installment_rounding: Rounding = Rounding.HALF_EVEN
