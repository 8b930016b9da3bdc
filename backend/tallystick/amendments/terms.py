"""From what the parties agree on to the amendment or settlement that they sign.

The book takes an amendment on any day until its deadline, and interest runs on meanwhile. So the
new principal, the most that the borrower may then owe, is the debt of the last day; what is really
owed is known when it takes effect, and `amended_on` computes it as the book does.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from tallystick.amendments.errors import LoanClosed
from tallystick.loans import ledger
from tallystick.loans.agreement import RATE_SCALE, Agreement
from tallystick.loans.calendar import date_of, day_at, day_of
from tallystick.loans.consents import Amendment, Settlement
from tallystick.loans.debt import NOTHING, Owed, Split, State
from tallystick.loans.errors import DebtAbove, PenaltyOwed
from tallystick.loans.fold import LoanState
from tallystick.loans.kinds import Amortization, InterestMethod
from tallystick.loans.position import OpenRow
from tallystick.offers.errors import TermsInvalid
from tallystick.offers.terms import Terms, build_agreement

MAX_WATCH = 255
MAX_REASON = 255


@dataclass(frozen=True, slots=True)
class Guaranty:
    """Who answers for the borrower from now on: at most `guaranteed` base units, once the loan is
    `days` past due."""

    guarantor: str
    guaranteed: int
    days: int


@dataclass(frozen=True, slots=True)
class NewTerms:
    """What becomes of a debt. `annual_rate` in 1e-9 a year; `waived` is the most that is forgiven
    of each component, base units; `guaranty` None leaves the guarantor as agreed."""

    annual_rate: int
    count: int
    first_due: date
    amortization: Amortization = Amortization.LEVEL
    due_day: int | None = None
    grace_principal: int = 0
    grace_interest: int = 0
    waived: Split = NOTHING
    capitalise: bool = True
    watch_rows: int = 0
    reason: int = 0
    guaranty: Guaranty | None = None


def debt_on(loan: LoanState, day: int) -> Owed:
    """What a loan owes on `day` if nothing is paid until then. Raises `LoanClosed`."""
    owed = ledger.owed_at(loan.agreement, loan.stored, day)
    if not owed.payoff:
        raise LoanClosed
    return owed


def balance_after(owed: Owed, terms: NewTerms) -> int:
    """Principal of a debt under new terms, base units."""
    interest = owed.due.interest + owed.accrued
    interest -= min(interest, terms.waived.interest)
    balance = owed.outstanding - min(owed.outstanding, terms.waived.principal)
    return balance + interest if terms.capitalise else balance


def build_amendment(
    loan: LoanState,
    wanted: NewTerms,
    plan_hash: bytes,
    valid_until: int,
    now: int,
    start: date | None = None,
) -> tuple[Agreement, Amendment]:
    """The new agreement and its amendment at Unix second `now`, with fresh nonces.

    `start` is the new terms' start date, today unless an earlier day is stated, as of terms that
    were proposed then. Raises `TermsInvalid`, `LoanClosed`.
    """
    _check(wanted, valid_until, now)
    owed = debt_on(loan, day_at(valid_until))
    principal = balance_after(owed, wanted)
    if principal < 1:
        raise TermsInvalid("waived", "must leave something of the debt; a settlement ends it")
    agreement = build_agreement(
        _terms(loan, wanted, principal, valid_until, start or date_of(day_at(now))),
        loan.agreement.conditions.document_hash,
        0,
        now,
    )
    agreement = replace(agreement, amends=loan.loan_id)
    amendment = Amendment(
        terms_before=loan.terms,
        status_before=loan.debt.status,
        waived_penalty=wanted.waived.penalty,
        waived_interest=wanted.waived.interest,
        waived_principal=wanted.waived.principal,
        capitalise=wanted.capitalise,
        watch_rows=wanted.watch_rows,
        reason=wanted.reason,
        plan_hash=plan_hash,
    )
    try:
        amended_on(loan, agreement, amendment, day_at(now))
    except PenaltyOwed as error:
        rule = f"must cover the penalty, or {error.penalty} base units of it be paid before"
        raise TermsInvalid("waived/penalty", rule) from error
    except DebtAbove as error:
        raise TermsInvalid("principal", "does not hold what would be owed") from error
    return agreement, amendment


def build_settlement(
    loan: LoanState, amount: int, reason: int, plan_hash: bytes, valid_until: int, now: int
) -> Settlement:
    """A settlement for `amount` base units. Raises `TermsInvalid`, `LoanClosed`."""
    if valid_until <= now:
        raise TermsInvalid("valid_until", "must lie in the future")
    owed = debt_on(loan, day_at(now))
    if not 1 <= amount <= owed.payoff:
        raise TermsInvalid("amount", f"must lie in 1..{owed.payoff}, what would close the loan")
    return Settlement(
        terms=loan.terms,
        amount=amount,
        reason=_byte("reason", reason, MAX_REASON),
        plan_hash=plan_hash,
        borrower_nonce=secrets.randbits(256),
        lender_nonce=secrets.randbits(256),
        deadline=valid_until,
    )


def amended_on(
    loan: LoanState, agreement: Agreement, amendment: Amendment, day: int
) -> tuple[State, Split]:
    """The debt when the amendment takes effect on `day`, and what is forgiven: the book's own
    arithmetic. Raises as `tallystick.loans.ledger.amend`."""
    return ledger.amend(loan.agreement, loan.stored, day, agreement, amendment)


def rows_after(agreement: Agreement, state: State) -> list[OpenRow]:
    """Every row that is to be paid under the new terms."""
    return [row for row in ledger.open_rows(agreement, state) if row.unpaid]


def _check(wanted: NewTerms, valid_until: int, now: int) -> None:
    if valid_until <= now:
        raise TermsInvalid("valid_until", "must lie in the future")
    if day_of(wanted.first_due) <= day_at(valid_until):
        raise TermsInvalid("first_due_date", "must lie after the last day of valid_until")
    if wanted.amortization is Amortization.CUSTOM:
        raise TermsInvalid("amortization", "must not be custom")
    _byte("watch_rows", wanted.watch_rows, MAX_WATCH)
    _byte("reason", wanted.reason, MAX_REASON)


def _byte(name: str, value: int, most: int) -> int:
    if not 0 <= value <= most:
        raise TermsInvalid(name, f"must lie in 0..{most}")
    return value


def _terms(
    loan: LoanState, wanted: NewTerms, principal: int, valid_until: int, start: date
) -> Terms:
    before = loan.agreement
    conditions = before.conditions
    if wanted.guaranty is not None:
        conditions = replace(
            conditions,
            guarantor=wanted.guaranty.guarantor,
            guaranteed=wanted.guaranty.guaranteed,
            guarantee_days=wanted.guaranty.days,
        )
    flat = before.interest_method is InterestMethod.FLAT and wanted.amortization in _REPAYING
    return Terms(
        borrower=before.borrower,
        lender=loan.holder,
        token=before.token,
        principal=principal,
        annual_rate_pct=_percent(wanted.annual_rate),
        amortization=wanted.amortization,
        frequency=before.frequency,
        every=before.every,
        count=wanted.count,
        start_date=start,
        first_due_date=wanted.first_due,
        due_day=wanted.due_day,
        installment=None,
        quantum=min(before.quantum, principal),
        penalty_rate_pct=_percent(before.penalty_rate),
        grace_days=before.grace_days,
        penalty_cap_days=before.penalty_cap_days,
        valid_until=valid_until,
        prepayment_fee_pct=_percent(before.prepayment_fee),
        interest_method=InterestMethod.FLAT if flat else InterestMethod.DECLINING,
        day_count=before.day_count,
        prepayment=before.prepayment,
        waterfall=before.waterfall,
        grace_principal=wanted.grace_principal,
        grace_interest=wanted.grace_interest,
        conditions=conditions,
    )


_REPAYING = (Amortization.LEVEL, Amortization.EQUAL_PRINCIPAL)


def _percent(rate: int) -> Decimal:
    return Decimal(rate) / (RATE_SCALE // 100)
