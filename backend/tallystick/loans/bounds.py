"""Bounds of the agreement and its conditions: `docs/ledger.md`, "Agreement" and "Conditions"."""

from __future__ import annotations

from datetime import date

from tallystick.loans.agreement import RATE_SCALE, Agreement
from tallystick.loans.calendar import date_from_ymd, day_at, day_of, due_day, month_length
from tallystick.loans.conditions import Conditions
from tallystick.loans.errors import (
    AgreementExpired,
    AgreementInvalid,
    ConditionsInvalid,
    OutsideStartWindow,
)
from tallystick.loans.kinds import Amortization, Frequency, InterestMethod, Transfer
from tallystick.loans.members import NO_HASH, check_words

MAX_PRINCIPAL = 2**96 - 1

_MAX_RATE = 10 * RATE_SCALE
_MAX_COUNT = 600
_MAX_TERM_DAYS = 18_300
_MAX_EVERY = {Frequency.DAYS: 3650, Frequency.WEEKS: 520, Frequency.MONTHS: 120}
_MOST = {
    "annual_rate": _MAX_RATE,
    "penalty_rate": _MAX_RATE,
    "prepayment_fee": RATE_SCALE,
    "grace_days": 365,
    "penalty_cap_days": 3650,
}
_MAX_AUCTION_DAYS = 365
_REPAYING = (Amortization.LEVEL, Amortization.EQUAL_PRINCIPAL)


def check_agreement(agreement: Agreement) -> None:
    """Raise `AgreementInvalid` or `ConditionsInvalid` for the first bound that the terms break.

    Everything but the time of origination is checked; for that see `check_start_window`.
    """
    check_words(agreement, AgreementInvalid)
    _check_parties(agreement)
    _check_amounts(agreement)
    _check_period(agreement)
    _check_dates(agreement)
    _check_repayment(agreement)
    _check_grace(agreement)
    most = most_ever_owed(agreement)
    _require(most <= MAX_PRINCIPAL, "principal", "the most the loan can cost must fit 96 bits")
    check_conditions(agreement)


def check_conditions(agreement: Agreement) -> None:
    """Raise `ConditionsInvalid` for the first bound that the agreement's conditions break."""
    check_words(agreement.conditions, ConditionsInvalid)
    _check_default(agreement.conditions)
    _check_guarantee(agreement)
    _check_collateral(agreement.conditions)
    _check_transfer(agreement.conditions)


def check_start_window(agreement: Agreement, timestamp: int) -> None:
    """Raise `AgreementExpired` or `OutsideStartWindow` when `timestamp` (Unix s) is not within."""
    deadline = agreement.conditions.deadline
    if timestamp > deadline:
        raise AgreementExpired(deadline, timestamp)
    start = day_of(date_from_ymd(agreement.start_date))
    first = day_of(date_from_ymd(agreement.first_due_date))
    today = day_at(timestamp)
    if not start <= today < first:
        raise OutsideStartWindow(start, first, today)


def most_ever_owed(agreement: Agreement) -> int:
    """Principal and interest that the loan can never exceed, base units."""
    days = _term_days(agreement) + 360
    interest = agreement.principal * agreement.annual_rate * days // (360 * RATE_SCALE)
    return agreement.principal + interest + _MAX_COUNT * agreement.quantum


def _require(holds: object, field: str, rule: str) -> None:
    if not holds:
        raise AgreementInvalid(field, rule)


def _condition(holds: object, field: str, rule: str) -> None:
    if not holds:
        raise ConditionsInvalid(field, rule)


def _is_zero(address: str) -> bool:
    return int(address, 16) == 0


def _check_parties(agreement: Agreement) -> None:
    for name in ("borrower", "lender", "token"):
        _require(not _is_zero(getattr(agreement, name)), name, "must not be the zero address")
    same = agreement.borrower.lower() == agreement.lender.lower()
    _require(not same, "lender", "must not be the borrower")


def _check_amounts(agreement: Agreement) -> None:
    _require(agreement.principal >= 1, "principal", "must be at least 1")
    _require(1 <= agreement.quantum <= agreement.principal, "quantum", "must lie in 1..principal")
    for name, most in _MOST.items():
        _require(getattr(agreement, name) <= most, name, f"must be at most {most}")


def _check_period(agreement: Agreement) -> None:
    _require(1 <= agreement.count <= _MAX_COUNT, "count", f"must lie in 1..{_MAX_COUNT}")
    most = _MAX_EVERY[agreement.frequency]
    _require(
        1 <= agreement.every <= most, "every", f"must lie in 1..{most} {agreement.frequency.label}"
    )


def _check_date(name: str, ymd: int) -> date:
    try:
        when = date_from_ymd(ymd)
    except ValueError:
        raise AgreementInvalid(name, "must be a real date, yyyymmdd") from None
    _require(1970 <= when.year < 2200, name, "must lie in the years 1970 to 2199")
    return when


def _check_dates(agreement: Agreement) -> None:
    start = _check_date("start_date", agreement.start_date)
    first = _check_date("first_due_date", agreement.first_due_date)
    _require(first > start, "first_due_date", "must lie after start_date")
    if agreement.frequency is Frequency.MONTHS:
        _require(1 <= agreement.due_day <= 31, "due_day", "must lie in 1..31")
        anchor = min(agreement.due_day, month_length(first.year, first.month))
        _require(first.day == anchor, "due_day", "must be the day of first_due_date or past it")
    else:
        _require(agreement.due_day == 0, "due_day", "must be 0 unless the frequency is months")
    _require(
        _term_days(agreement) <= _MAX_TERM_DAYS,
        "count",
        f"the last due date must lie at most {_MAX_TERM_DAYS} days after start_date",
    )


def _term_days(agreement: Agreement) -> int:
    # Far beyond the bound the calendar itself would overflow, so long terms are refused by a
    # lower estimate first: no month is shorter than 28 days.
    unit = {Frequency.DAYS: 1, Frequency.WEEKS: 7, Frequency.MONTHS: 28}[agreement.frequency]
    least = (agreement.count - 1) * agreement.every * unit
    if least > _MAX_TERM_DAYS:
        return least
    return due_day(agreement, agreement.count - 1) - day_of(date_from_ymd(agreement.start_date))


def _check_repayment(agreement: Agreement) -> None:
    installment, kind = agreement.installment, agreement.amortization
    if kind in _REPAYING:
        _require(installment >= 1, "installment", "must be at least 1")
    else:
        _require(installment == 0, "installment", f"must be 0 for {kind.label}")
        flat = agreement.interest_method is InterestMethod.FLAT
        _require(not flat, "interest_method", f"must be declining for {kind.label}")
    if kind is Amortization.BULLET:
        _require(agreement.count == 1, "count", "must be 1 for bullet")
    if kind is Amortization.CUSTOM:
        _require(not _is_zero(agreement.rows), "rows", "must be a contract for custom")
        _require(len(agreement.plan) == agreement.count, "rows", "must list count balances")
        fits = all(0 <= balance <= MAX_PRINCIPAL for balance in agreement.plan)
        _require(fits, "plan", "each balance must fit 96 unsigned bits")
    else:
        _require(_is_zero(agreement.rows), "rows", f"must be the zero address for {kind.label}")
        _require(not agreement.plan, "plan", f"must be empty for {kind.label}")


def _check_grace(agreement: Agreement) -> None:
    kind, principal = agreement.amortization, agreement.grace_principal
    interest = agreement.grace_interest
    _require(principal < agreement.count, "grace_principal", "must be below count")
    _require(interest < agreement.count, "grace_interest", "must be below count")
    if kind in _REPAYING:
        _require(interest <= principal, "grace_interest", "must be at most grace_principal")
    else:
        _require(principal == 0, "grace_principal", f"must be 0 for {kind.label}")
    if kind is Amortization.CUSTOM and interest:
        repaid = agreement.plan[interest - 1] != agreement.principal
        _require(not repaid, "grace_interest", "the plan must not repay before it ends")
    if kind is Amortization.EQUAL_PRINCIPAL:
        rows = agreement.count - 1 - principal
        rest = agreement.installment * rows < agreement.principal
        _require(rest, "installment", "must leave principal for the last row")


def _check_default(conditions: Conditions) -> None:
    for name in ("acceleration_days", "write_off_days"):
        days = getattr(conditions, name)
        agreed = conditions.default_days > 0 and days >= conditions.default_days
        _condition(
            days == 0 or agreed, name, "must be 0 or at least default_days, which is then not 0"
        )


def _check_guarantee(agreement: Agreement) -> None:
    conditions = agreement.conditions
    if _is_zero(conditions.guarantor):
        for name in ("guaranteed", "guarantee_days", "guarantor_nonce"):
            _condition(getattr(conditions, name) == 0, name, "must be 0 without a guarantor")
        return
    parties = agreement.borrower.lower(), agreement.lender.lower()
    other = conditions.guarantor.lower() not in parties
    _condition(other, "guarantor", "must be neither borrower nor lender")
    _condition(conditions.guaranteed >= 1, "guaranteed", "must be at least 1")
    _condition(conditions.guarantee_days >= 1, "guarantee_days", "must be at least 1")


def _check_collateral(conditions: Conditions) -> None:
    if _is_zero(conditions.collateral_token):
        for name in ("collateral", "collateral_price", "collateral_floor", "auction_days"):
            _condition(getattr(conditions, name) == 0, name, "must be 0 without a collateral_token")
        return
    _condition(conditions.collateral >= 1, "collateral", "must be at least 1")
    floor = 1 <= conditions.collateral_floor <= conditions.collateral_price
    _condition(floor, "collateral_floor", "must lie in 1..collateral_price")
    days = 1 <= conditions.auction_days <= _MAX_AUCTION_DAYS
    _condition(days, "auction_days", f"must lie in 1..{_MAX_AUCTION_DAYS}")
    accelerates = conditions.acceleration_days >= 1
    _condition(accelerates, "acceleration_days", "must be at least 1 for collateral to be sold")


def _check_transfer(conditions: Conditions) -> None:
    listed = conditions.transfer is Transfer.LISTED
    given = conditions.transferees != NO_HASH
    _condition(given == listed, "transferees", "must be given for listed, and be 0 otherwise")
    kinds = conditions.borrower_kind, conditions.lender_kind
    gated = not _is_zero(conditions.gate) or kinds == (NO_HASH, NO_HASH)
    _condition(gated, "gate", "must be given for a kind of attestation")
