"""Loans of made-up borrowers: some are steady, some slip more and more before they fall late."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import replace
from datetime import date

from tests.backend.loans.lives import Chronicle
from tests.backend.loans.strategies import LENDER, TOKEN

from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import day_of, due_day, month_day, ymd_of
from tallystick.loans.conditions import Conditions
from tallystick.loans.errors import NothingDue
from tallystick.loans.events import CollectFailed, LoanEvent
from tallystick.loans.installment import level_installment
from tallystick.loans.kinds import (
    Amortization,
    DayCount,
    Frequency,
    InterestMethod,
    Prepayment,
    Waterfall,
)
from tallystick.loans.members import NO_ADDRESS, NO_HASH

ROWS = 12
FIRST = date(2026, 1, 1)
UNIT = 10**6


def terms(borrower: str, months: int) -> Agreement:
    """A level loan of 1,200, 12 months, 12 %, `months` after the first."""
    start = month_day(FIRST.year, FIRST.month, months, 1)
    first = month_day(FIRST.year, FIRST.month, months + 1, 1)
    every = (Frequency.MONTHS, 1, ROWS, start, first, 1)
    return Agreement(
        borrower=borrower,
        lender=LENDER,
        token=TOKEN,
        principal=1_200 * UNIT,
        installment=level_installment(1_200 * UNIT, 120_000_000, 10_000, *every),
        quantum=10_000,
        annual_rate=120_000_000,
        penalty_rate=60_000_000,
        prepayment_fee=0,
        grace_days=3,
        penalty_cap_days=180,
        amortization=Amortization.LEVEL,
        interest_method=InterestMethod.DECLINING,
        day_count=DayCount.THIRTY_360,
        prepayment=Prepayment.SHORTER_TERM,
        waterfall=Waterfall.PENALTY_INTEREST_PRINCIPAL,
        frequency=Frequency.MONTHS,
        every=1,
        count=ROWS,
        grace_principal=0,
        grace_interest=0,
        start_date=ymd_of(start),
        first_due_date=ymd_of(first),
        due_day=1,
        rows=NO_ADDRESS,
        amends=NO_HASH,
        conditions=Conditions(b"\1" * 32, 0, 0, 0, 2**40 - 1),
    )


def crowd(loans: int, seed: int, months: int = 12) -> dict[bytes, list[LoanEvent]]:
    """Events by loan id; borrowers have one or two loans."""
    rng = random.Random(seed)
    return {
        number.to_bytes(32, "big"): _life(number, rng, rng.randrange(months))
        for number in range(1, loans + 1)
    }


def _life(number: int, rng: random.Random, months: int) -> list[LoanEvent]:
    loan_id = number.to_bytes(32, "big")
    agreement = terms(f"0x{number * 2 // 3:040x}", months)
    loan = Chronicle(agreement)
    weak = rng.random() < 0.3
    strain = rng.random() * 0.3 if weak else 0.0
    for row in range(ROWS):
        due = due_day(agreement, row)
        strain += rng.random() * 0.25 if weak else rng.random() * 0.01
        if rng.random() < strain:
            loan.day = max(loan.day, due)
            loan.tell(CollectFailed, b"\1\2\3\4")
            if rng.random() < strain / 2:
                break  # nothing is paid any more
            loan.day = max(loan.day, due + rng.randint(1, 1 + int(40 * min(strain, 1))))
        else:
            loan.day = max(loan.day, due)
        with suppress(NothingDue):  # paid late together with the one before
            loan.pay(None)
        if not loan.is_open:
            break
    return [replace(event, loan_id=loan_id) for event in loan.events]


LAST_DAY = day_of(date(2028, 3, 1))
