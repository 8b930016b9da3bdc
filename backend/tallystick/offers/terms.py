"""From what people agree on to the full agreement that they sign."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from tallystick.chain.hashing import keccak
from tallystick.loans.agreement import RATE_SCALE, Agreement
from tallystick.loans.bounds import check_agreement
from tallystick.loans.calendar import date_of, day_at, month_length, ymd_of
from tallystick.loans.conditions import Conditions
from tallystick.loans.errors import AgreementInvalid, ConditionsInvalid
from tallystick.loans.installment import (
    equal_principal_installment,
    level_installment,
    usual_day_count,
)
from tallystick.loans.kinds import (
    Amortization,
    DayCount,
    Frequency,
    InterestMethod,
    Prepayment,
    Waterfall,
)
from tallystick.loans.members import NO_ADDRESS, NO_HASH
from tallystick.offers.errors import TermsInvalid

DEFAULT_VALIDITY = timedelta(days=7)
NO_CONDITIONS = Conditions(NO_HASH, 0, 0, 0, 0)
"""A plain loan: no default, no security, a claim that can be transferred to anyone."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the parties agree on; amounts in base units, rates in per cent a year, None: fill in.

    Of `conditions`, document, nonces and deadline are filled in. `plan` is the content of `rows`.
    """

    borrower: str
    lender: str
    token: str
    principal: int
    annual_rate_pct: Decimal
    amortization: Amortization
    frequency: Frequency
    every: int
    count: int
    start_date: date | None
    first_due_date: date
    due_day: int | None
    installment: int | None
    quantum: int | None
    penalty_rate_pct: Decimal
    grace_days: int
    penalty_cap_days: int
    valid_until: int | None
    prepayment_fee_pct: Decimal = Decimal(0)
    interest_method: InterestMethod = InterestMethod.DECLINING
    day_count: DayCount | None = None
    prepayment: Prepayment = Prepayment.SHORTER_TERM
    waterfall: Waterfall = Waterfall.PENALTY_INTEREST_PRINCIPAL
    grace_principal: int = 0
    grace_interest: int = 0
    rows: str = NO_ADDRESS
    plan: tuple[int, ...] = ()
    conditions: Conditions = NO_CONDITIONS


def build_agreement(terms: Terms, document_hash: bytes, decimals: int, now: int) -> Agreement:
    """The agreement for `terms` at Unix second `now`, with fresh nonces.

    `decimals` of the token give the rounding quantum, a hundredth of the token, unless one is
    stated. Raises `TermsInvalid`.
    """
    start = terms.start_date or date_of(day_at(now))
    quantum = terms.quantum or _hundredth(decimals, terms.principal)
    due_day = _due_day(terms)
    try:
        agreement = Agreement(
            borrower=terms.borrower,
            lender=terms.lender,
            token=terms.token,
            principal=terms.principal,
            installment=_installment(terms, start, due_day, quantum),
            quantum=quantum,
            annual_rate=_rate(terms.annual_rate_pct),
            penalty_rate=_rate(terms.penalty_rate_pct),
            prepayment_fee=_rate(terms.prepayment_fee_pct),
            grace_days=terms.grace_days,
            penalty_cap_days=terms.penalty_cap_days,
            amortization=terms.amortization,
            interest_method=terms.interest_method,
            day_count=_day_count(terms),
            prepayment=terms.prepayment,
            waterfall=terms.waterfall,
            frequency=terms.frequency,
            every=terms.every,
            count=terms.count,
            grace_principal=terms.grace_principal,
            grace_interest=terms.grace_interest,
            start_date=ymd_of(start),
            first_due_date=ymd_of(terms.first_due_date),
            due_day=due_day,
            rows=terms.rows,
            amends=NO_HASH,
            conditions=_conditions(terms, document_hash, now),
            plan=terms.plan,
        )
        check_agreement(agreement)
    except ConditionsInvalid as error:
        raise TermsInvalid(f"conditions/{error.field}", error.rule) from error
    except AgreementInvalid as error:
        raise TermsInvalid(error.field, error.rule) from error
    return agreement


def hash_document(salt: bytes, text: str) -> bytes:
    """keccak-256 of salt, then UTF-8 text: the salt keeps the text from being guessed."""
    return keccak(salt + text.encode())


def _hundredth(decimals: int, principal: int) -> int:
    hundredth: int = 10 ** max(decimals - 2, 0)
    return min(hundredth, max(principal, 1))


def _rate(percent: Decimal) -> int:
    # the API takes at most seven decimals, so this is exact
    return int(percent * (RATE_SCALE // 100))


def _due_day(terms: Terms) -> int:
    if terms.frequency is not Frequency.MONTHS:
        if terms.due_day is not None:
            raise TermsInvalid("due_day", "applies to months only")
        return 0
    return terms.due_day or terms.first_due_date.day


def _conditions(terms: Terms, document_hash: bytes, now: int) -> Conditions:
    guaranteed = terms.conditions.guarantor != NO_ADDRESS
    return replace(
        terms.conditions,
        document_hash=document_hash,
        borrower_nonce=secrets.randbits(256),
        lender_nonce=secrets.randbits(256),
        guarantor_nonce=secrets.randbits(256) if guaranteed else 0,
        deadline=_deadline(terms, now),
    )


def _deadline(terms: Terms, now: int) -> int:
    deadline = terms.valid_until or now + int(DEFAULT_VALIDITY.total_seconds())
    if deadline <= now:
        raise TermsInvalid("valid_until", "must lie in the future")
    return deadline


def _installment(terms: Terms, start: date, due_day: int, quantum: int) -> int:
    if terms.installment is not None:
        return terms.installment
    if terms.amortization is Amortization.EQUAL_PRINCIPAL:
        repaying = max(terms.count - _grace(terms), 1)
        return equal_principal_installment(terms.principal, repaying, quantum)
    if terms.amortization is Amortization.LEVEL:
        _check_dates(terms, start, due_day)
        return level_installment(
            terms.principal,
            _rate(terms.annual_rate_pct),
            quantum,
            terms.frequency,
            terms.every,
            terms.count,
            start,
            terms.first_due_date,
            due_day,
            day_count=_day_count(terms),
            interest_method=terms.interest_method,
            grace_principal=_grace(terms),
        )
    return 0


def _day_count(terms: Terms) -> DayCount:
    return usual_day_count(terms.frequency) if terms.day_count is None else terms.day_count


def _grace(terms: Terms) -> int:
    """Rows at the beginning that repay nothing."""
    grace = max(terms.grace_principal, terms.grace_interest)
    if grace >= terms.count:
        raise TermsInvalid("grace_principal", "must leave a row that repays")
    return grace


def _check_dates(terms: Terms, start: date, due_day: int) -> None:
    """The bounds without which a level installment makes no sense, before it is computed."""
    first = terms.first_due_date
    if first <= start:
        raise TermsInvalid("first_due_date", "must lie after start_date")
    if due_day and first.day != min(due_day, month_length(first.year, first.month)):
        raise TermsInvalid("first_due_date", "must fall on due_day or its month's end")
