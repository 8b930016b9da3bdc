"""From a JSON object to checked terms."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from fractions import Fraction

from tallystick.loans.kinds import Frequency
from tallystick.loans.offline.charges import parse_charges
from tallystick.loans.offline.fields import Fields
from tallystick.loans.offline.terms import (
    MAX_ROWS,
    CustomRow,
    DaysInMonth,
    DaysInYear,
    InterestMethod,
    InterestPeriod,
    Plan,
    RateType,
    ScheduleInput,
)
from tallystick.loans.rounding import Rounding

MAX_EVERY = {Frequency.DAYS: 3650, Frequency.WEEKS: 520, Frequency.MONTHS: 120}
"""Most periods between two repayments."""

_MAX_RATE_PCT = 10_000
_RENAMED = {
    "annual_rate": "annual_rate_pct",
    "down_payment": "down_payment_pct",
    "fixed_principal": "fixed_principal_pct",
}
SCHEDULE_FIELDS = frozenset(_RENAMED.get(field.name, field.name) for field in fields(ScheduleInput))
"""The names of the schedule input's fields."""


def parse_schedule_input(data: object, *, beside: frozenset[str] = frozenset()) -> ScheduleInput:
    """The terms that a JSON object states; raises `InputInvalid` with the pointer and the rule.

    `beside` names fields of a larger input that are not this function's business.
    """
    source = Fields(data)
    source.refuse_unknown(SCHEDULE_FIELDS | beside)
    scale = source.integer("money_scale", 0, 18, default=2)
    plan = source.choice("amortization", Plan, default=Plan.EQUAL_INSTALLMENTS)
    frequency = parse_frequency(source)
    month = source.choice("days_in_month", DaysInMonth, default=DaysInMonth.THIRTY)
    by_months = frequency is Frequency.MONTHS and month is DaysInMonth.THIRTY
    usual_year = DaysInYear.D360 if by_months else DaysInYear.D365
    disbursed = source.day("disbursement_date")
    custom = _custom_rows(source, plan, scale, disbursed)
    count = source.integer("number_of_repayments", 1, MAX_ROWS, default=len(custom) or None)
    multiple = "installment_multiple_of"
    rounding = source.choice("rounding", Rounding, default=Rounding.HALF_EVEN)
    terms = ScheduleInput(
        principal=source.money("principal", scale),
        annual_rate=source.percent("annual_rate_pct", _MAX_RATE_PCT),
        number_of_repayments=count,
        repay_every=source.integer("repay_every", 1, MAX_EVERY[frequency], default=1),
        frequency=frequency,
        disbursement_date=disbursed,
        first_repayment_date=_first_repayment(source, disbursed),
        amortization=plan,
        interest_method=source.choice(
            "interest_method", InterestMethod, default=InterestMethod.DECLINING
        ),
        days_in_month=month,
        days_in_year=source.choice("days_in_year", DaysInYear, default=usual_year),
        interest_calculation_period=source.choice(
            "interest_calculation_period", InterestPeriod, default=InterestPeriod.DAILY
        ),
        money_scale=scale,
        installment_multiple_of=source.money(multiple, scale) if source.given(multiple) else None,
        grace_on_principal=source.integer("grace_on_principal", 0, count - 1, default=0),
        grace_on_interest_payment=source.integer(
            "grace_on_interest_payment", 0, count - 1, default=0
        ),
        interest_free_periods=source.integer("interest_free_periods", 0, count, default=0),
        down_payment=source.percent("down_payment_pct", 100, default=Fraction(0)),
        fixed_principal=_fixed_principal(source, plan),
        custom_rows=custom,
        charges=parse_charges(source, scale, disbursed, rounding),
        rate_type=source.choice("rate_type", RateType, default=RateType.NOMINAL),
        rounding=rounding,
        installment_rounding=source.choice("installment_rounding", Rounding, default=rounding),
    )
    _check_together(source, terms)
    return terms


def parse_frequency(source: Fields) -> Frequency:
    """The field `frequency`, months when absent."""
    if not source.given("frequency"):
        return Frequency.MONTHS
    value = source.raw("frequency")
    for member in Frequency:
        if member.label == value:
            return member
    raise source.error("frequency", "must be one of days, weeks, months")


def _first_repayment(source: Fields, disbursed: date) -> date | None:
    if not source.given("first_repayment_date"):
        return None
    first = source.day("first_repayment_date")
    if first <= disbursed:
        raise source.error("first_repayment_date", "must lie after disbursement_date")
    return first


def _fixed_principal(source: Fields, plan: Plan) -> Fraction | None:
    name = "fixed_principal_pct"
    if plan is not Plan.BALLOON:
        if source.given(name):
            raise source.error(name, f"belongs to amortization {Plan.BALLOON} only")
        return None
    fraction = source.percent(name, 100)
    if fraction == 0:
        raise source.error(name, "must be above 0")
    return fraction


def _custom_rows(source: Fields, plan: Plan, scale: int, disbursed: date) -> tuple[CustomRow, ...]:
    name = "custom_rows"
    if plan is not Plan.CUSTOM:
        if source.given(name):
            raise source.error(name, "belongs to amortization custom only")
        return ()
    items = source.raw(name)
    if not isinstance(items, (list, tuple)) or not 1 <= len(items) <= MAX_ROWS:
        raise source.error(name, f"must be an array of 1 to {MAX_ROWS} rows")
    rows: list[CustomRow] = []
    before = disbursed
    for index, item in enumerate(items):
        row = Fields(item, f"{source.pointer(name)}/{index}")
        row.refuse_unknown(frozenset(("due_date", "principal", "total")))
        due = row.day("due_date") if row.given("due_date") else None
        if due is not None and due <= before:
            raise row.error("due_date", "must lie after the date before it")
        if (due is None) != (index > 0 and rows[0].due_date is None) and index > 0:
            raise row.error("due_date", "must be given in every row or in none")
        rows.append(_custom_row(row, due, scale, last=index == len(items) - 1))
        before = due or before
    return tuple(rows)


def _custom_row(row: Fields, due: date | None, scale: int, *, last: bool) -> CustomRow:
    principal = row.money("principal", scale, least=0) if row.given("principal") else None
    total = row.money("total", scale, least=0) if row.given("total") else None
    if principal is not None and total is not None:
        raise row.error("total", "must not be given beside principal")
    if principal is None and total is None and not last:
        raise row.error("principal", "is required, or total, in every row but the last")
    if last and total is not None:
        raise row.error("total", "must not be given in the last row, which takes what is left")
    return CustomRow(due, principal, total)


def _check_together(source: Fields, terms: ScheduleInput) -> None:
    plan = terms.amortization
    if plan in (Plan.BULLET, Plan.CUSTOM):
        for name in ("grace_on_principal", "grace_on_interest_payment", "interest_free_periods"):
            if getattr(terms, name):
                raise source.error(name, f"must be 0 for amortization {plan}")
    flat = terms.interest_method is InterestMethod.FLAT
    if flat and terms.rate_type is not RateType.NOMINAL:
        raise source.error("rate_type", "must be nominal for interest_method flat")
    if plan is not Plan.CUSTOM:
        return
    rows = terms.custom_rows
    if len(rows) != terms.number_of_repayments:
        raise source.error("number_of_repayments", "must be the number of custom_rows")
    if rows[0].due_date is not None and terms.first_repayment_date is not None:
        raise source.error("first_repayment_date", "must not be given beside custom due dates")
    if terms.down_payment:
        raise source.error("down_payment_pct", "must be 0 for amortization custom")
