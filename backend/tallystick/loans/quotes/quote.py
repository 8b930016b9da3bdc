"""The whole cost of a loan: installment, totals, annual percentage rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from tallystick.loans.errors import InputInvalid
from tallystick.loans.kinds import Frequency
from tallystick.loans.offline.result import ScheduleResult, ScheduleRow, decimal
from tallystick.loans.offline.schedule import compute_schedule
from tallystick.loans.offline.terms import Plan, ScheduleInput
from tallystick.loans.quotes.intervals import eu_years
from tallystick.loans.quotes.rates import NoRate, effective_rate, percent
from tallystick.loans.quotes.reg_z import reg_z_rate, unit_periods

_PERIODS = {Frequency.MONTHS: 12, Frequency.WEEKS: 52, Frequency.DAYS: 365}


@dataclass(frozen=True, slots=True)
class Quote:
    """A schedule and what it costs. Rates are fractions of one.

    `apr` is the EU's annual percentage rate of charge, `apr_reg_z` that of the United States, None
    where its payments are irregular or more than a year apart; `irr` the internal rate of return
    per repayment period, with its `nominal` (times the periods of a year) and `effective` yearly
    forms.
    """

    schedule: ScheduleResult
    apr: Decimal
    apr_reg_z: Decimal | None
    irr: Decimal
    nominal: Decimal
    effective: Decimal
    first_due: date
    last_due: date

    @property
    def cost(self) -> int:
        """Interest and fees together."""
        return self.schedule.interest + self.schedule.fee

    def to_json(self) -> dict[str, object]:
        """The quote; amounts as decimal strings, rates in percent with two decimals (irr: six)."""
        schedule = self.schedule.to_json()
        return {
            "installment": schedule["installment"],
            "disbursement": schedule["disbursement"],
            "number_of_rows": len(self.schedule.rows),
            "first_due_date": self.first_due.isoformat(),
            "last_due_date": self.last_due.isoformat(),
            "totals": schedule["totals"],
            "cost": decimal(self.cost, self.schedule.money_scale),
            "apr_pct": percent(self.apr),
            "apr_reg_z_pct": None if self.apr_reg_z is None else percent(self.apr_reg_z),
            "irr": {
                "per_period_pct": percent(self.irr, 6),
                "nominal_pct": percent(self.nominal),
                "effective_pct": percent(self.effective),
            },
            "rows": schedule["rows"],
        }


def quote(terms: ScheduleInput) -> Quote:
    """The cost of the loan; raises `InputInvalid` when fees leave it no rate."""
    schedule = compute_schedule(terms)
    net = schedule.disbursed - schedule.upfront_fee
    begin = terms.disbursement_date
    eu = [(Fraction(0), -net)]
    plain = [(Fraction(0), -net)]
    period = 0
    for row in schedule.rows:
        eu.append((eu_years(begin, row.due_date, terms.frequency), row.total))
        period += row.due_date > begin
        plain.append((Fraction(_span(terms, period)), row.total))
    try:
        apr, irr = effective_rate(eu), effective_rate(plain)
        apr_reg_z = _reg_z(terms, schedule.rows, net)
    except NoRate as error:
        rule = "must leave the borrower so much that the yearly rate is below 10^23"
        raise InputInvalid("/charges", rule) from error
    periods = Decimal(_PERIODS[terms.frequency]) / terms.repay_every
    return Quote(
        schedule=schedule,
        apr=apr,
        apr_reg_z=apr_reg_z,
        irr=irr,
        nominal=irr * periods,
        effective=(1 + irr) ** periods - 1,
        first_due=next((row.due_date for row in schedule.rows if row.due_date > begin), begin),
        last_due=schedule.rows[-1].due_date,
    )


def _reg_z(terms: ScheduleInput, rows: Sequence[ScheduleRow], net: int) -> Decimal | None:
    """A down payment lowers what is financed."""
    begin = terms.disbursement_date
    later = [row for row in rows if row.due_date > begin]
    dated = terms.custom_rows and terms.custom_rows[0].due_date is not None
    if not later or (dated and len(later) > 1):
        return None
    periods = unit_periods(
        begin, later[0].due_date, terms.frequency, terms.repay_every, single=len(later) == 1
    )
    financed = net - sum(row.total for row in rows if row.due_date == begin)
    if periods is None:
        return None
    return reg_z_rate(financed, [row.total for row in later], periods)


def _span(terms: ScheduleInput, period: int) -> int:
    """Periods to the n-th due date; a bullet is due after all of them."""
    if terms.amortization is Plan.BULLET and period:
        return terms.number_of_repayments
    return period
