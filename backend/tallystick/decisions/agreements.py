"""From a proposal to the agreement that a lender signs: the ledger's own words and arithmetic."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tallystick.chain.rows import address_of
from tallystick.decisions.case import Case
from tallystick.decisions.catalogue import PLANS, Product
from tallystick.decisions.document import SCALE
from tallystick.decisions.engine import Proposal
from tallystick.decisions.errors import DecisionError
from tallystick.decisions.policy import OfferRules
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import SECONDS_PER_DAY, date_of, day_at
from tallystick.loans.kinds import Amortization, Frequency
from tallystick.loans.members import NO_ADDRESS
from tallystick.loans.offline.periods import due_dates
from tallystick.loans.recommend.limits import Limits
from tallystick.loans.recommend.schedule_json import percent_text
from tallystick.loans.recommend.search import Candidate
from tallystick.loans.recommend.terms import month_of
from tallystick.loans.schedule import schedule
from tallystick.offers.terms import Terms


class PlanDiffers(DecisionError):
    """On the ledger the plan would ask for more than the budget bears in some month."""


def terms_of(case: Case, product: Product, proposal: Proposal, rules: OfferRules) -> Terms:
    """The agreement's terms for a proposal, amounts in base units of the lender's token."""
    assert proposal.plan.candidate is not None  # noqa: S101 - a plan that fits has a schedule
    candidate = proposal.plan.candidate
    unit = unit_of(case)
    kind = PLANS[candidate.terms.amortization.value]
    start = date_of(day_at(case.at))
    plan = _balances(candidate, unit) if kind is Amortization.CUSTOM else ()
    dues = due_dates(candidate.terms)
    bullet = kind is Amortization.BULLET
    return Terms(
        borrower=case.borrower,
        lender=case.ledger.lender,
        token=case.ledger.token,
        principal=proposal.amount * unit,
        annual_rate_pct=Decimal(percent_text(proposal.rate, 7)),
        amortization=kind,
        frequency=Frequency.from_label(product.term.frequency),
        every=product.term.every * (candidate.periods if bullet else 1),
        count=1 if bullet else len(plan) or candidate.terms.number_of_repayments,
        start_date=start,
        first_due_date=dues[-1] if bullet else dues[0],
        due_day=_due_day(product, start),
        installment=None,
        quantum=unit,
        penalty_rate_pct=rules.penalty_rate_pct,
        grace_days=rules.grace_days,
        penalty_cap_days=rules.penalty_cap_days,
        valid_until=case.at + rules.valid_days * SECONDS_PER_DAY,
        grace_principal=candidate.terms.grace_on_principal,
        rows=address_of(plan) if plan else NO_ADDRESS,
        plan=plan,
    )


def check_budget(agreement: Agreement, case: Case, proposal: Proposal) -> None:
    """Whether the ledger's own schedule keeps every month's limit. Raises `PlanDiffers`."""
    limits, unit = Limits(proposal.asked), unit_of(case)
    due: dict[int, int] = {}
    for row in schedule(agreement):
        month = month_of(row.due_date)
        due[month] = due.get(month, 0) + row.interest + row.principal
    for month, amount in due.items():
        if amount > limits.of(month) * unit:
            raise PlanDiffers(f"{amount} base units fall due in one month, {limits.of(month)} fit")


def unit_of(case: Case) -> int:
    """Base units in a hundredth of the token."""
    return int(10 ** (case.ledger.decimals - SCALE))


def _balances(candidate: Candidate, unit: int) -> tuple[int, ...]:
    left, plan = candidate.schedule.principal, []
    for row in candidate.schedule.rows:
        left -= row.principal
        plan.append(left * unit)
    return tuple(plan)


def _due_day(product: Product, start: date) -> int | None:
    return start.day if product.term.frequency == "months" else None
