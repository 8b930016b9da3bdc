"""The parties of the contract tests and the agreements they make."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime
from typing import Any

import typed
from brownie import accounts
from eth_account import Account
from eth_utils import keccak

from tallystick.loans.agreement import Agreement
from tallystick.loans.conditions import Conditions
from tallystick.loans.kinds import (
    Amortization,
    DayCount,
    Frequency,
    InterestMethod,
    Prepayment,
    Waterfall,
)

DOLLAR = 10**6
CENT = 10**4
DAY = 86_400
START = date(2031, 1, 31)
"""Every test lives on this date, a month's end in a year before a leap year."""
UNLIMITED = 2**256 - 1
ZERO = "0x" + "00" * 20
NONE = b"\0" * 32
FIRST = date(2031, 2, 28)
"""When the first installment of `plain` is due."""
INSTALLMENT = 106_620_000

BORROWER = Account.from_key(keccak(text="borrower of the contract tests"))
LENDER = Account.from_key(keccak(text="lender of the contract tests"))
STRANGER = Account.from_key(keccak(text="stranger of the contract tests"))
GUARANTOR = Account.from_key(keccak(text="guarantor of the contract tests"))
BUYER = Account.from_key(keccak(text="buyer of the contract tests"))
ISSUER = Account.from_key(keccak(text="issuer of the contract tests"))

_CONDITIONS = {member.name for member in fields(Conditions)}


def timestamp(day: date, second: int = 0) -> int:
    """Unix time of `second` on `day`, UTC."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) + second


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return timestamp(day) // DAY


def ymd(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def changed(agreement: Agreement, **changes: Any) -> Agreement:
    """The agreement with other members, its own or those of its conditions."""
    inner = {name: value for name, value in changes.items() if name in _CONDITIONS}
    outer = {name: value for name, value in changes.items() if name not in _CONDITIONS}
    return replace(agreement, conditions=replace(agreement.conditions, **inner), **outer)


def plain(token_: Any, /, **changes: Any) -> Agreement:
    """12 monthly level installments of $1,200 at 12 %, due on the 28th to 31st, 3 days of grace.

    Nothing else is agreed: no default, no security.
    """
    agreement = Agreement(
        borrower=BORROWER.address,
        lender=LENDER.address,
        token=token_.address,
        principal=1_200 * DOLLAR,
        installment=INSTALLMENT,
        quantum=CENT,
        annual_rate=120_000_000,
        penalty_rate=180_000_000,
        prepayment_fee=0,
        grace_days=3,
        penalty_cap_days=365,
        amortization=Amortization.LEVEL,
        interest_method=InterestMethod.DECLINING,
        day_count=DayCount.THIRTY_360,
        prepayment=Prepayment.SHORTER_TERM,
        waterfall=Waterfall.PENALTY_INTEREST_PRINCIPAL,
        frequency=Frequency.MONTHS,
        every=1,
        count=12,
        grace_principal=0,
        grace_interest=0,
        start_date=ymd(START),
        first_due_date=20310228,
        due_day=31,
        rows=ZERO,
        amends=NONE,
        conditions=Conditions(
            document_hash=keccak(text="salt and document"),
            borrower_nonce=1,
            lender_nonce=1,
            guarantor_nonce=0,
            deadline=timestamp(START, 2 * DAY),
        ),
    )
    return changed(agreement, **changes)


def strict(token_: Any, /, **changes: Any) -> Agreement:
    """`plain`, and default after 30 days past due, acceleration after 60, write-off after 90."""
    days = {"default_days": 30, "acceleration_days": 60, "write_off_days": 90}
    return plain(token_, **(days | changes))


def guaranteed(token_: Any, /, **changes: Any) -> Agreement:
    """`strict`, and a guarantor who answers for $500 after 10 days."""
    security = {
        "guarantor": GUARANTOR.address,
        "guaranteed": 500 * DOLLAR,
        "guarantee_days": 10,
        "guarantor_nonce": 1,
    }
    return strict(token_, **(security | changes))


def secured(token_: Any, collateral: Any, /, **changes: Any) -> Agreement:
    """`strict`, and 10 whole units of collateral, for sale from $1,500 down to $300 in 10 days."""
    security = {
        "collateral_token": collateral.address,
        "collateral": 10 * DOLLAR,
        "collateral_price": 1_500 * DOLLAR,
        "collateral_floor": 300 * DOLLAR,
        "auction_days": 10,
    }
    return strict(token_, **(security | changes))


def custom(token_: Any, store: Any, plan: tuple[int, ...], /, **changes: Any) -> Agreement:
    """`plain` with the balances of `plan`, put into the store of rows."""
    store.store(plan, {"from": accounts[0]})
    shape = {
        "amortization": Amortization.CUSTOM,
        "installment": 0,
        "count": len(plan),
        "rows": store.addressOf(plan),
        "plan": plan,
    }
    return plain(token_, **(shape | changes))


def terms(agreement: Agreement) -> tuple[Any, ...]:
    """The agreement as the ABI's tuple."""
    return typed.as_tuple(typed.AGREEMENT, agreement)


def conditions(agreement: Agreement) -> tuple[Any, ...]:
    """The conditions as the ABI's tuple."""
    return typed.as_tuple(typed.CONDITIONS, agreement.conditions)
