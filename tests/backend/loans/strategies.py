"""Random agreements inside the bounds of `docs/ledger.md`, and random payment sequences."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, timedelta
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from tallystick.loans.agreement import Agreement
from tallystick.loans.bounds import check_agreement
from tallystick.loans.calendar import month_day, ymd_of
from tallystick.loans.conditions import Conditions
from tallystick.loans.errors import AgreementInvalid
from tallystick.loans.installment import equal_principal_installment, level_installment
from tallystick.loans.kinds import (
    Amortization,
    DayCount,
    Frequency,
    InterestMethod,
    Prepayment,
    Waterfall,
)
from tallystick.loans.members import NO_ADDRESS, NO_HASH

BORROWER = "0x" + "11" * 20
LENDER = "0x" + "22" * 20
TOKEN = "0x" + "33" * 20
ROWS = "0x" + "55" * 20
GUARANTOR = "0x" + "66" * 20

CONDITIONS: dict[str, Any] = {
    "document_hash": b"\x07" * 32,
    "borrower_nonce": 0,
    "lender_nonce": 0,
    "guarantor_nonce": 0,
    "deadline": 2_000_000_000,
}
PLAIN: dict[str, Any] = {
    "borrower": BORROWER,
    "lender": LENDER,
    "token": TOKEN,
    "principal": 1_200_000_000,
    "installment": 106_620_000,
    "quantum": 10_000,
    "annual_rate": 120_000_000,
    "penalty_rate": 240_000_000,
    "prepayment_fee": 0,
    "grace_days": 3,
    "penalty_cap_days": 180,
    "amortization": Amortization.LEVEL,
    "interest_method": InterestMethod.DECLINING,
    "day_count": DayCount.THIRTY_360,
    "prepayment": Prepayment.SHORTER_TERM,
    "waterfall": Waterfall.PENALTY_INTEREST_PRINCIPAL,
    "frequency": Frequency.MONTHS,
    "every": 1,
    "count": 12,
    "grace_principal": 0,
    "grace_interest": 0,
    "start_date": 20260131,
    "first_due_date": 20260228,
    "due_day": 31,
    "rows": NO_ADDRESS,
    "amends": NO_HASH,
    "plan": (),
}
_CONDITIONS = {field.name for field in fields(Conditions)}


def make_agreement(**terms: Any) -> Agreement:
    """1,200.00 of a 6-decimal token over 12 months at 12 %, unless `terms` say otherwise.

    Terms that are members of the conditions go there.
    """
    conditions = {name: value for name, value in terms.items() if name in _CONDITIONS}
    others = {name: value for name, value in terms.items() if name not in _CONDITIONS}
    return Agreement(**(PLAIN | others), conditions=Conditions(**(CONDITIONS | conditions)))


@st.composite
def agreements(
    draw: st.DrawFn, max_count: int = 24, kinds: tuple[Amortization, ...] = tuple(Amortization)
) -> Agreement:
    """Agreements that `check_agreement` accepts, half of them without any option."""
    kind = draw(st.sampled_from(kinds))
    frequency = draw(st.sampled_from(list(Frequency)))
    count = 1 if kind is Amortization.BULLET else draw(st.integers(1, max_count))
    every = draw(
        st.integers(1, {Frequency.DAYS: 200, Frequency.WEEKS: 30, Frequency.MONTHS: 7}[frequency])
    )
    principal = draw(st.integers(1, 10 ** draw(st.integers(1, 24))))
    if kind is Amortization.EQUAL_PRINCIPAL:
        count = min(count, principal)
    quantum = draw(st.integers(1, min(principal, 10 ** draw(st.integers(0, 16)))))
    annual_rate = draw(st.sampled_from([0, 1, 50_000_000, 120_000_000, 999_999_937, 10**10]))
    start = date(1970, 1, 1) + timedelta(days=draw(st.integers(0, 60_000)))
    due_day = 0
    if frequency is Frequency.MONTHS:
        due_day = draw(st.integers(1, 31))
        if draw(st.booleans()):
            due_day = max(start.day, due_day) if start.day >= 28 else start.day
        ahead = every if draw(st.booleans()) else draw(st.integers(0, 14))
        first = month_day(start.year, start.month, ahead, due_day)
        if first <= start:
            first = month_day(start.year, start.month, ahead + 1, due_day)
    else:
        first = start + timedelta(days=draw(st.integers(1, 400)))
    terms: dict[str, Any] = {
        "principal": principal,
        "installment": 0,
        "quantum": quantum,
        "annual_rate": annual_rate,
        "penalty_rate": draw(st.sampled_from([0, 1, 180_000_000, 10**10])),
        "grace_days": draw(st.integers(0, 40)),
        "penalty_cap_days": draw(st.integers(0, 400)),
        "amortization": kind,
        "frequency": frequency,
        "every": every,
        "count": count,
        "start_date": ymd_of(start),
        "first_due_date": ymd_of(first),
        "due_day": due_day,
        "day_count": draw(st.sampled_from(list(DayCount))),
    }
    if draw(st.booleans()):
        terms |= draw(_options(kind, count))
    try:
        terms |= draw(_repayment(terms, start, first))
        agreement = make_agreement(**terms)
        check_agreement(agreement)
    except AgreementInvalid:
        assume(False)
    return agreement


@st.composite
def _options(draw: st.DrawFn, kind: Amortization, count: int) -> dict[str, Any]:
    """What a plain loan has not."""
    terms: dict[str, Any] = {
        "prepayment_fee": draw(st.sampled_from([0, 1, 10_000_000, 333_333_333, 10**9])),
        "prepayment": draw(st.sampled_from(list(Prepayment))),
        "waterfall": draw(st.sampled_from(list(Waterfall))),
    }
    grace = draw(st.integers(0, count - 1))
    if kind in (Amortization.LEVEL, Amortization.EQUAL_PRINCIPAL):
        terms["interest_method"] = draw(st.sampled_from(list(InterestMethod)))
        terms["grace_principal"] = grace
        terms["grace_interest"] = draw(st.integers(0, grace))
    else:
        terms["grace_interest"] = grace
    return terms


@st.composite
def _repayment(draw: st.DrawFn, terms: dict[str, Any], start: date, first: date) -> dict[str, Any]:
    """Installment or plan."""
    principal, count, quantum = terms["principal"], terms["count"], terms["quantum"]
    if terms["amortization"] is Amortization.LEVEL:
        installment = level_installment(
            principal,
            terms["annual_rate"],
            quantum,
            terms["frequency"],
            terms["every"],
            count,
            start,
            first,
            terms["due_day"],
        )
        if draw(st.booleans()):  # a stated installment need not be the annuity
            installment = draw(st.integers(1, 2 * principal))
        return {"installment": installment}
    if terms["amortization"] is Amortization.EQUAL_PRINCIPAL:
        rows = count - terms.get("grace_principal", 0)
        return {"installment": equal_principal_installment(principal, rows, quantum)}
    if terms["amortization"] is Amortization.CUSTOM:
        return {
            "rows": ROWS,
            "plan": draw(_plans(principal, count, terms.get("grace_interest", 0))),
        }
    return {}


@st.composite
def _plans(draw: st.DrawFn, principal: int, count: int, free: int) -> tuple[int, ...]:
    """Balances after each row, mostly falling, now and then rising."""
    shares = draw(st.lists(st.integers(0, 1000), min_size=count, max_size=count))
    if draw(st.booleans()):
        shares.sort(reverse=True)
    plan = [principal * share // 1000 for share in shares]
    if free:
        plan[free - 1] = principal
    return tuple(plan)


def payment_steps(max_size: int = 8) -> st.SearchStrategy[list[tuple[int, int]]]:
    """Pairs of days since the last step and the payment in 1/1000 of the payoff; 0 collects."""
    sizes = st.one_of(st.just(0), st.integers(1, 1100), st.integers(1, 60))
    return st.lists(st.tuples(st.integers(0, 130), sizes), max_size=max_size)
