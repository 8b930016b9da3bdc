"""The running account of one loan: rows billed and to come, interest in exact fractions, penalty.

A row is billed on its due date: from then on its interest, fee and principal are fixed claims, and
the balance that bears interest falls by its principal whether it is paid or not, as on the ledger.
Interest of the open row is kept unrounded over changes of balance or rate and rounded once when the
row is billed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction

from tallystick.loans.annuity import Rate, level_payment
from tallystick.loans.life.terms import Component, LifeInput, PenaltyTerms
from tallystick.loans.offline.charges import ChargeTime, fee_at_disbursement, with_fees
from tallystick.loans.offline.compounding import period_rate
from tallystick.loans.offline.interest import flat_interest, period_rates
from tallystick.loans.offline.periods import due_dates, period_years
from tallystick.loans.offline.principal import fixed_principal, flat_level
from tallystick.loans.offline.schedule import compute_schedule, down_payment
from tallystick.loans.offline.terms import CustomRow, InterestMethod, Plan, ScheduleInput


@dataclass(slots=True)
class Line:
    """One row. `years` is the length of its period; claims are set when it is billed.

    `moved` tells that unpaid claims were taken out of it by re-ageing or re-amortizing.
    """

    begin: date
    due: date
    years: Fraction
    free: bool = False
    principal_grace: bool = False
    interest_grace: bool = False
    custom: CustomRow | None = None
    flat: int | None = None
    claim: dict[Component, int] = field(default_factory=dict)
    settled: dict[Component, int] = field(default_factory=dict)
    balance: int = 0
    settled_on: date | None = None
    moved: bool = False

    def unpaid(self, component: Component) -> int:
        """What is left of a claim."""
        return self.claim.get(component, 0) - self.settled.get(component, 0)

    @property
    def unpaid_total(self) -> int:
        """What is left of all claims."""
        return sum(self.claim.values()) - sum(self.settled.values())

    def settle(self, component: Component, amount: int, when: date) -> int:
        """Settle at most `amount` of a claim; returns what was used."""
        used = min(amount, self.unpaid(component))
        if used:
            self.settled[component] = self.settled.get(component, 0) + used
            if self.unpaid_total == 0:
                self.settled_on = when
        return used


class Book:
    """The account. Its methods are the only ways in which a loan's rows come to be."""

    def __init__(self, life: LifeInput) -> None:
        terms = life.schedule
        self.terms: ScheduleInput = terms
        self.penalty_terms: PenaltyTerms = life.penalty
        self.rate = terms.annual_rate
        down = down_payment(terms)
        self.balance = terms.principal - down
        self.lines = _lines(replace(terms, principal=self.balance)) if self.balance else []
        self.flat_base: Fraction | None = None
        if terms.interest_method is InterestMethod.FLAT and self.lines:
            years = sum((line.years for line in self.lines), Fraction(0))
            self.flat_base = self.balance * years / len(self.lines)
        self.billed = 0
        self.since = terms.disbursement_date
        self.accrued = Fraction(0)
        self.credit = 0
        self.deferred = 0
        self.late_fee = 0
        self.anchor = (terms.first_repayment_date or terms.disbursement_date).day
        self.level: int | None = None
        self.fixed: int | None = None
        self.points = 0
        self.penalty_day = terms.disbursement_date
        self.penalty_settled = 0
        if down:
            line = Line(terms.disbursement_date, terms.disbursement_date, Fraction(0))
            line.claim = {Component.PRINCIPAL: down}
            line.balance = self.balance
            self.lines.insert(0, line)
            self.billed = 1
        if self.balance:
            self._plan()
        self._dated_fees(terms)

    # -- rows to come ---------------------------------------------------------------------------

    @property
    def open(self) -> Line:
        """The row whose period runs."""
        return self.lines[self.billed]

    @property
    def running(self) -> bool:
        """Whether a row is still to be billed."""
        return self.billed < len(self.lines)

    def _plan(self) -> None:
        """Set the level or fixed principal from the original terms."""
        financed = replace(self.terms, principal=self.balance)
        if self.terms.interest_method is InterestMethod.FLAT:
            rates = period_rates(financed, [line.due for line in self.lines[self.billed :]])
            if self.terms.amortization in (Plan.EQUAL_INSTALLMENTS, Plan.EQUAL_PRINCIPAL):
                self.fixed = flat_level(financed, rates)[0]
            else:
                self.fixed = fixed_principal(financed, len(rates))
        elif self.terms.amortization is Plan.EQUAL_INSTALLMENTS:
            self.relevel()
        else:
            self.fixed = fixed_principal(financed, len(self.lines) - self.billed)

    def relevel(self) -> None:
        """Find the installment anew for the balance and the rows to come."""
        if not self.running or not self.balance:
            return
        paying = [
            k for k in range(self.billed, len(self.lines)) if not self.lines[k].principal_grace
        ]
        level = self.terms.amortization is Plan.EQUAL_INSTALLMENTS
        if self.terms.amortization is Plan.EQUAL_PRINCIPAL or (level and self.flat_base):
            self.fixed = self.round(Fraction(self.balance, len(paying))) if paying else 0
        elif level and paying:
            unit = self.terms.installment_multiple_of or 1
            rates = [self._row_rate(k) for k in paying]
            divide = self.terms.installment_rounding.divide
            self.level = max(level_payment(self.balance, rates, unit, divide), unit)

    def _row_rate(self, k: int) -> Rate:
        line = self.lines[k]
        if k == self.billed:
            rate = (self.exact_interest(line.due) + self.deferred) / self.balance
        else:
            rate = Fraction(0) if line.free else self._rate_of(line)
        return rate.numerator, rate.denominator

    def flat_interest(self) -> int | None:
        """Flat interest of a whole row at the rate of today; None on a declining balance."""
        return None if self.flat_base is None else self.round(self.flat_base * self.rate)

    def round(self, exact: Fraction) -> int:
        """An amount as the terms round it."""
        return self.terms.rounding.divide(exact.numerator, exact.denominator)

    # -- interest -------------------------------------------------------------------------------

    def _rate_of(self, line: Line) -> Fraction:
        return period_rate(self.rate, self.terms.rate_type, line.years)

    def exact_interest(self, day: date) -> Fraction:
        """Interest of the open row from its begin up to `day`, unrounded."""
        line = self.open
        days = (line.due - line.begin).days
        if line.flat is not None:
            return Fraction(line.flat * max((day - line.begin).days, 0), days)
        share = Fraction(max((day - self.since).days, 0), days)
        if line.free:
            return self.accrued
        return self.accrued + self.balance * self._rate_of(line) * share

    def cut(self, day: date) -> None:
        """Keep the interest accrued up to `day`, so that balance or rate may change from there."""
        if self.running and day > self.since:
            self.accrued = self.exact_interest(day)
            self.since = day

    # -- billing --------------------------------------------------------------------------------

    def advance(self, day: date) -> None:
        """Bill every row due by `day` and let penalty run up to it."""
        while self.running and self.open.due <= day:
            self.bill()
        self._run_penalty(day)

    def bill(self) -> Line:
        """Turn the open row into claims."""
        line, last = self.open, self.billed == len(self.lines) - 1
        interest = self.round(self.exact_interest(line.due)) + self.deferred
        self.deferred = 0
        if line.interest_grace and not last:
            interest, self.deferred = 0, interest
        principal = self.balance if last else self._principal(line, interest)
        self.balance -= principal
        fee = self.late_fee + line.claim.get(Component.FEE, 0)
        for charge in self.terms.charges:
            if charge.when is ChargeTime.INSTALLMENT:
                fee += charge.of(principal, interest)
        self.late_fee = 0
        line.claim = {
            Component.FEE: fee,
            Component.INTEREST: interest,
            Component.PRINCIPAL: principal,
        }
        line.balance = self.balance
        self.credit -= line.settle(Component.INTEREST, self.credit, line.due)
        self.billed += 1
        self.since, self.accrued = line.due, Fraction(0)
        if self.balance == 0 and self.deferred == 0 and line.flat is None:
            del self.lines[self.billed :]
        elif interest and principal == 0 and self._collects_deferral(line):
            self.relevel()
        return line

    def _principal(self, line: Line, interest: int) -> int:
        if line.principal_grace:
            return 0
        if line.custom is not None:
            wanted = line.custom.principal or 0
            if line.custom.total is not None:
                wanted = max(line.custom.total - interest, 0)
        elif self.level is not None:
            wanted = max(self.level - interest, 0)
        else:
            wanted = self.fixed or 0
        return min(wanted, self.balance)

    def _collects_deferral(self, line: Line) -> bool:
        before = self.lines[self.billed - 2] if self.billed > 1 else None
        return (
            self.level is not None
            and before is not None
            and before.interest_grace
            and not line.interest_grace
            and not line.principal_grace
        )

    def close(self) -> None:
        """Nothing is left to bill."""
        self.balance = self.deferred = self.late_fee = self.credit = 0
        del self.lines[self.billed :]

    # -- penalty --------------------------------------------------------------------------------

    def _run_penalty(self, day: date) -> None:
        grace, cap = self.penalty_terms.grace_days, self.penalty_terms.cap_days
        start, end = self.penalty_day.toordinal(), day.toordinal()
        for line in self.lines[: self.billed]:
            unpaid = line.unpaid(Component.INTEREST) + line.unpaid(Component.PRINCIPAL)
            begin = line.due.toordinal() + grace
            if unpaid and end > begin:
                self.points += unpaid * max(0, min(end, begin + cap) - max(begin, start))
        self.penalty_day = max(day, self.penalty_day)

    @property
    def penalty_owed(self) -> int:
        """Penalty accrued and not settled; rounded once, however many events there were."""
        rate = self.penalty_terms.annual_rate
        total = self.round(self.points * rate / 365)
        return max(0, total - self.penalty_settled)

    def forgive_remainder(self) -> None:
        """Forget fractions of penalty once nothing is overdue and nothing of it is owed."""
        grace = timedelta(days=self.penalty_terms.grace_days)
        late = any(
            line.unpaid_total and line.due + grace < self.penalty_day
            for line in self.lines[: self.billed]
        )
        if not late and self.penalty_owed == 0:
            self.points = self.penalty_settled = 0

    # -- fees -----------------------------------------------------------------------------------

    def _dated_fees(self, terms: ScheduleInput) -> None:
        """Fees on dates are of the loan as first agreed; they stay with the row of their date."""
        dated = tuple(charge for charge in terms.charges if charge.when is ChargeTime.DATE)
        if not dated:
            return
        plain = compute_schedule(replace(terms, charges=())).rows
        for line, row in zip(
            self.lines, with_fees(dated, list(plain), terms.disbursement_date), strict=False
        ):
            if row.fee:
                line.claim[Component.FEE] = row.fee

    @property
    def upfront_fee(self) -> int:
        """What was kept back at disbursement."""
        return fee_at_disbursement(self.terms.charges, self.terms.principal)


def _lines(terms: ScheduleInput) -> list[Line]:
    dues = due_dates(terms)
    years = [Fraction(*length) for length in period_years(terms, dues)]
    if terms.amortization is Plan.BULLET:
        dues, years = dues[-1:], [sum(years, Fraction(0))]
    begins = [terms.disbursement_date, *dues[:-1]]
    lines = [
        Line(
            begin,
            due,
            length,
            free=k < terms.interest_free_periods,
            principal_grace=k < terms.grace_on_principal,
            interest_grace=k < terms.grace_on_interest_payment,
            custom=terms.custom_rows[k] if terms.custom_rows else None,
        )
        for k, (begin, due, length) in enumerate(zip(begins, dues, years, strict=True))
    ]
    if terms.interest_method is InterestMethod.FLAT:
        rates = [(terms.annual_rate * length).as_integer_ratio() for length in years]
        interest = flat_interest(
            terms.principal, rates, terms.interest_free_periods, terms.rounding.divide
        )
        for k, line in enumerate(lines):
            line.flat = interest(k, 0)
    return lines
